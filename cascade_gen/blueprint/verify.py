"""The rules of a Blueprint, checked: every register is written before it is read, on every path, and so on.

One walk in the order of the listing. What is written at a place is a map that remembers its changes, so that
leaving a block takes back what the block wrote: the cost grows with the number of instructions, not with that
of the registers in sight. The walk is a stack of generators, not of calls: blocks nest as deep as they like.
"""

from __future__ import annotations

from collections.abc import Container, Generator, Iterator
from dataclasses import dataclass
from typing import NoReturn

from cascade_gen.errors import BlueprintError
from cascade_gen.runtime.errors import Location

from .blueprint import Blueprint
from .instructions import (
    Block,
    Cached,
    Choose,
    Defer,
    Fill,
    Force,
    Hold,
    Inject,
    Instruction,
    Loop,
    Map,
    Missing,
    Parallel,
    Retry,
    Route,
    State,
    Timeout,
)
from .operands import Operand, Register, objects_of, registers_of
from .sight import Sight
from .text import Mark, excerpt
from .traversal import blocks, operands, targets


def verify(blueprint: Blueprint) -> None:
    """Return if the Blueprint keeps every rule; else `BlueprintError`, which shows it around the bad line.

    The rules: registers are written before they are read, on every path, and never with two types on one
    path; tasks, resources and objects are declared (objects only where the Blueprint holds any); states,
    jumps and deferred blocks fit together.
    """
    checker = _Checker(blueprint)
    checker.declarations()
    checker.body()


