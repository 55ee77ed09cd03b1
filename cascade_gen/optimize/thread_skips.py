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

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cascade_gen.blueprint import Arm, Block, Blueprint, Choose, Copy, Instruction, Literal, Missing, Register, walk
from cascade_gen.blueprint.rewrite import as_block, rewrite_blocks

_SMALL = 4

Known = Mapping[str, Any]


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
    if before and isinstance(first := before[-1], Choose):
        merged = _pushed_into(first, instruction, {})
        if merged is not None and not _grows(first, instruction, merged):
            before[-1] = merged
            return ()
    return (instruction,)


def _pushed_into(first: Choose, second: Choose, known: Known) -> Choose | None:
    """`first` with `second` at the end of each way, decided; None where one way doesn't decide it."""
    arms = []
    for arm in first.arms:
        block = _pushed(arm.block, second, known)
        if block is None:
            return None
        arms.append(Arm(arm.test, block))
    otherwise = _pushed(first.otherwise, second, known)
    return None if otherwise is None else replace(first, arms=tuple(arms), otherwise=otherwise)


def _pushed(block: Block, choose: Choose, known: Known) -> Block | None:
    """A block with what `choose` does behind it, decided by the flags that the block has set."""
    if block and isinstance(block[-1], Missing):
        return block
    flags = _constants(block, known)
    decided = _decided(choose, flags)
    if decided is not None:
        return (*block, *(_with_reason(one, flags) for one in decided))
    if block and isinstance(block[-1], Choose):
        inner = _pushed_into(block[-1], choose, flags)
        return None if inner is None else (*block[:-1], inner)
    return None


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


def _grows(first: Choose, second: Choose, merged: Choose) -> bool:
    """Whether the merged choice repeats more than a few instructions."""
    return _size((merged,)) > _size((first,)) + _size((second,)) + _SMALL * (len(first.arms) + 1)


def _size(block: Block) -> int:
    total = 0
    pending = list(block)
    while pending:
        instruction = pending.pop()
        total += 1
        if isinstance(instruction, Choose):
            pending.extend(one for arm in instruction.arms for one in arm.block)
            pending.extend(instruction.otherwise)
    return total
