"""Whether the ways out of a body can stand where it moves to: at the end of its blocks, or out of its loops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from cascade_gen.tasks.nodes import nodes_of

from .assignment import ends

Falls = Callable[[ast.Return], bool]
"""Whether a `return` becomes something that falls off the end of its block."""


def can_fall(statements: Sequence[ast.stmt], falls: Falls) -> bool:
    """Whether every `return` that falls stands at the end of all that is around it, or can be brought there.

    What follows an `if` that ends goes into its other way:

        if n == 0:                       if n == 0:
            return "none"                    result = "none"
        return str(n)                    else:
                                             result = str(n)
    """
    for index, statement in enumerate(statements):
        if not _contains(statement, falls):
            continue
        rest = statements[index + 1 :]
        if not rest:
            return _can_fall_last(statement, falls)
        way = split(statement, rest)
        return way is not None and can_fall(way[0], falls) and can_fall(way[1], falls)
    return True


def split(statement: ast.stmt, rest: Sequence[ast.stmt]) -> tuple[Sequence[ast.stmt], Sequence[ast.stmt]] | None:
    """The two ways of an `if` with what follows it in the one that doesn't end; None where both may go on."""
    if not isinstance(statement, ast.If):
        return None
    if ends(statement.body):
        return statement.body, [*statement.orelse, *rest]
    if statement.orelse and ends(statement.orelse):
        return [*statement.body, *rest], statement.orelse
    return None


def _can_fall_last(statement: ast.stmt, falls: Falls) -> bool:
    match statement:
        case ast.Return():
            return True
        case ast.If(body=body, orelse=orelse):
            return can_fall(body, falls) and can_fall(orelse, falls)
        case ast.With(body=body) | ast.AsyncWith(body=body):
            return can_fall(body, falls)
        case ast.Match(cases=cases):
            return all(can_fall(case.body, falls) for case in cases)
        case ast.Try() | ast.TryStar():
            body, orelse, handlers, finalbody = (
                statement.body,
                statement.orelse,
                statement.handlers,
                statement.finalbody,
            )
            if any(_contains(one, falls) for one in finalbody) or (orelse and _contain(body, falls)):
                return False
            ways = [body, orelse, *(handler.body for handler in handlers)]
            return all(can_fall(way, falls) for way in ways)
        case _:
            return False


def _contains(statement: ast.stmt, falls: Falls) -> bool:
    return any(isinstance(node, ast.Return) and falls(node) for node in nodes_of(statement))


def _contain(statements: Sequence[ast.stmt], falls: Falls) -> bool:
    return any(_contains(one, falls) for one in statements)


def surroundings(statements: Sequence[ast.stmt]) -> Iterator[tuple[ast.Return, tuple[ast.stmt, ...]]]:
    """Every `return` with the statements around it, the outermost first."""
    pending: list[tuple[ast.AST, tuple[ast.stmt, ...]]] = [(one, ()) for one in reversed(statements)]
    while pending:
        node, around = pending.pop()
        if isinstance(node, ast.Return):
            yield node, around
            continue
        inside = (*around, node) if isinstance(node, ast.stmt) else around
        parts = [
            one
            for one in ast.iter_child_nodes(node)
            if isinstance(one, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
        pending.extend((one, inside) for one in reversed(parts))


def why_no_jump(around: Sequence[ast.stmt]) -> str:
    """Why a tail call with these statements around it can't become a jump, or nothing if it can.

    Its inputs change before the statements around it are left, so that nothing on the way may read them.
    """
    guarded = False
    for statement in around:
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            return "a tail call stands in a loop of its own"
        if isinstance(statement, ast.Try | ast.TryStar):
            if statement.finalbody:
                return "a tail call stands in a try with a finally"
            guarded = True
        if guarded and isinstance(statement, ast.With | ast.AsyncWith):
            return "a tail call stands in a with inside of a try"
    return ""
