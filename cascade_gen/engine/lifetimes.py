"""When registers die: with each instruction, those that nobody reads after it on the way that the run takes.

A register belongs to the innermost block around all its reads and writes, and dies there, behind the last
instruction that has to do with it. Where that is a choice, it dies within the way that is taken as soon as it
can. One pass from the leaves up, one down again; the time is that of the instructions, but where blocks are
nested deeply and share registers with those around them. What a deferred block reads lives as long as the block
around it, since nobody knows when it runs.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Cached,
    Choose,
    Defer,
    Hold,
    Instruction,
    Map,
    Parallel,
    Retry,
    Route,
    Timeout,
    registers_of,
    targets,
)
from cascade_gen.blueprint.instructions import blocks
from cascade_gen.blueprint.rewrite import count_reads, reads

Steps = tuple[tuple[Instruction | None, tuple[str, ...]], ...]
"""A block as it is walked: each instruction with the names that die behind it; None stands for no instruction."""

_known: dict[int, tuple[weakref.ref[Blueprint], dict[int, Steps]]] = {}
_POLICIES = (Retry, Timeout, Hold, Cached)


def steps_of(blueprint: Blueprint) -> dict[int, Steps]:
    """The steps of each block of a Blueprint, by the block's id; worked out once."""
    key = id(blueprint)
    found = _known.get(key)
    if found is None or found[0]() is not blueprint:
        gone = weakref.ref(blueprint, lambda _: _known.pop(key, None))
        found = _known[key] = gone, _Lifetimes(blueprint).steps()
    return found[1]


class _Table:
    """What happens in a block to registers that also live outside: how often, and where last."""

    __slots__ = ("counts", "last")

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.last: dict[str, int] = {}


class _Lifetimes:
    """The blocks of one Blueprint; `visits` says in how many places each stands."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._body = blueprint.body
        self._blocks: dict[int, Block] = {}
        self._visits: Counter[int] = Counter()
        self._tables: dict[int, _Table] = {}
        self._own: dict[int, list[str]] = {}
        self._deaths: dict[tuple[int, int], Counter[str]] = {}
        self._pinned: set[str] = set()
        self._totals: Counter[str] = Counter(register.name for register in registers_of(blueprint.result))

    def steps(self) -> dict[int, Steps]:
        order = self._outer_first()
        for block in reversed(order):
            self._read_block(block)
        for block in order:
            self._kill(block, [name for name in self._own[id(block)] if name not in self._pinned])
        return {key: self._steps_of(block) for key, block in self._blocks.items()}
