"""What is over in one of several ways of which one is taken: what only the others read, and what dies within it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Choose,
    Copy,
    Defer,
    Force,
    Instruction,
    Loop,
    Map,
    Missing,
    Operand,
    Route,
    Skip,
    blocks,
    registers_of,
    walk,
)
from cascade_gen.blueprint.rewrite import count_reads, reads
from cascade_gen.blueprint.traversal import OWNERS

from .nodes import Statement

if TYPE_CHECKING:
    from .function import Emitter

_Value = TypeVar("_Value", bound=Operand | None)


def each_way(
    emitter: Emitter, ways: Sequence[tuple[Block, _Value]], write: Callable[[Block, _Value], list[Statement]]
) -> list[list[Statement]]:
    """What `write` gives for each of the ways: a block, and the value that is read behind it on this way alone.

    While one is written, the others don't count as readers.
    """
    counts = [count_reads(block) for block, _ in ways]
    for count in counts:
        emitter.left.subtract(count)
    found = []
    for (block, value), count in zip(ways, counts, strict=True):
        own = [register.name for register in registers_of(value)]
        emitter.left.update(count)
        emitter.left.update(own)
        found.append(write(block, value))
        emitter.left.subtract(own)
    return found


def dying_within(emitter: Emitter, instruction: Choose | Route, names: Iterable[str]) -> list[str]:
    """Those of the registers that should die within the ways of an instruction: nobody reads them behind it, and
    some way goes on once it has read them."""
    ways = blocks(instruction)
    count: Counter[str] = Counter()
    for way in ways:
        count.update(count_reads(way))
    given: set[str] = set()
    if isinstance(instruction, Route):
        given.update(register.name for case in instruction.cases for register in registers_of(case.result))
    return [
        name
        for name in names
        if count[name]
        and emitter.left[name] <= count[name]
        and name not in given
        and any(_goes_on(way, name) for way in ways)
    ]


def _goes_on(block: Block, name: str) -> bool:
    """Whether anything runs in a block once it has read a register for the last time."""
    goes_on = False
    for one in reversed(block):
        if any(register.name == name for inner in walk((one,)) for register in reads(inner)):
            inside = blocks(one) if isinstance(one, Choose | Route) else ()
            return goes_on or any(_goes_on(way, name) for way in inside)
        goes_on = goes_on or not isinstance(one, Copy | Skip | Missing)
    return False


def forced_again(blueprint: Blueprint) -> frozenset[str]:
    """The names of what is set aside and may be forced more than once in a run."""
    if not any(isinstance(one, Defer) for one in walk(blueprint.body)):
        return frozenset()
    return frozenset(name for name, times in _forces(blueprint.body).items() if times > 1)


def _forces(block: Block) -> Counter[str]:
    """How often what is set aside is forced at most when a block runs; what is done again and again counts twice."""
    found: Counter[str] = Counter()
    for one in block:
        if isinstance(one, Force):
            found[one.name] += 1
        elif type(one) in OWNERS:
            found.update(_forces_within(one))
    return found


def _forces_within(one: Instruction) -> Counter[str]:
    found: Counter[str] = Counter()
    for way in map(_forces, blocks(one)):
        if isinstance(one, Choose | Route):
            found |= way
        else:
            found.update(way)
        if isinstance(one, Loop | Map):
            found.update(way)
    return found
