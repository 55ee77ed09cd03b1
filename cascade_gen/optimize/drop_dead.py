"""Drops copies and calls of pure tasks that nobody reads on the way that follows, and lets a call fill the register
it is copied to. A pure call that is checked stays: what it gives may be an error.

before: store = call save(page)      after: result = call save(page)
        store_empty = copy False
        result = copy store
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from operator import is_
from typing import TypeGuard

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Cached,
    Call,
    Case,
    Choose,
    Copy,
    Defer,
    Fill,
    Hold,
    Instruction,
    Literal,
    Loop,
    Map,
    Missing,
    Operand,
    Parallel,
    Register,
    Retry,
    Route,
    Timeout,
    blocks,
    registers_of,
    targets,
    walk,
)
from cascade_gen.blueprint.rewrite import (
    as_block,
    count_reads,
    drop_results,
    in_parallel,
    read_counts,
    reads,
    rewrite_blocks,
    surely_written,
)

from .live import Change, Live

Names = set[str]


def drop_dead(blueprint: Blueprint) -> Blueprint:
    """The Blueprint without dead copies and pure calls."""
    defers = [one for one in walk(blueprint.body) if isinstance(one, Defer)]
    pinned: Names = set()
    for one in defers:
        pinned.update(count_reads(one.block))
    pure = frozenset(task.key for task in blueprint.tasks if task.pure)
    body = _Liveness(pinned, pure).block(blueprint.body, Live(_names(blueprint.result)))
    blueprint = replace(blueprint, body=body)
    return replace(blueprint, body=_trimmed(body, read_counts(blueprint))) if defers else blueprint


def _trimmed(block: Block, counts: Counter[str]) -> Block:
    found = [rewrite_blocks(drop_results(one, counts), lambda inner: _trimmed(inner, counts)) for one in block]
    return as_block(found, block)


def _names(*operands: Operand) -> Names:
    return {register.name for operand in operands for register in registers_of(operand)}


class _Liveness:
    """Walks blocks backwards with the names that are read later; `pinned` ones always are.

    `pure` are the keys of the tasks whose calls need not happen.
    """

    def __init__(self, pinned: Names, pure: frozenset[str]) -> None:
        self._pinned = pinned
        self._pure = pure

    def block(self, block: Block, live: Live) -> Block:
        """The block without what is dead; `live` is what is live behind it, and afterwards what is before it."""
        kept: list[Instruction] = []
        pending = list(block)
        while pending:
            instruction = pending.pop()
            if self._is_idle(instruction) and not self._is_live(instruction.target, live):
                continue
            if isinstance(instruction, Copy):
                instruction = self._filled_before(instruction, pending, live)
            if isinstance(instruction, Call | Copy):
                live.discard((instruction.target.name,))
                live.add(register.name for register in reads(instruction))
                kept.append(instruction)
            elif isinstance(instruction, Parallel):
                kept.extend(reversed(self._parallel(instruction, live)))
            else:
                kept.append(self._one(instruction, live))
        kept.reverse()
        return as_block(kept, block)

    def _is_idle(self, one: Instruction) -> TypeGuard[Copy | Call]:
        """Whether an instruction does nothing but fill its register."""
        return isinstance(one, Copy) or (isinstance(one, Call) and one.task in self._pure and not one.checked)

    def _is_live(self, register: Register, live: Live) -> bool:
        return register.name in live or register.name in self._pinned

    def _filled_before(self, copy: Copy, before: list[Instruction], live: Live) -> Call | Copy:
        """The call or copy in front of a copy, filling its target, where nobody else reads what it filled."""
        while before and isinstance(copy.source, Register) and not self._is_live(copy.source, live):
            one = before[-1]
            if not isinstance(one, Call | Copy):
                break
            if one.target == copy.source:
                before.pop()
                if isinstance(one, Call):
                    return replace(one, target=copy.target)
                copy = replace(one, target=copy.target)
            elif isinstance(one, Copy) and one.target != copy.target and not self._is_live(one.target, live):
                before.pop()
            else:
                break
        return copy

    def _one(self, one: Instruction, live: Live) -> Instruction:
        match one:
            case Missing():
                live.discard(live.names())
                live.add(_names(one.reason))
                return one
            case Choose():
                return self._choose(one, live)
            case Route():
                return self._route(one, live)
            case Retry() | Timeout() | Hold():
                return self._within(one, live)
            case Cached():
                changed = replace(one, block=self._perhaps(one.block, live, {one.target.name}))
                live.add(_names(*_values(one)))
                return changed
            case Map() | Fill():
                inner = Live(_names(one.result))
                changed_too = replace(one, block=self.block(one.block, inner))
                _pass(one, live)
                live.add(inner.names())
                return changed_too
            case Defer():
                inner = Live(register.name for register in one.results)
                deferred = rewrite_blocks(one, lambda block: self.block(block, inner))
                live.add(inner.names())
                return deferred
            case Loop():
                return self._loop(one, live)
        _pass(one, live)
        return one

    def _within(self, one: Retry | Timeout | Hold, live: Live) -> Instruction:
        filled = {register.name for inner in walk(one.block) for register in targets(inner)}
        if isinstance(one, Retry):
            block = self._perhaps(one.block, live, filled)
        else:
            live.add(filled)
            block = self.block(one.block, live)
        live.add(_read(one))
        return replace(one, block=block)

    def _perhaps(self, block: Block, live: Live, filled: Names) -> Block:
        """A block that may be left out, or begun again: what is read behind it is so before it, too."""
        mark = live.mark()
        live.add(filled)
        rewritten = self.block(block, live)
        live.add(live.back(mark).added)
        return rewritten

    def _way(self, block: Block, live: Live, given: Names) -> tuple[Block, Change]:
        """One way of several, which gives some names, and what it changes; `live` is afterwards as it was."""
        mark = live.mark()
        live.add(given)
        rewritten = self.block(block, live)
        return rewritten, live.back(mark)

    def _parallel(self, one: Parallel, live: Live) -> Block:
        ways = [self._way(branch, live, set()) for branch in one.branches]
        for _, change in ways:
            live.add(change.added)
        branches = [block for block, _ in ways]
        return (one,) if all(map(is_, branches, one.branches)) else in_parallel(branches)

    def _choose(self, one: Choose, live: Live) -> Instruction:
        ways = [self._way(arm.block, live, set()) for arm in one.arms]
        otherwise, change = self._way(one.otherwise, live, set())
        live.join([*(change for _, change in ways), change])
        live.add(_names(*(arm.test for arm in one.arms)))
        arms = tuple(replace(arm, block=block) for arm, (block, _) in zip(one.arms, ways, strict=True))
        return replace(one, arms=arms, otherwise=otherwise)

    def _route(self, one: Route, live: Live) -> Instruction:
        is_read = self._is_live(one.target, live)
        live.discard((one.target.name,))
        ways = [self._way(case.block, live, _names(case.result) if is_read else set()) for case in one.cases]
        cases = [replace(case, block=block) for case, (block, _) in zip(one.cases, ways, strict=True)]
        changed = replace(one, cases=tuple(cases))
        if not is_read:
            changed = self._giving(changed, live)
        else:
            changed = replace(one, cases=tuple(self._filling(one.target, case, live) for case in cases))
        live.join(change for _, change in ways)
        live.add(_names(one.selector))
        return changed

    def _giving(self, route: Route, behind: Live) -> Route:
        """A route whose value nobody reads gives what each of its ways fills and is read, if that is one register."""
        filled = [one for one in surely_written((route,)) if one != route.target and self._is_live(one, behind)]
        target, result = (filled[0], filled[0]) if len(filled) == 1 else (route.target, Literal(None))
        return replace(route, target=target, cases=tuple(replace(case, result=result) for case in route.cases))

    def _filling(self, target: Register, case: Case, behind: Live) -> Case:
        """A case whose last call or map fills the route's register itself, where nobody else reads what it filled."""
        result = case.result
        if not isinstance(result, Register) or self._is_live(result, behind):
            return case
        block = _filling_another(case.block, result, target)
        return case if block is None else replace(case, block=block, result=target)

    def _loop(self, one: Loop, live: Live) -> Instruction:
        states = []
        _pass(one, live)
        for state in one.states:
            inner = Live((state.result.name,))
            states.append(replace(state, block=self.block(state.block, inner)))
            live.add(inner.names())
        return replace(one, states=tuple(states))


def _filling_another(block: Block, old: Register, new: Register) -> Block | None:
    """The block with another register filled by its last instruction, if that fills the old one on each way."""
    last = block[-1] if block else None
    match last:
        case Call(target=target) | Copy(target=target) | Map(target=target) if target == old:
            return (*block[:-1], replace(last, target=new))
        case Missing():
            return block
        case Retry() | Timeout() | Hold() | Choose():
            ways = [_filling_another(way, old, new) for way in blocks(last)]
            if None in ways:
                return None
            found = iter(ways)
            return (*block[:-1], rewrite_blocks(last, lambda _: next(found) or ()))
        case _:
            return None


def _values(one: Cached) -> Iterable[Operand]:
    return (value for _, value in one.inputs)


def _read(one: Instruction) -> Names:
    return {register.name for register in reads(one)}


def _pass(one: Instruction, live: Live) -> None:
    """Go before an instruction, its blocks left out."""
    live.discard(register.name for register in targets(one))
    live.add(_read(one))
