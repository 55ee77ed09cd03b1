"""What an expression evaluates before it does anything else: there the arguments of a call could stand themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .body import Body
from .rooms import NARROW


def leading(body: Body) -> list[tuple[str, bool]]:
    """The parameters that an expression evaluates before it does anything else, each once; and whether no name of
    the module has been looked up before."""
    assert body.value is not None
    uses: dict[str, int] = {}
    for one in body.names:
        uses[one.name] = uses.get(one.name, 0) + 1
    rooms = {one.start: one.room for one in body.names}
    found: list[tuple[str, bool]] = []
    anything = True
    for node in _evaluated_first(body.value):
        if not isinstance(node, ast.Name):
            continue
        if node.id not in body.local:
            anything = False
        elif uses[node.id] == 1 and rooms.get(body.text.start(node)) not in NARROW and node.id not in body.rebound:
            found.append((node.id, anything))
    return found


def _evaluated_first(node: ast.expr) -> Iterator[ast.expr | None]:
    """The names and constants that an expression evaluates before anything that has an effect; None is the effect."""
    parts: list[ast.expr]
    match node:
        case ast.Name() | ast.Constant():
            yield node
            return
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.UnaryOp(operand=operand):
            parts = [operand]
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            pass
        case ast.Call(func=ast.Name() as func, args=args):
            parts = [func, *args]
        case ast.Compare(left=left, comparators=[right]):
            parts = [left, right]
        case ast.Subscript(value=value, slice=ast.expr() as index) if not isinstance(index, ast.Slice):
            parts = [value, index]
        case _:
            yield None
            return
    for part in parts:
        for found in _evaluated_first(part):
            if found is None:
                yield None
                return
            yield found
    if not isinstance(node, ast.Tuple | ast.List):
        yield None
