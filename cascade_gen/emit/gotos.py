"""Binds the tail calls and jumps in moved bodies: the states they lead to, and what the inputs are given there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from cascade_gen.blueprint import Call, Carried, Inject, Literal, Loop, Object, Pack, Register, State
from cascade_gen.bodies.ways import Again, Direct, Either, Given, Leap, Onward, Value, Way, Ways, is_quiet, mark
from cascade_gen.lang import Inject as Injected
from cascade_gen.lang import Task
from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.tasks.nodes import nodes_of

from . import nodes
from .asking import is_injected
from .function import Emitter
from .given import default
from .movable import Movable
from .nodes import Expression


@dataclass(frozen=True, slots=True)
class Goto:
    """A way on, bound: the state it leads to, and what its inputs are given there, in order of evaluation.

    `unsure` are the inputs in which something lazy may be, `doubts` the variables of the body from which alone it may
    have come into each of them, if that is all there is to ask; `open` are the inputs into which it could have been
    put. `anew` are those that get the values they are bound to. `data` is the input that is given the data of a jump
    which only then tells which inputs it is for, and `initials` what all of them are bound to.
    """

    state: int
    given: tuple[tuple[Carried, ast.expr | Expression | Direct], ...]
    unsure: tuple[Carried, ...]
    doubts: tuple[tuple[str, ...], ...]
    open: tuple[Carried, ...]
    anew: tuple[Carried, ...] = ()
    data: Carried | None = None
    initials: tuple[Expression, ...] = ()

    @property
    def calls(self) -> bool:
        """Whether tasks are called for what it hands on."""
        return any(isinstance(value, Direct) for _, value in self.given)

    @property
    def lazy(self) -> bool:
        """Whether something that it hands on is computed, or may have to be, when the round is over."""
        return bool(self.unsure) or self.calls or self.data is not None

    @property
    def reads(self) -> set[str]:
        """The names in what it hands on."""
        values = [value.node if isinstance(value, Direct) else value for _, value in self.given]
        found = nodes_of(*(value for value in values if isinstance(value, ast.expr)))
        return {one.id for one in found if isinstance(one, ast.Name)}


@dataclass(frozen=True, slots=True)
class End:
    """A jump that ends the loop with its data, `unsure` whether something lazy is in it, `open` to some put there.

    `doubts` are the variables from which alone it may have come, as for a `Goto`.
    """

    unsure: bool
    open: bool
    doubts: tuple[str, ...]


Mark = tuple[int, object]
"""A way on: the id of its node, and the key of a jump."""


@dataclass(slots=True)
class Round:
    """A state whose body moves into the loop.

    `gotos` are the ways on that lead to a state, `ended` the jumps that end the loop with their data. `guarded` are
    the ids of the returns that stand in a `try` or a `with`, which may see what has changed. `open`: something may be
    returned that shows only then to be a tail call. `asked` are the variables that a way out asks for something lazy
    though they may have no value there. `handed` are the variables that are inputs of the next round from the start,
    with the variables of these.
    """

    index: int
    state: State
    task: Movable
    ways: Ways
    gotos: dict[Mark, Goto] = field(default_factory=dict)
    ended: dict[Mark, End] = field(default_factory=dict)
    guarded: set[int] = field(default_factory=set)
    open: bool = False
    asked: set[str] = field(default_factory=set)
    handed: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> list[str]:
        """The variables of its own whose values would outlive the round unless they are dropped."""
        return [name for name in self.task.kept if name not in self.handed]

    @property
    def hands_open(self) -> bool:
        """Whether something lazy could be put into what some way out hands on."""
        return any(goto.open for goto in self.gotos.values()) or any(end.open for end in self.ended.values())

    def goto(self, way: Way) -> Goto | None:
        """Where a way leads, if it is one on."""
        return self.gotos.get(mark(way)) if isinstance(way, Again | Leap) else None

    def goes_round(self, node: ast.Return) -> bool:
        """Whether a `return` may lead to a state."""
        return any(self.goto(way) is not None for way in flat(self.ways.of(node)))


def flat(way: Way) -> list[Value | Onward]:
    """The ways of a `return`, those of conditions apart."""
    return [*flat(way.first), *flat(way.second)] if isinstance(way, Either) else [way]


class Binder:
    """Binds the ways on of the rounds of one loop."""

    def __init__(self, emitter: Emitter, loop: Loop) -> None:
        self._emitter = emitter
        self._loop = loop
        self._carried = {item.register for state in loop.states for item in state.inputs}
        self._stays: frozenset[str] = frozenset()
        self._initials: dict[str, tuple[str, Carried]] = {}

    def bind(self, one: Round) -> None:
        """Note where the ways out of a round lead."""
        for node in one.task.body.returns:
            for way in flat(one.ways.of(node)):
                self._bind(one, way)
                self._note_asked(one, way, node)

    def _note_asked(self, one: Round, way: Value | Onward, node: ast.Return) -> None:
        """Note the variables that a way out asks though they may have no value there."""
        if isinstance(way, Again | Leap):
            end, goto = one.ended.get(mark(way)), one.gotos.get(mark(way))
            asked = chain(end.doubts if end else (), *(goto.doubts if goto else ()))
            one.asked.update(set(asked) - one.task.body.bound[id(node)])

    def makes(self, one: Round) -> bool:
        """Whether something lazy may be made behind the back of a round, but for what it hands on visibly."""
        known = {node for node, _ in (*one.gotos, *one.ended)}
        for goto in one.gotos.values():
            for _, value in goto.given:
                if isinstance(value, Direct):
                    if self._may_make(value):
                        return True
                    known.update(map(id, value.calls))
        return not one.ways.settled.makes_nothing(known)

    def _may_make(self, call: Direct) -> bool:
        """Whether a task that is called in a tail call, or in its arguments, may make something lazy."""
        task = self._emitter.moves.other(call.task)
        if task is None or not task.ways.settled.makes_nothing(frozenset()):
            return True
        return any(isinstance(value, Direct) and self._may_make(value) for _, value in call.arguments)

    def _bind(self, one: Round, way: Value | Onward) -> None:
        if isinstance(way, Value):
            one.open |= not way.plain
            return
        if isinstance(way, Leap):
            target = self._routes(one.state).get(way.key, _NOWHERE)
            if target is None:
                doubts = one.ways.doubts(way.data) if way.data is not None else ()
                one.ended[mark(way)] = End(not (way.settled or way.flat), not way.flat, doubts)
                return
        else:
            target = self._target(one, way)
        goto = self._goto(one, way, target) if isinstance(target, int) else None
        if goto is None:
            one.open = True
        else:
            one.gotos[mark(way)] = goto

    def _goto(self, one: Round, way: Onward, index: int) -> Goto | None:
        """The way to a state; None where only the runtime can tell."""
        target = self._loop.states[index]
        *asked, call = target.block
        if not isinstance(call, Call) or not all(isinstance(one, Inject) for one in asked):
            return None
        bound = _bound(target, way.arguments, int(isinstance(way, Leap) and target.method))
        if bound is None or any(is_injected(item) for item, _ in bound):
            return None
        if not _dies_before(one, bound) or self._meddles(bound):
            bound = [(item, one.ways.lazily(value)) for item, value in bound]
        given: list[tuple[Carried, ast.expr | Expression | Direct]] = [(item, value.value) for item, value in bound]
        named = {item.parameter for item, _ in bound}
        anew: list[Carried] = []
        for item in target.inputs:
            if item.parameter not in named and not self._fill(one, index, way, item, given, anew):
                return None
        given.sort(key=lambda one: isinstance(one[1], Direct))  # tasks are called once the arguments are there
        open_to = tuple(item for item, value in bound if not value.flat)
        if isinstance(way, Leap) and way.open:
            return self._by_data(index, tuple(given), tuple(anew), open_to)
        unsure = [(item, value.value) for item, value in bound if not (value.settled or value.flat)]
        doubts = (one.ways.doubts(value) if isinstance(value, ast.expr) else () for _, value in unsure)
        return Goto(index, tuple(given), tuple(item for item, _ in unsure), tuple(doubts), open_to, tuple(anew))

    def _by_data(
        self,
        index: int,
        given: tuple[tuple[Carried, ast.expr | Expression | Direct], ...],
        anew: tuple[Carried, ...],
        open_to: tuple[Carried, ...],
    ) -> Goto | None:
        """The way of a jump whose data overrides inputs by name, is the first of them, or nothing."""
        initials = []
        first = _places(self._loop.states[index])[int(self._loop.states[index].method)]
        for item in self._loop.states[index].inputs:
            if item.initial is None and not self._asks_once(item):
                return None
            initials.append(self.initial(item))
        return Goto(index, given, (), (), open_to, anew, first, tuple(initials))

    def _meddles(self, bound: list[tuple[Carried, Given]]) -> bool:
        """Whether a task that is called for one input could put something lazy into another."""
        holders = [given for _, given in bound if self._could_hold(given)]
        return len(holders) > 1 and any(isinstance(given.value, Direct) for given in holders)

    def _could_hold(self, given: Given) -> bool:
        """Whether something lazy could be put into a value before it is handed on."""
        return self._may_make(given.value) if isinstance(given.value, Direct) else not given.flat

    def _routes(self, state: State) -> dict[object, int | None]:
        """Where the jumps of a state lead, by their keys."""
        objects = self._emitter.blueprint.objects
        found: dict[object, int | None] = {}
        for key, index in state.jumps or ():
            if isinstance(key, Literal):
                found[key.value] = index
            elif isinstance(key, Object):
                found[objects.get(key.name)] = index
        return found

    def _target(self, one: Round, way: Again) -> int | None:
        """The state that a tail call leads to, as the runtime would find it."""
        if way.natural:
            plain = (number for number in self._of_task(way.target) if self._loop.states[number].jumps is None)
            return next(plain, None)
        if way.target is None or way.target == one.state.name:
            return one.index
        if isinstance(way.target, str):
            return next((number for number, state in enumerate(self._loop.states) if state.name == way.target), None)
        found = self._of_task(way.target)
        return one.index if one.index in found else next(iter(found), None)

    def _of_task(self, task: Task[..., Any]) -> list[int]:
        """The states of a task; another task may have the same function."""
        return self._by_task.get((id(task.func), task.name), [])

    @cached_property
    def _by_task(self) -> dict[tuple[int, str], list[int]]:
        found: dict[tuple[int, str], list[int]] = {}
        for number, state in enumerate(self._loop.states):
            task = self._emitter.blueprint.bound_tasks[state.task]
            found.setdefault((id(task.func), task.name), []).append(number)
        return found

    def _fill(
        self,
        one: Round,
        index: int,
        way: Onward,
        item: Carried,
        given: list[tuple[Carried, ast.expr | Expression | Direct]],
        anew: list[Carried],
    ) -> bool:
        """Give an input that a way on doesn't name its value, unless rounds ask for it; False where it has none."""
        if is_injected(item):
            if self._asks_once(item):
                anew.append(item)  # data may have named it for a round
            return not (isinstance(way, Again) and way.natural) or self._asks_by_default(index, item)
        if isinstance(way, Again) and way.natural:
            task = self._emitter.moves.get(self._loop.states[index].task)
            if task is None:
                return False
            parameter = task.parameters[item.parameter]
            if parameter.default is parameter.empty or holds_lazy(parameter.default):
                return False
            value = default(self._emitter, task, parameter)
            given.append((item, value if isinstance(value, Expression) else self._emitter.read(value)))
            return True
        if isinstance(way, Again) and index == one.index:
            return True  # it keeps its value
        if item.initial is None:
            return False
        anew.append(item)
        return True

    def _asks_once(self, item: Carried) -> bool:
        """Whether the resource that an input is given is asked for before the rounds."""
        return is_injected(item) and len(self._loop.states) == 1

    def _asks_by_default(self, index: int, item: Carried) -> bool:
        """Whether a call that leaves out an input is given the very resource that rounds of the state ask for."""
        state = self._loop.states[index]
        parameter = self._emitter.blueprint.bound_tasks[state.task].signature.parameters[item.parameter]
        asked = {one.target: one.resource for one in state.block if isinstance(one, Inject)}
        return isinstance(parameter.default, Injected) and parameter.default.name == asked.get(item.register)

    # bound values

    def keep(self, anew: Sequence[Carried], stays: frozenset[str], told: bool) -> None:
        """Note which bound values have to be kept: of the inputs that get them `anew`, or of all if the runtime
        is told them. `stays` are the variables that no round changes.
        """
        self._stays = stays
        for item in anew:
            self.initial(item)
        if told:
            self.initial_tuples()

    def initial(self, item: Carried) -> Expression:
        """The bound value of an input: kept apart if a round may overwrite it, or if it was built for the first."""
        operand = item.register if item.initial is None else item.initial
        carried = isinstance(operand, Register) and operand in self._carried and operand.name not in self._stays
        if not (carried or isinstance(operand, Pack)):
            return self._emitter.read(operand)
        key = operand.name if isinstance(operand, Register) else item.register.name
        if key not in self._initials:
            self._initials[key] = self._emitter.names.local(f"{key}_bound"), item
        return nodes.name(self._initials[key][0])

    def initials(self, names: Mapping[str, str]) -> Iterator[tuple[str, Expression]]:
        """The bound values that are kept, and what they are once the first round has its inputs in these `names`."""
        first = [item for item in self._loop.states[0].inputs if item.first is None]
        for word, item in self._initials.values():
            if item.initial is None or (isinstance(item.initial, Pack) and any(item is one for one in first)):
                yield word, nodes.name(names[item.register.name])
            else:
                yield word, self._emitter.read(item.initial)

    def initial_tuples(self) -> Expression:
        """The bound and default values of every state, for the runtime."""
        keep = nodes.name(self._emitter.runtime("sentinels", "KEEP"))
        rows = [
            [keep if item.initial is None else self.initial(item) for item in state.inputs]
            for state in self._loop.states
        ]
        return nodes.tuple_(list(map(nodes.tuple_, rows)))


_NOWHERE = object()


def _dies_before(one: Round, bound: list[tuple[Carried, Given]]) -> bool:
    """Whether the round's variables may die before the tasks are called that stand in its tail call, as they do when
    these are called once the round is over: nothing that is evaluated in between could tell."""
    if not set(one.task.kept).difference(one.task.parameters):
        return True
    values = [given.value.node if isinstance(given.value, Direct) else given.value for _, given in bound]
    calls = [call for _, given in bound if isinstance(given.value, Direct) for call in given.value.calls]
    known = {id(one) for call in calls for one in (call, *nodes_of(call.func))}
    return not calls or all(is_quiet(value, known) for value in values)


def _places(state: State) -> list[Carried]:
    """The inputs that are given by their place."""
    return [item for item in state.inputs if item.kind in ("positional", "standard")]


def _bound(state: State, arguments: Sequence[Given], start: int) -> list[tuple[Carried, Given]] | None:
    """The inputs that the arguments name, in the order of the arguments; None where they don't bind.

    Those by place begin with the input `start`.
    """
    places = _places(state)[start:]
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
