"""Runs what every branch would begin with before the branches, and what only one place asks for in that place.

before: defer page_later -> (page):        after: page = call fetch(url)
          page = call fetch(url)                  parallel:
        parallel:                                   branch:
          branch:                                     words = call count(page)
            page = force page_later                 branch:
            words = call count(page)                  links = call find(page)
          branch:
            page = force page_later
            links = call find(page)

Nothing overlaps with it, since no branch does anything before it is there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from cascade_gen.blueprint import Block, Blueprint, Defer, Force, Instruction, Parallel, Register, walk
from cascade_gen.blueprint.rewrite import in_parallel, rewrite_blocks


def hoist_forced(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with such forces before their branches, and without the defers that are needless then."""
    if not any(isinstance(one, Parallel) for one in walk(blueprint.body)):
        return blueprint
    body = _hoisted(blueprint.body)
    counts = Counter(one.name for one in walk(body) if isinstance(one, Force))
    return replace(blueprint, body=_in_place(body, counts))


def _hoisted(block: Block) -> Block:
    found: list[Instruction] = []
    for one in block:
        inner = rewrite_blocks(one, _hoisted)
        if isinstance(inner, Parallel):
            found.extend(_before(inner))
        else:
            found.append(inner)
    return tuple(found)


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


def _in_place(block: Block, counts: Counter[str]) -> Block:
    """A block that runs what it defers where it forces it, if nobody else does; `counts`: how often each is forced.

    What is put there may force what was deferred before it, and so on: each instruction is looked at once.
    """
    deferred: dict[tuple[str, tuple[Register, ...]], Block] = {}
    found: list[Instruction] = []
    gone: set[str] = set()
    pending = list(reversed(block))
    while pending:
        one = pending.pop()
        if isinstance(one, Force) and (one.name, one.results) in deferred:
            gone.add(one.name)
            pending.extend(reversed(deferred[one.name, one.results]))
            continue
        if isinstance(one, Defer) and counts[one.name] == 1:
            deferred[one.name, one.results] = one.block
        found.append(one)
    kept = (one for one in found if not (isinstance(one, Defer) and one.name in gone))
    return tuple(rewrite_blocks(one, lambda inner: _in_place(inner, counts)) for one in kept)
