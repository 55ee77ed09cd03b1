"""Writes a block whose value ends the function: `return` stands where the value is known."""

from __future__ import annotations

from collections.abc import Iterable

from cascade_gen.blueprint import (
    Block,
    Call,
    Choose,
    Copy,
    Hold,
    Loop,
    Map,
    Missing,
    Operand,
    Register,
    Retry,
    Route,
    Timeout,
    blocks,
)

from . import nodes
from .branches import leaving, route_statements
from .calls import call_expression, is_statement
from .function import Emitter, emit_block
from .loops import loop_statements
from .maps import map_expression
from .moving import moved_tail
from .nodes import Statement
from .policies import hold_statements, retry_statements, timeout_statements
from .straight import write_block
from .ways import each_way


def emit_tail(emitter: Emitter, block: Block, result: Operand, large: Iterable[str] = ()) -> list[Statement]:
    """The statements of a block, and the return of `result`, which the block may have computed last.

    `large` are registers written before that are dropped behind their last use.
    """
    if not block:
        return [nodes.return_(emitter.read(result))]
    last = block[-1]
    if isinstance(last, Copy) and last.target == result and isinstance(last.source, Register) and block[:-1]:
        returned = emit_tail(emitter, block[:-1], last.source, large)
        emitter.leave(last)  # which the return has read till then
        return returned
    if isinstance(last, Missing):
        return emit_block(emitter, block)
    straight = write_block(emitter, block[:-1], born=dict.fromkeys(large, False))
    if isinstance(last, Call) and last.target == result and not last.checked and emitter.plain:
        straight.begin(last)
        if is_statement(emitter, last):
            straight.flush()
        else:
            straight.take_call(last)
        return [*straight.statements, *_returned_call(emitter, last)]
    if isinstance(last, Loop) and last.target == result:
        straight.begin(last)
        straight.take_first(last)
        return [*straight.statements, *loop_statements(emitter, last, ends=True)]
    if _can_end(last, result):
        straight.flush()
        ended = _ended(emitter, last, result, straight.large)
        if ended is not None:
            return [*straight.statements, *ended]
    straight.add(last, False)
    straight.take(result)
    return nodes.returning(straight.statements, emitter.read(result))


def _can_end(last: object, result: Operand) -> bool:
    """Whether the return may stand in the last instruction."""
    return not isinstance(last, Call) and (isinstance(last, Choose) or _writes((last,), result))  # type: ignore[arg-type]


def _ended(emitter: Emitter, last: object, result: Operand, large: list[str]) -> list[Statement] | None:
    """The last instruction with the return in it, or None where it has to stand behind."""
    match last:
        case Copy(target=target, source=source) if target == result:
            emitter.leave(last)
            return [nodes.return_(emitter.read(source))]
        case Map(target=target) if target == result:
            value = map_expression(emitter, last)
            if value is None:
                return None
            emitter.leave(last)
            return [nodes.return_(value)]
        case Route(target=target) if target == result:
            emitter.leave(last)
            ways = [(case.block, case.result) for case in last.cases]
            bodies = each_way(emitter, ways, lambda block, value: emit_tail(emitter, block, value, large))
            return route_statements(emitter, last, bodies)
        case Choose() if _all_write(last, result):
            emitter.leave(last)
            tests = [emitter.read(arm.test) for arm in last.arms]
            ways = [(block, result) for block in blocks(last)]
            *arms, otherwise = each_way(emitter, ways, lambda block, value: emit_tail(emitter, block, value, large))
            return leaving(tests, arms, otherwise)
        case Timeout(block=inner) if _writes(inner, result) and emitter.plain:
            return timeout_statements(emitter, last, emit_tail(emitter, inner, result))
        case Hold(block=inner) if _writes(inner, result) and emitter.plain:
            return hold_statements(emitter, last, emit_tail(emitter, inner, result))
        case Retry(block=inner) if _writes(inner, result) and emitter.plain:
            emitter.begun.clear()
            return retry_statements(emitter, last, emit_tail(emitter, inner, result), [])
        case _:
            return None


def _returned_call(emitter: Emitter, call: Call) -> list[Statement]:
    moved = moved_tail(emitter, call) if is_statement(emitter, call) else None
    return [nodes.return_(call_expression(emitter, call))] if moved is None else moved


def _all_write(choose: Choose, result: Operand) -> bool:
    ways = [*(arm.block for arm in choose.arms), choose.otherwise]
    return all(_raises(way) or _writes(way, result) for way in ways)


def _raises(block: Block) -> bool:
    return bool(block) and isinstance(block[-1], Missing)


def _writes(block: Block, result: Operand) -> bool:
    """Whether the last instruction of a block computes the result."""
    if not block:
        return False
    last = block[-1]
    match last:
        case Call(target=target) | Copy(target=target) | Loop(target=target) | Map(target=target):
            return target == result
        case Route(target=target):
            return target == result
        case Timeout(block=inner) | Hold(block=inner) | Retry(block=inner):
            return _writes(inner, result)
        case Choose():
            return _all_write(last, result)
        case _:
            return False
