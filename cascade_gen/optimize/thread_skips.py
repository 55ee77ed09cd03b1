"""Decides skips where they are known: a choice by a flag moves into the choice that has set the flag, or is none.

before: choose                               after: choose
          when ready:                                 when ready:
            page = call fetch(url)                      page = call fetch(url)
            page_empty = copy False                     text = call parse(page)
          else:                                       else:
            page_empty = copy True                      text = copy None
        choose
          when page_empty:
            text = copy None
          else:
            text = call parse(page)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Choose,
    Copy,
    Instruction,
    Literal,
    Missing,
    Register,
    Route,
    blocks,
    walk,
)
from cascade_gen.blueprint.rewrite import as_block, rewrite_blocks

_SMALL = 4

Known = Mapping[str, Any]
Ways = Choose | Route


def thread_skips(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with every choice by known flags moved to where they become known."""
    if not any(isinstance(one, Choose) for one in walk(blueprint.body)):
        return blueprint
    return replace(blueprint, body=_threaded(blueprint.body))


def _threaded(block: Block) -> Block:
    found: list[Instruction] = []
    known: dict[str, Any] = {}
    for instruction in block:
        if found and isinstance(found[-1], Missing):
            break
        for one in _decided_by(known, found, rewrite_blocks(instruction, _threaded)):
            found.append(one)
            _learn(known, one)
    return as_block(found, block)


def _decided_by(known: Known, before: list[Instruction], instruction: Instruction) -> Block:
    """What an instruction comes to behind others; it may move into the last of these."""
    if not isinstance(instruction, Choose):
        return (instruction,)
    decided = _decided(instruction, known)
    if decided is not None:
        return tuple(_with_reason(one, known) for one in decided)
    split = _split(before)
    if split is not None:
        start, first, copies = split
        tail = (*copies, instruction)
        merged = _pushed_into(first, tail, {})
        if merged is not None and not _grows(first, tail, merged):
            before[:] = *start, merged
            return ()
    return (instruction,)


def _split(block: Sequence[Instruction]) -> tuple[Block, Ways, Block] | None:
    """A block that ends in ways, but for copies: what is before them, they themselves, and the copies."""
    at = len(block) - 1
    while at >= 0 and isinstance(block[at], Copy):
        at -= 1
    last = block[at] if at >= 0 else None
    return (tuple(block[:at]), last, tuple(block[at + 1 :])) if isinstance(last, Choose | Route) else None


def _pushed_into(first: Ways, tail: Block, known: Known) -> Ways | None:
    """`first` with `tail` at the end of each way, decided; None where one way doesn't decide it."""
    pushed = []
    for way in _ways(first):
        block = _pushed(way, tail, known)
        if block is None:
            return None
        pushed.append(block)
    if isinstance(first, Choose):
        *inner, otherwise = pushed
        arms = tuple(replace(arm, block=block) for arm, block in zip(first.arms, inner, strict=True))
        return replace(first, arms=arms, otherwise=otherwise)
    cases = zip(first.cases, pushed, strict=True)
    return replace(first, cases=tuple(replace(case, block=block, result=first.target) for case, block in cases))


def _ways(one: Ways) -> Iterable[Block]:
    """The blocks of the ways; those of a route fill its target."""
    if isinstance(one, Choose):
        return blocks(one)
    return [
        case.block if _fails(case.block) else (*case.block, Copy(one.target, case.result, one.location))
        for case in one.cases
    ]


def _fails(block: Block) -> bool:
    return bool(block) and isinstance(block[-1], Missing)


def _pushed(block: Block, tail: Block, known: Known) -> Block | None:
    """A block with `tail` behind it, copies and a choice, which the flags decide that they have set."""
    if _fails(block):
        return block
    *copies, choose = tail
    assert isinstance(choose, Choose)
    flags = _constants((*block, *copies), known)
    decided = _decided(choose, flags)
    if decided is not None:
        return (*block, *copies, *(_with_reason(one, flags) for one in decided))
    split = _split(block)
    if split is None:
        return None
    start, last, behind = split
    inner = _pushed_into(last, (*behind, *tail), flags)
    return None if inner is None else (*start, inner)


def _constants(block: Block, known: Known) -> dict[str, Any]:
    """The registers that are literals behind a block, given those that were before."""
    found = dict(known)
    for instruction in block:
        _learn(found, instruction)
    return found


def _learn(known: dict[str, Any], instruction: Instruction) -> None:
    """Note what is a literal behind an instruction."""
    if isinstance(instruction, Copy):
        source = instruction.source
        if isinstance(source, Literal):
            known[instruction.target.name] = source.value
        elif isinstance(source, Register) and source.name in known:
            known[instruction.target.name] = known[source.name]
        else:
            known.pop(instruction.target.name, None)


def _decided(choose: Choose, known: Known) -> Block | None:
    for arm in choose.arms:
        if not isinstance(arm.test, Register) or arm.test.name not in known:
            return None
        if known[arm.test.name]:
            return arm.block
    return choose.otherwise


def _with_reason(instruction: Instruction, known: Known) -> Instruction:
    """A `Missing` that says the reason that is known."""
    if isinstance(instruction, Missing) and isinstance(instruction.reason, Register):
        reason = known.get(instruction.reason.name)
        if isinstance(reason, str):
            return replace(instruction, reason=Literal(reason))
    return instruction


def _grows(first: Ways, tail: Block, merged: Ways) -> bool:
    """Whether the merged ways repeat more than a few instructions."""
    return _size((merged,)) > _size((first, *tail)) + _SMALL * len(blocks(first))


def _size(block: Block) -> int:
    return sum(1 for _ in walk(block))
