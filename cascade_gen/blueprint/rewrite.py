"""What passes share: counting reads, and rebuilding instructions with other blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import is_

from .blueprint import Blueprint
from .instructions import (
    Block,
    Cached,
    Call,
    Choose,
    Copy,
    Defer,
    Fill,
    Force,
    Hold,
    Inject,
    Instruction,
    Loop,
    Map,
    Missing,
    Parallel,
    Retry,
    Route,
    Skip,
    State,
    Timeout,
)
from .operands import Operand, Pack, Register, registers_of
from .traversal import OWNERS, sources, targets, walk


def reads(instruction: Instruction) -> list[Register]:
    """The registers an instruction reads: its operands, and the results that its blocks give."""
    found = sources(instruction)
    if isinstance(instruction, Call):
        return found
    match instruction:
        case Route(cases=cases):
            for case in cases:
                found.extend(registers_of(case.result))
        case Map(result=result) | Fill(result=result):
            found.extend(registers_of(result))
        case Loop(states=states):
            for state in states:
                found.append(state.result)
                found.extend(item.register for item in state.inputs)
        case Cached(target=target):
            found.append(target)
    return found


def count_reads(block: Block) -> Counter[str]:
    """How often each register is read in a block."""
    return Counter(register.name for one in walk(block) for register in reads(one))


def read_counts(blueprint: Blueprint) -> Counter[str]:
    """How often each register is read. What a `Defer` gives counts when it is read after a `Force`."""
    counts = count_reads(blueprint.body)
    counts.update(register.name for register in registers_of(blueprint.result))
    return counts


def injects_afresh(blueprint: Blueprint, state: State) -> bool:
    """Whether a round of `state` uses resources that belong to the round alone."""
    fresh = {one.name for one in blueprint.resources if one.scope == "task"}
    return bool(fresh) and any(isinstance(one, Inject) and one.resource in fresh for one in walk(state.block))


def surely_written(block: Block) -> list[Register]:
    """The registers that a block has written when it ends, whichever way it took, in order."""
    found: dict[str, Register] = {}
    for instruction in block:
        for register in (*_written_inside(instruction), *targets(instruction)):
            found[register.name] = register
    return list(found.values())


def _written_inside(instruction: Instruction) -> list[Register]:
    """What the blocks of an instruction write that is seen behind it."""
    match instruction:
        case Retry(block=block) | Timeout(block=block) | Hold(block=block):
            return surely_written(block)
        case Parallel(branches=branches):
            return [register for branch in branches for register in surely_written(branch)]
        case Choose(arms=arms, otherwise=otherwise):
            return _written_on_all([*(arm.block for arm in arms), otherwise])
        case Route(cases=cases):
            return _written_on_all([case.block for case in cases])
        case _:
            return []


def _written_on_all(ways: list[Block]) -> list[Register]:
    """The registers that every way writes that doesn't end in an error."""
    open_ways = [surely_written(way) for way in ways if not (way and isinstance(way[-1], Missing))]
    if not open_ways:
        return []
    common = set.intersection(*({one.name for one in way} for way in open_ways))
    return [one for one in open_ways[0] if one.name in common]


def as_block(found: Sequence[Instruction], block: Block) -> Block:
    """What has been found for a block, as a block: itself where that are its own instructions."""
    return block if len(found) == len(block) and all(map(is_, found, block)) else tuple(found)


def rewrite_blocks(instruction: Instruction, rewrite: Callable[[Block], Block]) -> Instruction:
    """The instruction with each of its blocks rewritten; itself where no branch, or not its only block, changes."""
    if type(instruction) not in OWNERS:
        return instruction
    match instruction:
        case Choose(arms=arms, otherwise=otherwise):
            new = tuple(replace(arm, block=rewrite(arm.block)) for arm in arms)
            return replace(instruction, arms=new, otherwise=rewrite(otherwise))
        case Route(cases=cases):
            return replace(instruction, cases=tuple(replace(case, block=rewrite(case.block)) for case in cases))
        case Parallel(branches=branches):
            rewritten = tuple(map(rewrite, branches))
            return instruction if all(map(is_, rewritten, branches)) else replace(instruction, branches=rewritten)
        case Loop(states=states):
            return replace(instruction, states=tuple(replace(state, block=rewrite(state.block)) for state in states))
        case (
            Map(block=block)
            | Retry(block=block)
            | Timeout(block=block)
            | Hold(block=block)
            | Cached(block=block)
            | Defer(block=block)
            | Fill(block=block)
        ):
            inner = rewrite(block)
            return instruction if inner is block else replace(instruction, block=inner)
        case _:
            return instruction


def rewrite_operands(instruction: Instruction, rename: Callable[[Register], Register]) -> Instruction:
    """The instruction with every register renamed that it reads itself, by way of an operand."""

    def new(operand: Operand) -> Operand:
        return renamed(operand, rename)

    match instruction:
        case Call(arguments=arguments):
            return replace(instruction, arguments=tuple(replace(one, value=new(one.value)) for one in arguments))
        case Copy(source=source):
            return replace(instruction, source=new(source))
        case Choose(arms=arms):
            return replace(instruction, arms=tuple(replace(arm, test=new(arm.test)) for arm in arms))
        case Route(selector=selector, cases=cases):
            cases = tuple(replace(case, result=new(case.result)) for case in cases)
            return replace(instruction, selector=new(selector), cases=cases)
        case Map(inputs=inputs, result=result):
            inputs = tuple(replace(item, iterable=new(item.iterable)) for item in inputs)
            return replace(instruction, inputs=inputs, result=new(result))
        case Hold(amounts=amounts):
            return replace(instruction, amounts=tuple((name, new(amount)) for name, amount in amounts))
        case Cached(inputs=values):
            return replace(instruction, inputs=tuple((name, new(value)) for name, value in values))
        case Skip(reason=reason) | Missing(reason=reason):
            return replace(instruction, reason=new(reason))
        case Fill(result=result):
            return replace(instruction, result=new(result))
        case Loop(states=states):
            return replace(instruction, states=tuple(_renamed_state(state, new) for state in states))
        case _:
            return instruction


def _renamed_state(state: State, new: Callable[[Operand], Operand]) -> State:
    inputs = tuple(
        replace(
            one,
            initial=None if one.initial is None else new(one.initial),
            first=None if one.first is None else new(one.first),
        )
        for one in state.inputs
    )
    return replace(state, inputs=inputs)


def renamed(operand: Operand, rename: Callable[[Register], Register]) -> Operand:
    """The operand with its registers renamed."""
    if isinstance(operand, Register):
        return rename(operand)
    if isinstance(operand, Pack):
        return replace(operand, items=tuple(renamed(item, rename) for item in operand.items))
    return operand


def in_parallel(branches: Iterable[Block]) -> Block:
    """The branches that do anything, side by side; one alone needs nothing around it."""
    busy = tuple(branch for branch in branches if branch)
    return (Parallel(busy),) if len(busy) > 1 else tuple(one for branch in busy for one in branch)


def drop_results(instruction: Instruction, counts: Counter[str]) -> Instruction:
    """A `Defer` or `Force` without the results that nobody reads."""
    if not isinstance(instruction, Defer | Force) or all(counts[one.name] for one in instruction.results):
        return instruction
    return replace(instruction, results=tuple(one for one in instruction.results if counts[one.name]))