@dataclass(frozen=True, slots=True)
class _Inner:
    """A block to check: under which line of its owner it stands, what is written where it starts, what is
    read where it ends, and what it has to write."""

    block: Block
    part: int = 0
    given: tuple[Register, ...] = ()
    result: Operand | None = None
    owed: tuple[Register, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """What a block wrote (registers with their types) and deferred. One that `ends` the run goes nowhere."""

    written: dict[str, str]
    deferred: dict[str, tuple[Register, ...]]
    ends: bool


_Walk = Generator[_Inner, _Way, _Way]


class _Checker:
    """The walk over a Blueprint: where it is, and what is written there."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.tasks = {task.key for task in blueprint.tasks}
        self.resources = {resource.name for resource in blueprint.resources}
        self.written: Sight[str] = Sight()
        self.deferred: Sight[tuple[Register, ...]] = Sight()
        self.ended = False  # no way leads here, so that every register counts as written
        self.count = 0  # the instructions met
        self.mark: Mark = ("blueprint", 0)
        self.location: Location | None = None

    # Above the instructions

    def declarations(self) -> None:
        """Inputs, tasks and resources are each declared once, and so is what they refer to."""
        blueprint = self.blueprint
        self._distinct("input", [one.name for one in blueprint.inputs])
        self._distinct("input", [one.register.name for one in blueprint.inputs])
        self._distinct("task", [task.key for task in blueprint.tasks])
        self._distinct("resource", [resource.name for resource in blueprint.resources])
        for number, resource in enumerate(blueprint.resources):
            self.mark = ("resource", number)
            for _, name in resource.injects:
                self._declared("resource", name, self.resources)
        for number, one in enumerate(blueprint.inputs):
            self.mark = ("input", number)
            if one.default is not None:
                self._read(one.default)
        for one in blueprint.inputs:
            self._write(one.register)

    def _distinct(self, what: str, names: list[str]) -> None:
        seen: set[str] = set()
        for number, name in enumerate(names):
            self.mark = (what, number)
            if name in seen:
                self._fail(f"there are two {what}s {name!r}")
            seen.add(name)

    # The walk

    def body(self) -> None:
        """Check the instructions, and that the result is written."""
        self.mark = ("return", 0)
        walk = [self._inner(_Inner(self.blueprint.body, result=self.blueprint.result))]
        way: _Way | None = None
        while walk:
            try:
                inner = next(walk[-1]) if way is None else walk[-1].send(way)
            except StopIteration as end:
                way = end.value
                walk.pop()
            else:
                way = None
                walk.append(self._inner(inner))

    def _inner(self, inner: _Inner) -> _Walk:
        """Check a block where it stands; what it wrote is given and taken back."""
        owner, location, ended = self.mark[0], self.location, self.ended
        outside, deferred = self.written.mark(), self.deferred.mark()
        self.mark = (owner, inner.part)
        for register in inner.given:
            self._write(register)
        inside = self.written.mark()
        for instruction in inner.block:
            number = self.count
            self.count += 1
            self.mark, self.location = (number, 0), getattr(instruction, "location", None)
            self._alone(instruction, number)
            yield from self._blocks(instruction)
            for register in targets(instruction):
                self._write(register)
        self.mark, self.location = (owner, inner.part), location
        if inner.result is not None:
            self._read(inner.result)
        way = _Way(self.written.undo(inside), self.deferred.undo(deferred), self.ended)
        self.written.undo(outside)
        for register in inner.owed:
            if register.name not in way.written and not way.ends:
                self._fail(f"the block has to write {register.name!r}, and doesn't on every way")
        self.mark, self.ended = (owner, 0), ended
        return way

    def _alone(self, instruction: Instruction, number: int) -> None:
        """Check what an instruction reads and names itself."""
        for part, operand in _reads(instruction):
            self.mark = (number, part)
            self._read(operand)
        self.mark = (number, 0)
        if task := getattr(instruction, "task", ""):
            self._declared("task", task, self.tasks)
        match instruction:
            case Inject(resource=resource):
                self._declared("resource", resource, self.resources)
            case Missing():
                self.ended = True
            case Force(name=name, results=results):
                self._force(name, results)
            case Loop(states=states):
                self._states(states, number)

    def _blocks(self, instruction: Instruction) -> Generator[_Inner, _Way, None]:
        """Check the blocks of an instruction; what of theirs is seen after it is put into sight."""
        match instruction:
            case Choose():
                ways = []
                for part, block in enumerate(blocks(instruction)):
                    ways.append((yield _Inner(block, part)))
                self._join(ways)
            case Route(cases=cases):
                ways = []
                for part, case in enumerate(cases, 1):
                    ways.append((yield _Inner(case.block, part, result=case.result)))
                self._join(ways)
            case Parallel(branches=branches):
                ways = []
                for part, block in enumerate(branches, 1):
                    ways.append((yield _Inner(block, part)))
                for way in ways:
                    self._keep(way)
            case Retry(block=block) | Timeout(block=block) | Hold(block=block):
                self._keep((yield _Inner(block)))
            case Cached(block=block, target=target):  # a hit runs no block: only the target is sure
                yield _Inner(block, owed=(target,))
            case Map(block=block, inputs=inputs, result=result):
                yield _Inner(block, given=tuple([one.item for one in inputs]), result=result)
            case Fill(block=block, result=result):
                yield _Inner(block, result=result)
            case Defer(block=block, name=name, results=results):
                yield _Inner(block, owed=results)
                self.deferred.put(name, results)
            case Loop(states=states):
                for part, state in enumerate(states, 1):
                    given = tuple([one.register for one in state.inputs])
                    yield _Inner(state.block, part, given, owed=(state.result,))

    def _join(self, ways: list[_Way]) -> None:
        """After one of several ways, what all of them wrote is written."""
        open_ways = [way.written for way in ways if not way.ends]
        if not open_ways:
            self.ended = True
            return
        for name in min(open_ways, key=len):
            types = {way.get(name) for way in open_ways}
            if None not in types:
                self.written.put(name, (types.pop() if len(types) == 1 else None) or "")

    def _keep(self, way: _Way) -> None:
        """After a block that surely ran, what it wrote and deferred is in sight."""
        for name, kind in way.written.items():
            self._write(Register(name, kind))
        for name, results in way.deferred.items():
            self.deferred.put(name, results)
        self.ended = self.ended or way.ends

    def _force(self, name: str, results: tuple[Register, ...]) -> None:
        if self.ended:
            return
        deferred = self.deferred.now.get(name)
        if deferred is None:
            self._fail(f"nothing is deferred as {name!r} on every way to this place")
        if deferred != results:
            gives, wants = ([one.name for one in group] for group in (deferred, results))
            self._fail(f"what is deferred as {name!r} gives {gives}, not {wants}")

    def _states(self, states: tuple[State, ...], number: int) -> None:
        if not states:
            self._fail("a loop needs a state")
        seen: set[str] = set()
        for part, state in enumerate(states, 1):
            self.mark = (number, part)
            if state.task:
                self._declared("task", state.task, self.tasks)
            for one in state.inputs:
                if one.register.name in seen:
                    self._fail(f"{one.register.name!r} is carried twice in this loop")
                seen.add(one.register.name)
            for _, index in state.jumps or ():
                if index is not None and not 0 <= index < len(states):
                    self._fail(f"there is no state {index}; the last one is {len(states) - 1}")
        self.mark = (number, 0)

    # Registers and names

    def _read(self, operand: Operand) -> None:
        for register in registers_of(operand):
            if register.name not in self.written.now and not self.ended:
                self._fail(f"{register.name!r} is read here, but not written on every way to this place")
        if self.blueprint.objects:
            for one in objects_of(operand):
                self._declared("object", one.name, self.blueprint.objects)

    def _write(self, register: Register) -> None:
        before = self.written.now.get(register.name)
        if before and register.type and before != register.type and not self.ended:
            self._fail(f"{register.name!r} is written as {register.type!r} here, and as {before!r} before")
        self.written.put(register.name, register.type or before or "")

    def _declared(self, what: str, name: str, declared: Container[str]) -> None:
        if name not in declared:
            self._fail(f"there is no {what} {name!r}")

    def _fail(self, message: str) -> NoReturn:
        raise BlueprintError(f"{message}\n{excerpt(self.blueprint, self.mark)}", self.location)


def _reads(instruction: Instruction) -> Iterator[tuple[int, Operand]]:
    """What an instruction reads itself, and in which of its lines."""
    match instruction:
        case Choose(arms=arms):
            yield from ((part, arm.test) for part, arm in enumerate(arms))
        case Route(selector=selector, cases=cases):
            yield 0, selector
            yield from ((part, key) for part, case in enumerate(cases, 1) for key in case.keys)
        case Loop(target=target, states=states, links=links):
            yield from ((0, workflow) for _, workflow in links)
            for part, state in enumerate(states, 1):
                yield from ((part, operand) for operand in operands(Loop(target, (state,))))
        case _:
            yield from ((0, operand) for operand in operands(instruction))
