"""What could stand in the place of a name, going by what is around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from .fstrings import is_number, shown

Room = Literal["any", "operand", "receiver", "name", "number", "text"]
"""Any expression, an operand, what attributes are read of, or only another name; in f-strings, where there are quotes
already, a number too, or in the place of the braces around the name the text of a literal."""

NARROW: frozenset[Room] = frozenset(("name", "number", "text"))
"""Where no expression could stand that isn't a name or a literal."""

_LITERALS = (ast.Constant, ast.JoinedStr, ast.Tuple, ast.List, ast.ListComp)
"""Of what Python warns of a literal index that doesn't fit."""


def takes(room: Room, value: object) -> bool:
    """Whether a literal could stand in a place: `", ".join` is fine, `1.real` isn't."""
    if room == "text":
        return shown(value) is not None
    if room == "number":
        return is_number(value)
    return room != "name" and (room != "receiver" or isinstance(value, str | bytes))


def rooms(node: ast.AST) -> Iterator[tuple[ast.AST, Room]]:
    """What could stand in the place of each part of a node."""
    match node:
        case ast.Call(args=args, keywords=keywords):
            yield from ((one, "any") for one in args)
            yield from ((one.value, "any") for one in keywords if one.arg is not None)
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            yield value, "any"
        case ast.AugAssign(value=value):
            yield value, "any"
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            yield from ((one, "operand") for one in elements)
        case ast.Dict(keys=keys, values=values):
            yield from ((one, "operand") for one in (*keys, *values) if one is not None)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            given = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            loops = (part for loop in node.generators for part in (loop.iter, *loop.ifs))
            yield from ((one, "operand") for one in (*given, *loops))
        case ast.BinOp(left=left, right=right, op=operator):
            if not isinstance(operator, ast.Pow):
                yield left, "operand"
            yield right, "operand"
        case ast.BoolOp(values=values):
            yield from ((one, "operand") for one in values)
        case ast.Compare(left=left, comparators=others, ops=ops):
            if not any(isinstance(one, ast.Is | ast.IsNot) for one in ops):
                yield from ((one, "operand") for one in (left, *others))
        case ast.UnaryOp(operand=operand):
            yield operand, "operand"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from ((one, "operand") for one in (test, body, orelse))
        case ast.Attribute(value=value):
            yield value, "receiver"
        case ast.Subscript(value=value, slice=index) if not isinstance(value, _LITERALS):
            yield index, "any"
        case ast.Slice(lower=lower, upper=upper, step=step):
            yield from ((one, "number") for one in (lower, upper, step) if one is not None)
        case ast.Lambda(body=value) | ast.NamedExpr(value=value):
            yield value, "operand"
        case ast.If(test=test) | ast.While(test=test):
            yield test, "any"
        case ast.For(iter=iterable):
            yield iterable, "any"
        case _:
            return
