"""Works out how a loop goes whose bodies have moved in: the order of its states, and the names its rounds share."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cascade_gen.blueprint import Carried, Loop
from cascade_gen.bodies.ways import Direct

from .function import Emitter
from .gotos import Round
from .jumps import Jumps

_MAY_FAIL = (ast.Call, ast.Await, ast.Raise, ast.Assert, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Course:
    """How one loop goes: what its rounds and the ways out of them have to know of it.

    `order` are the states that it can reach, as their rounds stand in the text. `in_row`: a tail call goes on behind
    its body, at the next one's beginning, so that no number says which round is next. `goes_round`: there is a
    `while` around the rounds. `ends`: the value of the loop ends the function.

    `table` is the module-level name of the runtime's loop, or what makes it on the way out. `state` is the variable
    with the number of the state that is next, `made` the one with the count of lazies made, and `counter` the one
    that counts the rounds, as far as the rounds have them; `makes`: they may make lazies.
    """

    jumps: Jumps
    order: Sequence[int]
    in_row: bool
    goes_round: bool
    ends: bool
    table: str
    state: str
    made: str
    makes: bool
    counter: str

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
        return [self.jumps.rounds[index] for index in self.order if index in self.jumps.rounds]

    @property
    def several(self) -> bool:
        """Whether the loop has more than one state."""
        return len(self.order) > 1

    @property
    def stores(self) -> bool:
        """Whether a value is stored, and what stands behind the body goes on."""
        return not self.ends and not self.goes_round

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
        """The variables of the inputs of a state."""
        return [self.name(item) for item in self.loop.states[index].inputs]

    def number(self, index: int) -> str:
        """What `state` is before the round of a state."""
        return str(self.order.index(index))


def course_of(jumps: Jumps, ends: bool, on_demand: str) -> Course:
    """How a loop goes; the runtime's loop is made `on_demand` where only ways out need it, and that is possible."""
    row = _row(jumps)
    order = jumps.indices if row is None else row
    in_row = row is not None and len(order) > 1
    goes_round = _goes_round(jumps, order, in_row and ends)
    names = jumps.emitter.names
    state = names.local("state") if len(order) > 1 and not in_row else ""
    makes = any(map(jumps.makes, jumps.rounds.values()))
    gotos = [goto for one in jumps.rounds.values() for goto in one.gotos.values()]
    unsure = any(goto.unsure or goto.data is not None for goto in gotos)
    made = names.local("made") if makes or unsure else ""
    counts = goes_round and (bool(jumps.called) or any(map(_is_counted, jumps.rounds.values())))
    counter = names.local("rounds") if counts else ""
    table = "" if made or not jumps.open else on_demand
    if not table and (made or jumps.open):
        table = names.private("loop")
    return Course(jumps, order, in_row, goes_round, ends, table, state, made, makes, counter)


def _is_counted(one: Round) -> bool:
    """Whether a round may fail by more than an operator: it is told which one, at a price that it hardly feels."""
    gone = {node for node, _ in (*one.gotos, *one.ended)}
    for goto in one.gotos.values():
        gone.update(id(call) for _, value in goto.given if isinstance(value, Direct) for call in value.calls)
    return any(isinstance(node, _MAY_FAIL) and id(node) not in gone for node in one.task.body.nodes)


def _goes_round(jumps: Jumps, order: Sequence[int], may_end: bool) -> bool:
    """Whether there is a `while` around the rounds; in a row whose last one ends the function there needn't be."""
    if may_end:
        last = jumps.rounds.get(order[-1])
        return last is not None and bool(last.gotos)
    return len(order) > 1 or bool(jumps.rounds[0].gotos)


def _row(jumps: Jumps) -> list[int] | None:
    """The states in a row, where each has one successor and the last leads to the first or nowhere."""
    order = [0]
    while True:
        one = jumps.rounds.get(order[-1])
        targets = set() if one is None else {goto.state for goto in one.gotos.values()}
        if one is not None and len(jumps.indices) > 1 and not jumps.falls(one):
            return None
        if not targets or targets == {0}:
            return order if len(order) == len(jumps.indices) else None
        target = targets.pop()
        if targets or target in order:
            return None
        order.append(target)
