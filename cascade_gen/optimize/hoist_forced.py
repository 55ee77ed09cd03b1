"""Runs what every branch would begin with before the branches, and what is deferred where it surely comes first.

before: defer page_later -> (page):        after: page = call fetch(url)
          page = call fetch(url)                  parallel:
        parallel:                                   branch:
          branch:                                     words = call count(page)
            page = force page_later                 branch:
            words = call count(page)                  links = call find(page)
          branch:
            page = force page_later
            links = call find(page)

Nothing overlaps with it, since no branch does anything before it is there. Who asks for it again later has it, and
so has who asks behind a choice each way of which has asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from operator import itemgetter

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Choose,
    Defer,
    Force,
    Hold,
    Instruction,
    Missing,
    Parallel,
    Retry,
    Route,
    Timeout,
    walk,
)
from cascade_gen.blueprint.rewrite import as_block, in_parallel, rewrite_blocks


def hoist_forced(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with such forces before their branches, and without the defers that are needless then."""
    if not any(isinstance(one, Force) for one in walk(blueprint.body)):
        return blueprint
    return replace(blueprint, body=_Places(set()).block(_hoisted(blueprint.body))[0])


def _hoisted(block: Block) -> Block:
    found: list[Instruction] = []
    for one in block:
        inner = rewrite_blocks(one, _hoisted)
        if isinstance(inner, Parallel):
            found.extend(_before(inner))
        else:
            found.append(inner)
    return as_block(found, block)


def _before(parallel: Parallel) -> Block:
    """The forces that all branches begin with, and the branches without them."""
    forces, branches = [], parallel.branches
    while (force := _shared(branches)) is not None:
        forces.append(force)
        branches = tuple(branch[1:] for branch in branches)
    return (*forces, *in_parallel(branches)) if forces else (parallel,)


def _shared(branches: tuple[Block, ...]) -> Force | None:
    if not all(branches):
        return None
    first = branches[0][0]
    return first if isinstance(first, Force) and all(branch[0] == first for branch in branches) else None


class _Places:
    """Writes a block anew; `there` has the forces before it, whose values are there.

    What is deferred stands before the first instruction in which it may be asked for, or runs where it surely is.
    What is put in a place may ask for more, and so on: each instruction is looked at once.
    """

    def __init__(self, there: set[Force]) -> None:
        self._there = there
        self._deferred: dict[str, tuple[int, Defer]] = {}  # by their names, with their place in the order
        self._numbers = count()
        self._found: list[Instruction] = []

    def block(self, block: Block) -> tuple[Block, set[Force]]:
        """The block written anew, and the forces whose values are there when it ends, beyond those from before."""
        added: set[Force] = set()
        pending = list(reversed(block))
        while pending:
            one = pending.pop()
            if isinstance(one, Defer):
                self._deferred[one.name] = next(self._numbers), one
            elif not isinstance(one, Force):
                self._defer_for(one)
                done = self._write(one) - self._there
                self._there |= done
                added |= done
            elif one not in self._there:
                self._there.add(one)
                added.add(one)
                defer = self._deferred.pop(one.name, None)
                if defer is None:
                    self._found.append(one)
                else:
                    pending.extend(reversed(defer[1].block))
        self._there.difference_update(added)
        return as_block(self._found, block), added

    def _write(self, one: Instruction) -> set[Force]:
        """Write an instruction anew; gives the forces that it surely does."""
        ways: list[set[Force]] = []

        def rewrite(inner: Block) -> Block:
            block, done = _Places(self._there).block(inner)
            if not (isinstance(one, Choose | Route) and block and isinstance(block[-1], Missing)):
                ways.append(done)
            return block

        written = rewrite_blocks(one, rewrite)
        if isinstance(written, Parallel) and not all(written.branches):  # one asked for nothing but what is there
            self._found.extend(in_parallel(written.branches))
        else:
            self._found.append(written)
        if isinstance(one, Parallel | Retry | Timeout | Hold):
            return set().union(*ways)
        return set.intersection(*ways) if ways and isinstance(one, Choose | Route) else set()

    def _defer_for(self, one: Instruction) -> None:
        """Write what is deferred and may be asked for in an instruction, or in what that asks for, in its order."""
        wanted: list[tuple[int, Defer]] = []
        pending = [one] if self._deferred else []
        while pending:
            for name in _forced(pending.pop()):
                found = self._deferred.pop(name, None)
                if found is not None:
                    wanted.append(found)
                    pending.append(found[1])
        for _, defer in sorted(wanted, key=itemgetter(0)):
            self._write(defer)


def _forced(one: Instruction) -> Iterator[str]:
    return (inner.name for inner in walk((one,)) if isinstance(inner, Force))
