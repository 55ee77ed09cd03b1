"""Finds where the tail calls of a loop lead, so that its bodies can move in and tail calls become jumps.

if n <= 0:                             while True:
    return "done"                          if n <= 0:
return tail(countdown, n=n - 1)                return "done"
                                           n = n - 1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cascade_gen.blueprint import Call, Carried, Loop, Operand, Pack, Register, State
from cascade_gen.bodies.shape import can_fall, surroundings, why_no_jump
from cascade_gen.bodies.ways import Again, Direct, Either, Given, Value, Way, Ways, is_quiet
from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.tasks.nodes import nodes_of

from . import nodes
from .function import Emitter
from .movable import Movable
from .moving import default, kept
from .nodes import Expression


@dataclass(frozen=True, slots=True)
class Goto:
    """A tail call, bound: the state it leads to, and what its inputs are given there, in order of evaluation.

    `unsure` are the inputs in which something lazy may be, `open` those into which it could have been put.
    """

    state: int
    given: tuple[tuple[Carried, ast.expr | Expression | Direct], ...]
    unsure: tuple[Carried, ...]
    open: tuple[Carried, ...]

    @property
    def calls(self) -> bool:
        """Whether tasks are called for what it hands on."""
        return any(isinstance(value, Direct) for _, value in self.given)

    @property
    def lazy(self) -> bool:
        """Whether something that it hands on is computed, or may have to be, when the round is over."""
        return bool(self.unsure) or self.calls

    @property
    def reads(self) -> set[str]:
        """The names in what it hands on."""
        values = [value.node if isinstance(value, Direct) else value for _, value in self.given]
        found = nodes_of(*(value for value in values if isinstance(value, ast.expr)))
        return {one.id for one in found if isinstance(one, ast.Name)}


@dataclass(slots=True)
class Round:
    """A state whose body moves into the loop."""

    index: int
    state: State
    task: Movable
    ways: Ways
    gotos: dict[int, Goto] = field(default_factory=dict)
    guarded: set[int] = field(default_factory=set)
    """The ids of the returns that stand in a `try` or a `with`, which may see what has changed."""
    open: bool = False
    """Whether something may be returned that shows only then to be a tail call."""


class Jumps:
    """The rounds of one loop; `why` says, by task, why a body can't move into it."""

    def __init__(self, emitter: Emitter, loop: Loop) -> None:
        self.emitter = emitter
        self.loop = loop
        self.why: dict[str, str] = {}
        self.rounds: dict[int, Round] = {}
        self.called: set[int] = set()
        self._initials: dict[str, tuple[str, Carried]] = {}
        self._reach()
        if not self.why and self.open and not self.finishable():
            self.why[loop.states[0].task] = "what it returns may go on with rounds that have policies or resources"
        self.names = self._shared_names()
        if not self.why and self.open and len(loop.states) > 1:
            self.initial_tuples()

    @property
    def possible(self) -> bool:
        """Whether the loop can be written with jumps."""
        return not self.why

    def check_breaks(self) -> None:
        """A loop in the midst of a function is left by `break`, which leads out of no loop of the user's.

        What doesn't go round ends where its block ends.
        """
        for one in self.rounds.values():
            inside = any(
                isinstance(outside, ast.For | ast.AsyncFor | ast.While)
                for _, around in surroundings(one.task.body.statements)
                for outside in around
            )
            straight = len(self.indices) == 1 and not one.gotos
            if inside or (straight and not one.task.body.can_fall):
                self.why[one.state.task] = "it returns from within a loop or a try, and the workflow goes on"

    def finishable(self) -> bool:
        """Whether the runtime can go on by itself from any state."""
        return all(
            len(state.block) == 1 and isinstance(state.block[0], Call) and state.jumps is None
            for state in self.loop.states
        )

    @property
    def open(self) -> bool:
        """Whether a way out of some round shows only when it is taken."""
        return bool(self.called) or any(one.open for one in self.rounds.values())

    @property
    def indices(self) -> list[int]:
        """The states that the loop can reach."""
        return sorted({*self.rounds, *self.called})

    def _reach(self) -> None:
        """Read every state that the first one can lead to. What can't move is called, unless it is the first."""
        pending = [0]
        while pending and not self.why:
            index = pending.pop()
            if index in self.rounds or index in self.called:
                continue
            state = self.loop.states[index]
            one = self._read(index, state)
            if isinstance(one, Round):
                self.rounds[index] = one
                pending.extend(goto.state for goto in reversed(one.gotos.values()))
            elif index == 0 or self._why_not(state):
                self.why[state.task] = one
            else:
                self.called.add(index)
                self.emitter.moves.refuse(state.task, one)

    def _read(self, index: int, state: State) -> Round | str:
        """A round whose body moves, or why it doesn't."""
        task = self.emitter.moves.get(state.task)
        if task is None:
            return self.emitter.moves.reason(state.task)
        why = self._why_not(state)
        if why:
            return why
        one = Round(index, state, task, self._ways(index, state, task))
        self._bind_all(one)
        for node, around in surroundings(task.body.statements):
            if not all(isinstance(statement, ast.If | ast.Match) for statement in around):
                one.guarded.add(id(node))
        return next(
            (why for place in surroundings(task.body.statements) if (why := self._why_stays(one, *place))), one
        )

    def _why_stays(self, one: Round, node: ast.Return, around: Sequence[ast.stmt]) -> str:
        """Why a `return` with these statements around it can't leave the body before the next round begins."""
        gotos = [one.gotos.get(id(way.node)) for way in flat(one.ways.of(node)) if isinstance(way, Again)]
        inside = any(not isinstance(statement, ast.If | ast.Match) for statement in around)
        if inside and any(goto is None for goto in gotos):
            return "a tail call that shows only when it runs stands in a try, a with or a loop"
        if inside and any(isinstance(way, Value) and not way.plain for way in flat(one.ways.of(node))):
            return "what it returns from within a try, a with or a loop may be a tail call"
        if inside and any(goto is not None and (goto.lazy or self.makes(one)) for goto in gotos):
            return "a tail call in a try, a with or a loop may hand on something lazy"
        return why_no_jump(around) if any(gotos) else ""

    def makes(self, one: Round) -> bool:
        """Whether something lazy may be made behind the back of a round, and handed on in a container."""
        if not any(goto.open for goto in one.gotos.values()):
            return False
        known: set[int] = set(one.gotos)
        for goto in one.gotos.values():
            for _, value in goto.given:
                if isinstance(value, Direct):
                    known.update(map(id, value.calls))
        return not one.ways.settled.makes_nothing(known)

    def _ways(self, index: int, state: State, task: Movable) -> Ways:
        """What the returns of a round give. What tasks gave for its first values may have something lazy in it."""
        if index:
            return task.ways
        given = ((item.parameter, item.initial if item.first is None else item.first) for item in state.inputs)
        doubtful = frozenset(name for name, operand in given if not self.emitter.is_settled(operand))
        return Ways(task.body, task.function, doubtful) if doubtful else task.ways

    def _why_not(self, state: State) -> str:
        if len(state.block) != 1 or not isinstance(state.block[0], Call):
            return "its rounds have policies or resources"
        if state.jumps is not None:
            return "it goes round by jumps"
        if any(item.kind in ("star", "stars") for item in state.inputs):
            return "it takes any number of arguments"
        call = state.block[0]
        if [one.value for one in call.arguments] != [item.register for item in state.inputs]:
            return "its rounds have policies or resources"
        return ""

    # binding

    def _bind_all(self, one: Round) -> None:
        for node in one.task.body.returns:
            self._bind_way(one, one.ways.of(node))

    def _bind_way(self, one: Round, way: Way) -> None:
        if isinstance(way, Either):
            self._bind_way(one, way.first)
            self._bind_way(one, way.second)
        elif isinstance(way, Value):
            one.open |= not way.plain
        else:
            goto = self._goto(one, way)
            if goto is None:
                one.open = True
            else:
                one.gotos[id(way.node)] = goto

    def _goto(self, one: Round, way: Again) -> Goto | None:
        """Where a tail call leads; None where only the runtime can tell."""
        index = self._target(one, way)
        if index is None:
            return None
        target = self.loop.states[index]
        if target.jumps is not None or len(target.block) != 1 or not isinstance(target.block[0], Call):
            return None
        bound = _bound(target, way.arguments)
        if bound is None:
            return None
        if not self._dies_before(one, bound):
            bound = [(item, one.ways.lazily(value)) for item, value in bound]
        given: list[tuple[Carried, ast.expr | Expression | Direct]] = [(item, value.value) for item, value in bound]
        named = {item.parameter for item, _ in bound}
        for item in target.inputs:
            if item.parameter not in named and not self._fill(one, index, way, item, given):
                return None
        given.sort(key=lambda one: isinstance(one[1], Direct))  # tasks are called once the arguments are there
        unsure = tuple(item for item, value in bound if not (value.settled or value.flat))
        return Goto(index, tuple(given), unsure, tuple(item for item, value in bound if not value.flat))

    def _dies_before(self, one: Round, bound: list[tuple[Carried, Given]]) -> bool:
        """Whether the round's variables may die before the tasks are called that stand in its tail call, as they do
        when these are called once the round is over: nothing that is evaluated in between could tell."""
        if not set(kept(one.task)).difference(one.task.parameters):
            return True
        values = [given.value.node if isinstance(given.value, Direct) else given.value for _, given in bound]
        calls = [call for _, given in bound if isinstance(given.value, Direct) for call in given.value.calls]
        known = {id(one) for call in calls for one in (call, *nodes_of(call.func))}
        return not calls or all(is_quiet(value, known) for value in values)

    def _target(self, one: Round, way: Again) -> int | None:
        """The state that a tail call leads to, as the runtime would find it."""
        states, tasks = self.loop.states, self.emitter.blueprint.bound_tasks
        if way.natural:
            funcs = [tasks[state.task].func for state in states]
            return next((number for number, func in enumerate(funcs) if func is way.target.func), None)
        if way.target is None or way.target == one.state.name:
            return one.index
        if isinstance(way.target, str):
            return next((number for number, state in enumerate(states) if state.name == way.target), None)
        if way.target.func is tasks[one.state.task].func:
            return one.index
        return next(
            (number for number, state in enumerate(states) if tasks[state.task].func is way.target.func), None
        )

    def _fill(
        self,
        one: Round,
        index: int,
        way: Again,
        item: Carried,
        given: list[tuple[Carried, ast.expr | Expression | Direct]],
    ) -> bool:
        """Give an input that the tail call doesn't name its value; False where it has none."""
        if way.natural:
            task = self.emitter.moves.get(self.loop.states[index].task)
            if task is None:
                return False
            parameter = task.signature.parameters[item.parameter]
            if parameter.default is parameter.empty or holds_lazy(parameter.default):
                return False
            value = default(self.emitter, task, parameter)
            given.append((item, value if isinstance(value, Expression) else self.emitter.read(value)))
            return True
        if index == one.index:
            return True  # it keeps its value
        if item.initial is None:
            return False
        given.append((item, self._initial(item, item.initial)))
        return True

    def _initial(self, item: Carried, operand: Operand) -> Expression:
        """The bound value of an input: kept apart if a round may overwrite it, or if it was built for the first."""
        carried = {item.register for state in self.loop.states for item in state.inputs}
        if not isinstance(operand, Pack) and operand not in carried:
            return self.emitter.read(operand)
        key = operand.name if isinstance(operand, Register) else item.register.name
        if key not in self._initials:
            self._initials[key] = self.emitter.names.local(f"{key}_bound"), item
        return nodes.name(self._initials[key][0])

    @property
    def initials(self) -> Iterator[tuple[str, Expression]]:
        """The bound values that are kept, and what they are once the first round has its inputs."""
        first = [item for item in self.loop.states[0].inputs if item.first is None]
        for word, item in self._initials.values():
            if isinstance(item.initial, Pack) and any(item is one for one in first):
                yield word, nodes.name(self.names[item.register.name])
            elif item.initial is not None:
                yield word, self.emitter.read(item.initial)

    # names

    def _shared_names(self) -> dict[str, str]:
        """The local of every carried register: states share those of one name, since only one of them runs."""
        words: dict[str, str] = {}
        found: dict[str, str] = {}
        for index in self.indices:
            for item in self.loop.states[index].inputs:
                found[item.register.name] = words.setdefault(item.parameter, item.register.name)
        return found

    def falls(self, one: Round) -> bool:
        """Whether every tail call of a round may stand at the end of its body, and nothing else ends there."""
        return one.task.body.ends and can_fall(one.task.body.statements, lambda node: self.jumps(one, node))

    def jumps(self, one: Round, node: ast.Return) -> bool:
        """Whether a `return` goes round."""
        return any(isinstance(way, Again) and id(way.node) in one.gotos for way in flat(one.ways.of(node)))

    def initial_tuples(self) -> Expression:
        """The bound and default values of every state, for the runtime."""
        keep = nodes.name(self.emitter.runtime("sentinels", "KEEP"))
        return nodes.tuple_(
            [
                nodes.tuple_(
                    [keep if item.initial is None else self._initial(item, item.initial) for item in state.inputs]
                )
                for state in self.loop.states
            ]
        )


def flat(way: Way) -> list[Value | Again]:
    """The ways of a `return`, those of conditions apart."""
    return [*flat(way.first), *flat(way.second)] if isinstance(way, Either) else [way]


def _bound(state: State, arguments: Sequence[Given]) -> list[tuple[Carried, Given]] | None:
    """The inputs that the arguments name, in the order of the arguments; None where they don't bind."""
    places = [item for item in state.inputs if item.kind in ("positional", "standard")]
    words = {item.parameter: item for item in state.inputs if item.kind in ("standard", "keyword")}
    found: list[tuple[Carried, Given]] = []
    for position, argument in enumerate(arguments):
        if argument.keyword:
            item = words.get(argument.keyword)
        else:
            item = places[position] if position < len(places) else None
        if item is None or any(item is other for other, _ in found):
            return None
        found.append((item, argument))
    return found
