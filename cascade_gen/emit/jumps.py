"""Finds where the tail calls of a loop lead, so that its bodies can move in and tail calls become jumps.

if n <= 0:                             while True:
    return "done"                          if n <= 0:
return tail(countdown, n=n - 1)                return "done"
                                           n = n - 1
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cascade_gen.blueprint import Carried, Loop, Pack, State, registers_of
from cascade_gen.bodies.shape import can_fall, surroundings, why_no_jump
from cascade_gen.bodies.ways import Again, Leap, Value, Ways, mark

from .asking import is_injected
from .function import Emitter
from .gotos import Binder, Goto, Round, flat
from .movable import Movable

_IN_A_TRY = (ast.If, ast.Match, ast.Try, ast.TryStar)
"""Statements out of which inputs may be set that are looked at when the next round begins."""

_UNGUARDED = (ast.If, ast.Match, ast.For, ast.AsyncFor, ast.While)
"""Statements out of which something may be computed as well as behind them."""


class Jumps:
    """The rounds of one loop; `why` says, by task, why a body can't move into it."""

    def __init__(self, emitter: Emitter, loop: Loop) -> None:
        self.emitter = emitter
        self.loop = loop
        self.why: dict[str, str] = {}
        self.rounds: dict[int, Round] = {}
        self.called: set[int] = set()
        self.binder = Binder(emitter, loop)
        self._reach()
        if not self.why and self.open and not self.finishable():
            self.why[loop.states[0].task] = (
                "what it returns may go on with rounds that have policies, resources or a mode"
            )
        self.names = self._shared_names()
        self.stays: frozenset[str] = frozenset()
        self.shared: set[str] = set()  # the variables of inputs that others than the rounds read
        self.constants: set[str] = set()  # what stands for inputs and is no variable of the function
        if not self.why:
            self.stays = self._unchanged()
            self.binder.keep(self._bound_anew, self.stays, self.open and loop.comes_back)

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
            (call := state.call) is not None
            and state.jumps is None
            and self.emitter.tasks[call.task].mode == "inline"
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
        self.binder.bind(one)
        for node, around in surroundings(task.body.statements):
            if not all(isinstance(statement, ast.If | ast.Match) for statement in around):
                one.guarded.add(id(node))
        return next(
            (why for place in surroundings(task.body.statements) if (why := self._why_stays(one, *place))), one
        )

    def _why_stays(self, one: Round, node: ast.Return, around: Sequence[ast.stmt]) -> str:
        """Why a `return` with these statements around it can't leave the body before the next round begins."""
        onward = [way for way in flat(one.ways.of(node)) if isinstance(way, Again | Leap)]
        gotos = [one.goto(way) for way in onward if mark(way) not in one.ended]
        inside = any(not isinstance(statement, ast.If | ast.Match) for statement in around)
        if inside and any(goto is None for goto in gotos):
            return "a tail call that shows only when it runs stands in a try, a with or a loop"
        if inside and any(isinstance(way, Value) and not way.plain for way in flat(one.ways.of(node))):
            return "what it returns from within a try, a with or a loop may be a tail call"
        lazy = [goto for goto in gotos if goto is not None and (goto.lazy or self.makes(one))]
        if inside and any(goto.calls or goto.data is not None for goto in lazy):
            return "a tail call in a try, a with or a loop calls a task, or has data of any kind"
        if lazy and not all(isinstance(statement, _IN_A_TRY) for statement in around):
            return "a tail call in a with or a loop may hand on something lazy"
        ends = [end for way in onward if (end := one.ended.get(mark(way))) is not None]
        guarded = any(not isinstance(statement, _UNGUARDED) for statement in around)
        if guarded and any(end.unsure or (end.open and self.makes(one)) for end in ends):
            return "the data of a jump in a try or a with may be something lazy"
        in_with = any(isinstance(statement, ast.With | ast.AsyncWith) for statement in around)
        if in_with and any(goto is not None and _drops(one, goto) for goto in gotos):
            return "a tail call stands in a with, whose end comes before the round's variables go"
        return why_no_jump(around) if any(gotos) else ""

    def makes(self, one: Round) -> bool:
        """Whether something lazy may be made behind the back of a round, and handed on in a container."""
        return one.hands_open and self.binder.makes(one)

    def _ways(self, index: int, state: State, task: Movable) -> Ways:
        """What the returns of a round give. What tasks gave for its bound values may have something lazy in it."""
        given = [(item.parameter, item.initial) for item in state.inputs]
        given += [(item.parameter, item.first) for item in state.inputs if index == 0]
        doubtful = frozenset(name for name, operand in given if not self.emitter.givers.is_settled(operand))
        return Ways(task.body, task.function, doubtful) if doubtful else task.ways

    def _why_not(self, state: State) -> str:
        call = state.call
        if call is None:
            return "its rounds have policies or resources"
        if self.loop.visible and any(item.kind in ("star", "stars") for item in state.inputs):
            return "it takes any number of arguments"
        if [one.value for one in call.arguments] != [item.register for item in state.inputs]:
            return "its rounds have policies or resources"
        return ""

    # names

    def _shared_names(self) -> dict[str, str]:
        """The local of every carried register: states share those of one name, since only one of them runs."""
        words: dict[str, str] = {}
        found: dict[str, str] = {}
        for index in self.indices:
            for item in self.loop.states[index].inputs:
                found[item.register.name] = words.setdefault(item.parameter, item.register.name)
        return found

    def rename(self, old: str, new: str, shared: bool) -> None:
        """Have a variable of inputs another name; `shared`: others than the rounds read it."""
        self.names = {key: new if word == old else word for key, word in self.names.items()}
        if old in self.stays:
            self.stays = (self.stays - {old}) | {new}
        if shared:
            self.shared.add(new)

    @property
    def lasting(self) -> set[str]:
        """The variables of inputs whose values last through the rounds that don't have these inputs."""
        anew = {self.names[item.register.name] for goto in self.gotos for item in goto.anew}
        return self.shared.union(self.stays & (anew | self.read_again))

    @property
    def gotos(self) -> list[Goto]:
        """All ways on."""
        return [goto for one in self.rounds.values() for goto in one.gotos.values()]

    def _unchanged(self) -> frozenset[str]:
        """The variables of inputs that no round changes: what they are bound to anew is what they have."""
        words, states = self.names, self.loop.states
        changed = {
            words[item.register.name]
            for one in self.rounds.values()
            for item in one.state.inputs
            if item.parameter in one.task.body.rebound
        }
        first = {words[item.register.name]: item for item in states[0].inputs}
        for goto in self.gotos:
            given = states[goto.state].inputs if goto.data is not None else [item for item, _ in goto.given]
            changed.update(words[item.register.name] for item in given)
            changed.update(
                word
                for item in goto.anew
                if (one := first.get(word := words[item.register.name])) is None or not _is_the_same(one, item)
            )
        return frozenset(first).difference(changed)

    @property
    def _bound_anew(self) -> list[Carried]:
        """The inputs that ways on change to what they are bound to."""
        found = (item for goto in self.gotos for item in goto.anew)
        return [item for item in found if self.names[item.register.name] not in self.stays]

    @property
    def read_again(self) -> set[str]:
        """The registers that are read in rounds: bound values that inputs may have again."""
        found = list(self._bound_anew)
        for goto in self.gotos:
            if goto.data is not None:
                found.extend(self.loop.states[goto.state].inputs)
        if self.open and self.loop.comes_back:
            found.extend(item for state in self.loop.states for item in state.inputs)
        return {register.name for item in found for register in registers_of(item.initial)}

    def falls(self, one: Round) -> bool:
        """Whether every tail call of a round may stand at the end of its body, and nothing else ends there."""
        return one.task.body.ends and can_fall(one.task.body.statements, one.goes_round)


def _is_the_same(first: Carried, item: Carried) -> bool:
    """Whether what an input has at first is what another, or it itself, is bound to."""
    if is_injected(first):
        return first is item
    if first.first is not None or first.initial != item.initial:
        return False
    return first is item or not isinstance(item.initial, Pack)  # a display is another one


def _drops(one: Round, goto: Goto) -> bool:
    """Whether a way on drops a value that may be worth something: what it doesn't hand on as it is."""
    given: dict[str, object] = {item.parameter: value for item, value in goto.given}
    given.update((item.parameter, item.initial) for item in goto.anew)
    stays = {value.id for value in given.values() if isinstance(value, ast.Name)}
    if goto.state == one.index:
        stays.update(item.parameter for item in one.state.inputs if item.parameter not in given)
    unread = (item.parameter for item in one.state.inputs if item.parameter not in one.task.body.uses)
    return not stays.issuperset((*one.task.kept, *unread))
