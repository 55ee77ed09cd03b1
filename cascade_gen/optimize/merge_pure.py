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
    Map,
    Parallel,
    Register,
    Retry,
    Route,
    Timeout,
    registers_of,
    walk,
)
from cascade_gen.blueprint.rewrite import in_parallel, renamed, rewrite_blocks, rewrite_operands

from .steady import Steady

Known = dict[tuple[str, bool, tuple[Argument, ...]], Register]


def merge_pure(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with one call of a pure task in the place of equal ones."""
    pure = frozenset(task.key for task in blueprint.tasks if task.pure)
    calls = Counter(one.task for one in walk(blueprint.body) if isinstance(one, Call) and one.task in pure)
    if not any(times > 1 for times in calls.values()):
        return blueprint
    merge = _Merge(blueprint, pure)
    body = merge.block(blueprint.body, {})
    return replace(blueprint, body=body, result=renamed(blueprint.result, merge.register))


class _Merge:
    """Walks blocks with the calls that have surely run; `_same` is what is read in the place of merged registers."""

    def __init__(self, blueprint: Blueprint, pure: frozenset[str]) -> None:
        self._pure = pure
        self._steady = Steady(blueprint.body)
        self._same: dict[str, Register] = {}

    def block(self, block: Block, known: Known) -> Block:
        """The block without calls that `known` ones make needless; what runs in it is known from then on."""
        found: list[Instruction] = []
        for instruction in block:
            if isinstance(instruction, Call):
                found.extend(self._call(self._renamed(instruction), known))
            elif isinstance(instruction, Parallel):
                found.extend(in_parallel(self.block(branch, dict(known)) for branch in instruction.branches))
            else:
                found.append(self._renamed(self._inside(instruction, known)))
        return tuple(found)

    def _renamed(self, one: Instruction) -> Instruction:
        return rewrite_operands(one, self.register) if self._same else one

    def _call(self, call: Instruction, known: Known) -> Block:
        """The call, or what stands for it where it is needless."""
        assert isinstance(call, Call)
        twin = self._twin(call, known)
        if twin is None:
            return (call,)
        if self._steady.is_free(call.target):
            self._same[call.target.name] = twin
            return ()
        return (Copy(call.target, twin, call.location),)

    def register(self, register: Register) -> Register:
        """The register that is read in the place of one."""
        return self._same.get(register.name, register)

    def _inside(self, one: Instruction, known: Known) -> Instruction:
        match one:
            case Retry() | Timeout() | Hold() | Cached():
                return rewrite_blocks(one, self._under_policies)
            case Choose() | Route() | Map():
                return rewrite_blocks(one, lambda block: self.block(block, dict(known)))
            case _:
                return rewrite_blocks(one, lambda block: self.block(block, {}))

    def _under_policies(self, block: Block) -> Block:
        return tuple(self._renamed(rewrite_blocks(one, self._under_policies)) for one in block)

    def _twin(self, call: Call, known: Known) -> Register | None:
        """What an equal call has filled; if there is none, this call is known from now on."""
        if call.task not in self._pure:
            return None
        key = (call.task, call.checked, call.arguments)
        steady = all(self._steady.is_steady(one) for item in call.arguments for one in registers_of(item.value))
        if key not in known and steady and self._steady.is_steady(call.target):
            known[key] = call.target
            return None
        return known.get(key)
