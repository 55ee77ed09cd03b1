"""Tests of literals, whose outcome is known: nothing in them can fail, or run anybody's code."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cascade_gen.tasks.nodes import nodes_of

_KINDS = (type(None), bool, int, float, str, bytes)
_NUMBERS = (bool, int, float)
_DISPLAYS = (ast.Tuple, ast.List, ast.Set)
_READ = (ast.Constant, ast.Name, ast.UnaryOp, ast.BoolOp, ast.IfExp, ast.Compare, *_DISPLAYS)


class Known(NamedTuple):
    """A value that is known."""

    value: Any


def known_literals(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that tests can be decided by."""
    return {name: value for name, value in values.items() if type(value) in _KINDS}


def tested_names(node: ast.expr) -> frozenset[str] | None:
    """The names that have to be known for `outcome` to tell the value of an expression; None where it never can."""
    nodes = nodes_of(node)
    if not all(isinstance(one, _READ) for one in nodes):
        return None
    return frozenset(one.id for one in nodes if isinstance(one, ast.Name))


def outcome(node: ast.expr, known: Mapping[str, Any]) -> Known | None:
    """The value of an expression in which nothing but literals stand, and names that are `known` to be some; None
    where that can't be told."""
    match node:
        case ast.Constant(value=value):
            return Known(value) if type(value) in _KINDS else None
        case ast.Name(id=name):
            return Known(known[name]) if name in known else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = outcome(operand, known)
            return None if found is None else Known(not found.value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return Known(-value) if isinstance(value, int | float) and type(value) is not bool else None
        case ast.BoolOp():
            rest = decided_part(node, known)
            return outcome(rest[0], known) if len(rest) == 1 else None
        case ast.IfExp(test=test, body=body, orelse=orelse):
            found = outcome(test, known)
            return None if found is None else outcome(body if found.value else orelse, known)
        case ast.Compare(left=left, ops=operators, comparators=others):
            return _compared(left, operators, others, known)
        case _:
            return None


def decided_part(node: ast.BoolOp, known: Mapping[str, Any]) -> Sequence[ast.expr]:
    """What is left of `and` or `or` once the operands at its beginning are decided: the operand that gives its value,
    or those that still have to be looked at."""
    for index, operand in enumerate(node.values[:-1]):
        found = outcome(operand, known)
        if found is None:
            return node.values[index:]
        if bool(found.value) is isinstance(node.op, ast.Or):
            return [operand]
    return node.values[-1:]


def _compared(
    left: ast.expr, operators: Sequence[ast.cmpop], others: Sequence[ast.expr], known: Mapping[str, Any]
) -> Known | None:
    """The value of a comparison, or of a chain of them."""
    before = outcome(left, known)
    for operator, other in zip(operators, others, strict=True):
        if before is None:
            return None
        if isinstance(operator, ast.In | ast.NotIn):
            return _contained(operator, before.value, other, known) if len(others) == 1 else None
        after = outcome(other, known)
        holds = None if after is None else _holds(operator, before.value, after.value)
        if not holds:
            return None if holds is None else Known(False)
        before = after
    return Known(True)


def _contained(operator: ast.cmpop, value: Any, display: ast.expr, known: Mapping[str, Any]) -> Known | None:
    if not isinstance(display, _DISPLAYS):
        return None
    items = [outcome(one, known) for one in display.elts]
    same = [None if one is None else _holds(ast.Eq(), value, one.value) for one in items]
    return None if None in same else Known(any(same) is isinstance(operator, ast.In))


def _holds(operator: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Whether a comparison of two literals holds; None where that is better left to Python."""
    match operator:
        case ast.Eq() | ast.NotEq():
            if {type(left), type(right)} == {str, bytes}:
                return None  # of which Python may warn
            return bool(left == right) is isinstance(operator, ast.Eq)
        case ast.Is() | ast.IsNot():
            if not any(one is None or type(one) is bool for one in (left, right)):
                return None
            return (left is right) is isinstance(operator, ast.Is)
    if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
        return None
    match operator:
        case ast.Lt():
            return bool(left < right)
        case ast.LtE():
            return bool(left <= right)
        case ast.Gt():
            return bool(left > right)
        case ast.GtE():
            return bool(left >= right)
    return None
