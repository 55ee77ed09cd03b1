"""Merges equal calls of pure tasks: a call whose twin has surely run before takes the twin's value.

before: rate = call rate("usd")              after: rate = call rate("usd")
        first = call convert(2, rate)               first = call convert(2, rate)
        rate_2 = call rate("usd")                   second = call convert(5, rate)
        second = call convert(5, rate_2)

Value numbering along dominators (P. Briggs, K. Cooper, L. T. Simpson, "Value Numbering", 1997), which in a
structured Blueprint are the instructions before a block's owner. Operands are equal if they are the same register,
the same object, or literals of the same type and text. Calls within policies, deferred or side by side with others,
and rounds of loops have no twins outside of where they stand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from cascade_gen.blueprint import (
    Argument,
    Block,
    Blueprint,
    Cached,
    Call,
    Choose,
    Copy,
    Hold,
    Instruction,
    Loop,
    Map,
    Pack,
    Parallel,
    Register,
    Retry,
    Route,
    Timeout,
    registers_of,
    targets,
    walk,
)
from cascade_gen.blueprint.rewrite import rewrite_blocks, rewrite_operands

Known = dict[tuple[str, tuple[Argument, ...]], Call]


def merge_pure(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with one call of a pure task in the place of equal ones."""
    pure = frozenset(task.key for task in blueprint.tasks if task.pure)
    calls = Counter(one.task for one in walk(blueprint.body) if isinstance(one, Call) and one.task in pure)
    if not any(times > 1 for times in calls.values()):
        return blueprint
    merge = _Merge(blueprint, pure)
    body = merge.block(blueprint.body, {})
    return replace(blueprint, body=body, result=merge.operand(blueprint.result))


class _Merge:
    """Walks blocks with the calls that have surely run; `_same` is what is read in the place of merged registers."""

    def __init__(self, blueprint: Blueprint, pure: frozenset[str]) -> None:
        self._pure = pure
        self._written = _writes(blueprint)
        self._fixed = _fixed(blueprint)
        self._same: dict[str, Register] = {}

    def block(self, block: Block, known: Known) -> Block:
        """The block without calls that `known` ones make needless; what runs in it is known from then on."""
        found: list[Instruction] = []
        for instruction in block:
            one = rewrite_operands(instruction, self.operand) if self._same else instruction
            if not isinstance(one, Call):
                found.append(self._inside(one, known))
                continue
            twin = self._twin(one, known)
            if twin is None:
                found.append(one)
            elif self._is_steady(one.target) and one.target.name not in self._fixed:
                self._same[one.target.name] = twin.target
            else:
                found.append(Copy(one.target, twin.target, one.location))
        return tuple(found)

    def operand(self, register: Register) -> Register:
        """The register that is read in the place of one."""
        return self._same.get(register.name, register)

    def _inside(self, one: Instruction, known: Known) -> Instruction:
        match one:
            case Retry() | Timeout() | Hold() | Cached():
                return one
            case Choose() | Route() | Map():
                return rewrite_blocks(one, lambda block: self.block(block, dict(known)))
            case _:
                return rewrite_blocks(one, lambda block: self.block(block, {}))

    def _twin(self, call: Call, known: Known) -> Call | None:
        """The equal call that has run; if there is none, this one is known from now on."""
        if call.task not in self._pure:
            return None
        steady = all(self._is_steady(one) for item in call.arguments for one in registers_of(item.value))
        key = (call.task, call.arguments)
        twin = known.get(key)
        if twin is None and steady and self._is_steady(call.target):
            known[key] = call
        return twin

    def _is_steady(self, register: Register) -> bool:
        """Whether a register has one value only wherever it is read."""
        return self._written[register.name] <= 1
