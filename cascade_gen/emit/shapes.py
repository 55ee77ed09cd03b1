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
from collections.abc import Collection, Mapping, Sequence

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Call,
    Copy,
    Defer,
    Force,
    Instruction,
    Operand,
    Pack,
    Parallel,
    Register,
    blocks,
)

Key = tuple[object, ...]


class Shape:
    """What is the same in all blocks of one shape, and what one of them has in its places.

    `key` is equal for blocks that only differ in names. `given` are the names from outside that a block needs, in
    the order of their places; `reads` are the registers that it reads, as often as it does.
    """

    __slots__ = ("_names", "_notes", "given", "key", "reads")

    def __init__(
        self, key: Key, given: Sequence[str], reads: Sequence[str], names: Mapping[str, int], notes: Mapping[str, Key]
    ) -> None:
        self.key = key
        self.given = given
        self.reads = reads
        self._names = names
        self._notes = notes

    def giving(self, results: Sequence[Register]) -> Key:
        """The key of a function that does the work and gives these results of it."""
        given = [one.name for one in results]
        notes = [note for name, note in self._notes.items() if name not in given]
        return (self.key, *notes, *(self._names.get(name) for name in given))


class Shapes:
    """The shapes that work of one Blueprint has in common.

    `read` has how often each register is read, `pinned` are the registers whose values stay.
    """

    def __init__(self, blueprint: Blueprint, read: Mapping[str, int], pinned: Collection[str]) -> None:
        self._tasks = {task.key: task for task in blueprint.tasks}
        self._read = read
        self._pinned = pinned
        self._found: dict[int, Shape] = {}  # by the ids of blocks
        self._times: Counter[Key] = Counter()
        self._look(blueprint.body)

    def shared(self, block: Block) -> Shape | None:
        """The shape of a block that has it in common with another one."""
        shape = self._found.get(id(block))
        return shape if shape is not None and self._times[shape.key] > 1 else None

    def _look(self, block: Block) -> None:
        for one in block:
            for inner in blocks(one):
                shape = _Reader(self._read, self._pinned).shape(inner) if self._is_work(one, inner) else None
                if shape is not None:
                    self._found[id(inner)] = shape
                    self._times[shape.key] += 1
                if shape is None or self._times[shape.key] == 1:
                    self._look(inner)

    def _is_work(self, owner: Instruction, block: Block) -> bool:
        """Whether a block may be a function of its own: what only waits for another one needs none."""
        if not isinstance(owner, Parallel) or len(block) > 1:
            return isinstance(owner, Defer | Parallel)
        only = block[0]
        return not isinstance(only, Force) and not (isinstance(only, Call) and self._tasks[only.task].awaits)


class _Unlike(Exception):
    """Blocks with such an instruction are each written on their own."""


class _Reader:
    """Reads the shape of one block."""

    def __init__(self, read: Mapping[str, int], pinned: Collection[str]) -> None:
        self._read = read
        self._pinned = pinned
        self._names: dict[str, int] = {}
        self._given: list[str] = []
        self._key: list[object] = []
        self._reads: list[str] = []
        self._notes: dict[str, Key] = {}

    def shape(self, block: Block) -> Shape | None:
        """The shape of a block, None if it has an instruction that isn't looked into."""
        try:
            self._block(block)
        except _Unlike:
            return None
        return Shape(tuple(self._key), self._given, self._reads, self._names, self._notes)

    def _block(self, block: Block) -> None:
        self._key.append(len(block))
        for one in block:
            self._key.append(type(one))
            match one:
                case Call(arguments=arguments):
                    self._key += (one.task, one.checked, len(arguments))
                    for argument in arguments:
                        self._key += (argument.keyword, argument.stars)
                        self._operand(argument.value)
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
                case _:
                    raise _Unlike

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
        """What the block writes; what drops values it doesn't give goes by more than names."""
        self._name(register.name)
        is_read, is_pinned = self._read[register.name] > 0, register.name in self._pinned
        self._notes[register.name] = (register.type, is_read, is_pinned)

    def _name(self, name: str) -> None:
        self._key.append(self._names.setdefault(name, len(self._names)))
