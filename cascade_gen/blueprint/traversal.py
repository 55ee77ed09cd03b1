"""What an instruction reads, writes and owns, and the walk through all of a block."""

from __future__ import annotations

from collections.abc import Iterator

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
    ReadEnv,
    ReadParam,
    Retry,
    Route,
    Skip,
    Timeout,
)
from .operands import Operand, Register, registers_of

OWNERS = frozenset((Cached, Choose, Defer, Fill, Hold, Loop, Map, Parallel, Retry, Route, Timeout))
"""The kinds of instructions that own blocks."""
_WITHOUT_OPERANDS = frozenset((Defer, Force, Inject, Parallel, Timeout))


def operands(instruction: Instruction) -> Iterator[Operand]:
    """The operands an instruction reads itself (not those of its blocks), in the order of evaluation."""
    match instruction:
        case Call(arguments=arguments):
            for argument in arguments:
                yield argument.value
        case Copy(source=source):
            yield source
        case ReadParam(source=source, type=kind):
            yield source
            yield kind
        case ReadEnv(default=default, type=kind):
            if default is not None:
                yield default
            yield kind
        case Choose(arms=arms):
            yield from (arm.test for arm in arms)
        case Route(selector=selector, cases=cases):
            yield selector
            for case in cases:
                yield from case.keys
        case Map(inputs=inputs):
            yield from (item.iterable for item in inputs)
        case Retry(retry_on=kinds):
            yield from kinds
        case Hold(amounts=amounts):
            yield from (amount for _, amount in amounts)
        case Cached(policy=policy, inputs=inputs):
            yield policy
            yield from (value for _, value in inputs)
        case Skip(reason=reason) | Missing(reason=reason):
            yield reason
        case Fill(source=source):
            yield source
        case Loop(states=states):
            for state in states:
                yield from (one.initial for one in state.inputs if one.initial is not None)
                yield from (one.first for one in state.inputs if one.first is not None)
                yield from (key for key, _ in state.jumps or ())
        case _:
            return


def sources(instruction: Instruction) -> list[Register]:
    """The registers an instruction reads itself (not those that its blocks read)."""
    found: list[Register] = []
    if type(instruction) in _WITHOUT_OPERANDS:
        return found
    for operand in operands(instruction):
        if isinstance(operand, Register):
            found.append(operand)
        else:
            found.extend(registers_of(operand))
    return found


def targets(instruction: Instruction) -> tuple[Register, ...]:
    """The registers an instruction writes itself."""
    match instruction:
        case Force(results=results):
            return results
        case (
            Call(target=target)
            | Copy(target=target)
            | ReadParam(target=target)
            | ReadEnv(target=target)
            | Inject(target=target)
            | Route(target=target)
            | Map(target=target)
            | Cached(target=target)
            | Fill(target=target)
            | Loop(target=target)
        ):
            return (target,)
        case _:
            return ()


def blocks(instruction: Instruction) -> tuple[Block, ...]:
    """The blocks an instruction owns, in order."""
    if type(instruction) not in OWNERS:  # most own none, and every pass walks them
        return ()
    match instruction:
        case Choose(arms=arms, otherwise=otherwise):
            return (*(arm.block for arm in arms), otherwise)
        case Route(cases=cases):
            return tuple(case.block for case in cases)
        case (
            Map(block=block)
            | Retry(block=block)
            | Timeout(block=block)
            | Hold(block=block)
            | Cached(block=block)
            | Defer(block=block)
            | Fill(block=block)
        ):
            return (block,)
        case Parallel(branches=branches):
            return branches
        case Loop(states=states):
            return tuple(state.block for state in states)
        case _:
            return ()


def walk(block: Block) -> Iterator[Instruction]:
    """Every instruction of a block and of the blocks inside, outer ones first."""
    pending = [iter(block)]
    while pending:
        for instruction in pending[-1]:
            yield instruction
            if type(instruction) in OWNERS:
                pending.extend(map(iter, reversed(blocks(instruction))))
                break
        else:
            pending.pop()
