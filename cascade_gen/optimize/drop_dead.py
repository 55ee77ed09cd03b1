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
    Loop,
    Map,
    Missing,
    Operand,
    Parallel,
    Register,
    Retry,
    Route,
    Timeout,
    registers_of,
    targets,
    walk,
)
from cascade_gen.blueprint.rewrite import count_reads, drop_results, in_parallel, read_counts, reads, rewrite_blocks

Names = set[str]


def drop_dead(blueprint: Blueprint) -> Blueprint:
    """The Blueprint without dead copies and pure calls."""
    pinned: Names = set()
    for one in walk(blueprint.body):
        if isinstance(one, Defer):
            pinned.update(count_reads(one.block))
    pure = frozenset(task.key for task in blueprint.tasks if task.pure)
    body, _ = _Liveness(pinned, pure).block(blueprint.body, _names(blueprint.result))
    blueprint = replace(blueprint, body=body)
    counts = read_counts(blueprint)
    return replace(blueprint, body=_trimmed(blueprint.body, counts))


def _trimmed(block: Block, counts: Counter[str]) -> Block:
    return tuple(rewrite_blocks(drop_results(one, counts), lambda inner: _trimmed(inner, counts)) for one in block)


def _names(*operands: Operand) -> Names:
    return {register.name for operand in operands for register in registers_of(operand)}


class _Liveness:
    """Walks blocks backwards with the names that are read later; `pinned` ones always are.

    `pure` are the keys of the tasks whose calls need not happen.
    """

    def __init__(self, pinned: Names, pure: frozenset[str]) -> None:
        self._pinned = pinned
        self._pure = pure

    def block(self, block: Block, live: Names) -> tuple[Block, Names]:
        """The block without what is dead, and what is live before it; `live` is what is live behind it."""
        live = set(live)
        kept: list[Instruction] = []
        pending = list(block)
        while pending:
            instruction = pending.pop()
            if self._is_idle(instruction) and not self._is_live(instruction.target, live):
                continue
            if isinstance(instruction, Copy):
                instruction = self._filled_by_call(instruction, pending, live)
            if isinstance(instruction, Call | Copy):
                live.discard(instruction.target.name)
                live.update(register.name for register in reads(instruction))
                kept.append(instruction)
            elif isinstance(instruction, Parallel):
                rewritten, live = self._parallel(instruction, live)
                kept.extend(reversed(rewritten))
            else:
                one, live = self._one(instruction, live)
                kept.append(one)
        kept.reverse()
        return tuple(kept), live

    def _is_idle(self, one: Instruction) -> TypeGuard[Copy | Call]:
        """Whether an instruction does nothing but fill its register."""
        return isinstance(one, Copy) or (isinstance(one, Call) and one.task in self._pure and not one.checked)

    def _is_live(self, register: Register, live: Names) -> bool:
        return register.name in live or register.name in self._pinned

    def _filled_by_call(self, copy: Copy, before: list[Instruction], live: Names) -> Instruction:
        """The call in front of a copy, filling its target, where nobody else reads what it filled."""
        source = copy.source
        if before and isinstance(source, Register) and not self._is_live(source, live):
            call = before[-1]
            if isinstance(call, Call) and call.target == source:
                before.pop()
                return replace(call, target=copy.target)
        return copy

    def _one(self, one: Instruction, live: Names) -> tuple[Instruction, Names]:
        match one:
            case Missing():
                return one, _names(one.reason)
            case Choose():
                return self._choose(one, live)
            case Route():
                return self._route(one, live)
            case Retry() | Timeout() | Hold():
                filled = {register.name for inner in walk(one.block) for register in targets(inner)}
                block, before = self.block(one.block, live | filled)
                again = live if isinstance(one, Retry) else set()
                return replace(one, block=block), before | again | _read(one)
            case Cached():
                block, before = self.block(one.block, live | {one.target.name})
                return replace(one, block=block), (before - {one.target.name}) | live | _names(*_values(one))
            case Map() | Fill():
                block, before = self.block(one.block, _names(one.result))
                return replace(one, block=block), before | _after(one, live)
            case Defer():
                block, before = self.block(one.block, {register.name for register in one.results})
                return replace(one, block=block), live | before
            case Loop():
                return self._loop(one, live)
            case _:
                return one, _after(one, live)

    def _parallel(self, one: Parallel, live: Names) -> tuple[Block, Names]:
        pairs = [self.block(branch, live) for branch in one.branches]
        return in_parallel(branch for branch, _ in pairs), live.union(*(before for _, before in pairs))

    def _choose(self, one: Choose, live: Names) -> tuple[Instruction, Names]:
        arms = []
        before: Names = set()
        for arm in one.arms:
            block, needed = self.block(arm.block, live)
            arms.append(replace(arm, block=block))
            before |= needed | _names(arm.test)
        otherwise, needed = self.block(one.otherwise, live)
        return replace(one, arms=tuple(arms), otherwise=otherwise), before | needed

    def _route(self, one: Route, live: Names) -> tuple[Instruction, Names]:
        cases = []
        before = _names(one.selector)
        behind = live - {one.target.name}
        for case in one.cases:
            block, needed = self.block(case.block, behind | _names(case.result))
            cases.append(self._filling(one.target, replace(case, block=block), behind))
            before |= needed
        return replace(one, cases=tuple(cases)), before

    def _filling(self, target: Register, case: Case, behind: Names) -> Case:
        """A case whose last call fills the route's register itself, where nobody else reads what it filled."""
        call = case.block[-1] if case.block else None
        if not isinstance(call, Call) or call.target != case.result or self._is_live(call.target, behind):
            return case
        return replace(case, block=(*case.block[:-1], replace(call, target=target)), result=target)

    def _loop(self, one: Loop, live: Names) -> tuple[Instruction, Names]:
        states = []
        before = _after(one, live)
        for state in one.states:
            block, needed = self.block(state.block, {state.result.name})
            states.append(replace(state, block=block))
            before |= needed
        return replace(one, states=tuple(states)), before


def _values(one: Cached) -> Iterable[Operand]:
    return (value for _, value in one.inputs)


def _read(one: Instruction) -> Names:
    return {register.name for register in reads(one)}


def _after(one: Instruction, live: Names) -> Names:
    """What is live before an instruction, its blocks left out."""
    return (live - {register.name for register in targets(one)}) | _read(one)
