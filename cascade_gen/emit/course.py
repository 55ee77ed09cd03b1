"""Works out how a loop goes whose bodies have moved in: where its rounds stand, and the names that they share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cascade_gen.blueprint import Carried, Loop
from cascade_gen.bodies.ways import Direct

from .asking import is_injected
from .function import Emitter
from .gotos import Round, flat
from .jumps import Jumps
from .layout import Layout, layout_of

_MAY_FAIL = (ast.Call, ast.Await, ast.Raise, ast.Assert, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Course:
    """How one loop goes: what its rounds and the ways out of them have to know of it.

    `layout` says where its rounds stand. `goes_round`: there is a `while` around those that stand in the loop.
    `ends`: the value of the loop ends the function.

    `table` is the module-level name of the runtime's loop, or what makes it on the way out. `state` is the variable
    with the number of the state that is next, `made` the one with the count of lazies made, `inert` the one with the
    types in which nothing lazy can be, and `counter` the one that counts the rounds, as far as the rounds have them;
    `makes`: they may make lazies. `unsettled` is the variable that says that the inputs have been set from within a
    `try`, so that what may be lazy in them is left to the next round; `late` has these inputs, by state.
    """

    jumps: Jumps
    layout: Layout
    goes_round: bool
    ends: bool
    table: str
    state: str
    made: str
    inert: str
    makes: bool
    counter: str
    unsettled: str
    late: Mapping[int, Sequence[Carried]]

    @property
    def emitter(self) -> Emitter:
        """The module that the loop is written into."""
        return self.jumps.emitter

    @property
    def loop(self) -> Loop:
        """The loop itself."""
        return self.jumps.loop

    @property
    def rounds(self) -> list[Round]:
        """The states whose bodies move in, in their order; the others are called."""
        order = self.layout.order if self.layout.in_row else self.jumps.indices
        return [self.jumps.rounds[index] for index in order if index in self.jumps.rounds]

    @property
    def several(self) -> bool:
        """Whether the loop has more than one state."""
        return len(self.jumps.indices) > 1

    @property
    def stores(self) -> bool:
        """Whether a value is stored, and what stands behind the body goes on."""
        return not self.ends and not self.goes_round

    @property
    def asks(self) -> bool:
        """Whether rounds ask for resources."""
        return any(is_injected(item) for state in self.loop.states for item in state.inputs)

    @property
    def uses_table(self) -> bool:
        """Whether the module has to declare the runtime's loop, for what shows only when it is returned."""
        return (self.jumps.open and self.table.isidentifier()) or bool(self.made)

    @property
    def result(self) -> str:
        """The variable of what a round gives, where that may be a redirect."""
        return self.loop.states[0].result.name if self.ends else self.loop.target.name

    def name(self, item: Carried) -> str:
        """The variable of an input."""
        return self.jumps.names[item.register.name]

    def inputs(self, index: int) -> list[str]:
        """The variables of the inputs of a state; what the runtime asks for itself is KEEP."""
        keep = self.emitter.runtime("sentinels", "KEEP") if self.asks else ""
        return [keep if is_injected(item) else self.name(item) for item in self.loop.states[index].inputs]

    def falls(self, index: int) -> bool:
        """Whether the tail calls of a state go on behind its body."""
        return self.layout.in_row or index in self.layout.falling

    def is_told(self, index: int, target: int) -> bool:
        """Whether a tail call from one state to another has to say which round is next."""
        layout = self.layout
        if not self.state or target not in layout.order or layout.root(index) == target:
            return False
        return layout.chooses or index not in layout.falling

    def number(self, index: int) -> str:
        """What `state` is before the round of a state."""
        return str(self.layout.order.index(index))


def course_of(jumps: Jumps, ends: bool, on_demand: Callable[[], str]) -> Course:
    """How a loop goes; `on_demand` says what makes the runtime's loop where only ways out need it."""
    layout = layout_of(jumps, ends)
    goes_round = _goes_round(jumps, layout, ends)
    names = jumps.emitter.names
    state = names.local("state") if len(layout.order) > 1 and not layout.in_row else ""
    makes = any(map(jumps.makes, jumps.rounds.values()))
    gotos = [goto for one in jumps.rounds.values() for goto in one.gotos.values()]
    unsure = any(goto.unsure for goto in gotos)
    unsure |= any(end.unsure for one in jumps.rounds.values() for end in one.ended.values())
    made = names.local("made") if makes or unsure or any(goto.data is not None for goto in gotos) else ""
    inert = names.local("inert") if unsure and goes_round else ""
    counter = names.local("rounds") if _counts(jumps, layout, goes_round) else ""
    late = _late(jumps, makes)
    unsettled = names.local("unsettled") if late else ""
    table = "" if made or not jumps.open else on_demand()
    if not table and (made or jumps.open):
        table = names.private("loop")
    return Course(jumps, layout, goes_round, ends, table, state, made, inert, makes, counter, unsettled, late)


def _late(jumps: Jumps, makes: bool) -> dict[int, list[Carried]]:
    """By state, the inputs that are set from within a `try` and may have something lazy in them."""
    found: dict[int, list[Carried]] = {}
    for one in jumps.rounds.values():
        guarded = [node for node in one.task.body.returns if id(node) in one.guarded]
        for way in (way for node in guarded for way in flat(one.ways.of(node))):
            goto = one.goto(way)
            items = () if goto is None else goto.open if makes else goto.unsure
            if goto is not None and items:
                known = found.setdefault(goto.state, [])
                known.extend(item for item in items if item not in known)
    return found


def _counts(jumps: Jumps, layout: Layout, goes_round: bool) -> bool:
    """Whether rounds are counted: where some go round that may fail, and where the runtime may go on to count."""
    if goes_round:
        return bool(jumps.called) or any(map(_is_counted, jumps.rounds.values()))
    return jumps.open and bool(layout.within or len(layout.ahead) > 1)


def _is_counted(one: Round) -> bool:
    """Whether a round may fail by more than an operator: it is told which one, at a price that it hardly feels."""
    gone = {node for node, _ in (*one.gotos, *one.ended)}
    for goto in one.gotos.values():
        gone.update(id(call) for _, value in goto.given if isinstance(value, Direct) for call in value.calls)
    return any(isinstance(node, _MAY_FAIL) and id(node) not in gone for node in one.task.body.nodes)


def _goes_round(jumps: Jumps, layout: Layout, ends: bool) -> bool:
    """Whether there is a `while` around the rounds: not where each is left for good, for the end of the function."""
    if not ends:
        return len(jumps.indices) > 1 or bool(jumps.rounds[0].gotos)
    if layout.in_row:
        last = jumps.rounds.get(layout.order[-1])
        return last is not None and bool(last.gotos)
    return bool(layout.order)
