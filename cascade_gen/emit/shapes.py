"""Tells work that has the same shape: one local function does it, and is given what differs.

async def total_work(load_later, load_later_2):
    load, load_2 = await together(load_later(), load_later_2())
    return load + load_2

total, total_2 = await together(total_work(load_later, load_later_2), total_work(load_later_2, load_later))

Written out each time, a graph of many async tasks would be as many functions, all of one text; and Python takes time
for each of them in the number of the names around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cascade_gen.blueprint import (
    Argument,
    Block,
    Blueprint,
    Call,
    Copy,
    Defer,
    Force,
    Instruction,
    Literal,
    Loop,
    Map,
    Operand,
    Pack,
    Parallel,
    Register,
    Retry,
    Timeout,
    blocks,
)

from .movable import Movable, Moves

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the same in all blocks of one shape, and what one of them has in its places.

    `key` is equal for blocks that only differ in names, whose places are in `names`, and in `literals`. `given` are
    the names from outside that a block needs, `reads` the registers that it reads, as often as it does, and
    `written` those that it writes.
    """

    key: Key
    names: Mapping[str, int]
    given: Sequence[str]
    literals: Sequence[Operand]
    reads: Sequence[str]
    written: Sequence[Register]


class Shapes:
    """The shapes that work of one Blueprint has in common.

    A literal that may decide a test in a body is part of the shape; the others may differ.
    """

    def __init__(self, blueprint: Blueprint, moves: Moves) -> None:
        self._tasks = {task.key: task for task in blueprint.tasks}
        self._decided = {key for key in self._tasks if _is_decided(moves.get(key))}
        self._found: dict[int, Shape] = {}  # by the ids of blocks
        self._times: Counter[Key] = Counter()
        self._literals: dict[Key, Sequence[Operand]] = {}
        self._differing: dict[Key, set[int]] = {}
        self._look(blueprint.body)

    def shared(self, block: Block) -> Shape | None:
        """The shape of a block that has it in common with another one."""
        shape = self._found.get(id(block))
        return shape if shape is not None and self._times[shape.key] > 1 else None

    def differing(self, shape: Shape) -> list[int]:
        """The places of the literals that aren't the same in all blocks of a shape."""
        return sorted(self._differing.get(shape.key, ()))

    def may_differ(self, call: Call, argument: Argument) -> bool:
        """Whether an argument is a literal that a function can as well be given."""
        return isinstance(argument.value, Literal) and not argument.stars and call.task not in self._decided

    def _count(self, shape: Shape) -> None:
        self._times[shape.key] += 1
        first = self._literals.setdefault(shape.key, shape.literals)
        if first != shape.literals:
            places = (place for place, one in enumerate(shape.literals) if one != first[place])
            self._differing.setdefault(shape.key, set()).update(places)

    def _look(self, block: Block, again: bool = False) -> None:
        """Read the shapes in a block, which may run `again` and again."""
        for one in block:
            for inner in blocks(one):
                shape = _Reader(self.may_differ).shape(inner) if self._is_work(one, inner, again) else None
                if shape is not None:
                    self._found[id(inner)] = shape
                    self._count(shape)
                if shape is None or self._times[shape.key] == 1:
                    self._look(inner, again or isinstance(one, Loop | Map))

    def _is_work(self, owner: Instruction, block: Block, again: bool) -> bool:
        """Whether a block may be a function of its own: what only waits for another one needs none.

        What is set aside in each round would keep what it is given until the next one sets it aside anew.
        """
        if isinstance(owner, Defer):
            return not again
        only = block[0] if len(block) == 1 else None
        waits = isinstance(only, Force) or (isinstance(only, Call) and self._tasks[only.task].awaits)
        return isinstance(owner, Parallel) and not waits


def _is_decided(one: Movable | None) -> bool:
    """Whether a literal may decide a test in the body of a task that moves."""
    return one is not None and one.body.is_decided_by(one.parameters)


class _Unlike(Exception):
    """Blocks with such an instruction are each written on their own."""


class _Reader:
    """Reads the shape of one block."""

    def __init__(self, may_differ: Callable[[Call, Argument], bool]) -> None:
        self._may_differ = may_differ
        self._key: list[object] = []
        self._names: dict[str, int] = {}
        self._given: list[str] = []
        self._literals: list[Operand] = []
        self._reads: list[str] = []
        self._written: list[Register] = []

    def shape(self, block: Block) -> Shape | None:
        """The shape of a block, None if it has an instruction that isn't looked into."""
        try:
            self._block(block)
        except _Unlike:
            return None
        return Shape(tuple(self._key), self._names, self._given, self._literals, self._reads, self._written)

    def _block(self, block: Block) -> None:
        self._key.append(len(block))
        for one in block:
            self._key.append(type(one))
            match one:
                case Call(arguments=arguments):
                    self._key += (one.task, one.checked, len(arguments))
                    for argument in arguments:
                        self._key += (argument.keyword, argument.stars)
                        self._argument(one, argument)
                    self._fill(one.target)
                case Force(results=results):
                    self._need(one.name)
                    self._key.append(len(results))
                    for result in results:
                        self._fill(result)
                case Copy():
                    self._operand(one.source)
                    self._fill(one.target)
                case Parallel(branches=branches):
                    self._key.append(len(branches))
                    for branch in branches:
                        self._block(branch)
                case Retry():
                    self._key += (one.task, one.max_attempts, one.delay, one.backoff, one.max_delay, one.jitter)
                    self._key += one.retry_on
                    self._block(one.block)
                case Timeout():
                    self._key.append(one.seconds)
                    self._block(one.block)
                case _:
                    raise _Unlike

    def _argument(self, call: Call, argument: Argument) -> None:
        if self._may_differ(call, argument):
            self._key.append(Literal)
            self._literals.append(argument.value)
        else:
            self._operand(argument.value)

    def _operand(self, operand: Operand) -> None:
        if isinstance(operand, Register):
            self._reads.append(operand.name)
            self._need(operand.name)
        elif isinstance(operand, Pack):
            self._key += (operand.kind, operand.keys, operand.factory, len(operand.items))
            for item in operand.items:
                self._operand(item)
        else:
            self._key.append(operand)

    def _need(self, name: str) -> None:
        """What the block reads; it is given what it hasn't made itself."""
        if name not in self._names:
            self._given.append(name)
        self._name(name)

    def _fill(self, register: Register) -> None:
        self._name(register.name)
        self._written.append(register)

    def _name(self, name: str) -> None:
        self._key.append(self._names.setdefault(name, len(self._names)))
