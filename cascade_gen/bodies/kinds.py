"""Calls of `type`, or of what it gives, that make a class: `type` looks at the frame for the name of its module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cascade_gen.tasks.read_scopes import dotted

_BINDING = (ast.Assign, ast.AnnAssign, ast.NamedExpr)


def makes_class(nodes: Sequence[ast.AST]) -> bool:
    """Whether one of the nodes of a body may be such a call. `type(x)` alone makes none."""
    calls = [one for one in nodes if isinstance(one, ast.Call)]
    if any(dotted(one.func) == ("type",) and len(one.args) != 1 for one in calls):
        return True
    made = [one.func for one in calls if _may_take_three(one)]
    if not made:
        return False
    kinds = {name for one in nodes if isinstance(one, _BINDING) and one.value for name in _named(one)}
    return any(_is_kind(func) or (isinstance(func, ast.Name) and func.id in kinds) for func in made)


def _may_take_three(call: ast.Call) -> bool:
    """Whether a call may give a name, bases and a namespace, which is what `type` makes a class of."""
    return len(call.args) == 3 or any(isinstance(one, ast.Starred) for one in call.args)


def _named(node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> Iterator[str]:
    """The names that are bound to what may be a metaclass."""
    if node.value is not None and any(map(_is_kind, ast.walk(node.value))):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def _is_kind(node: ast.AST) -> bool:
    """Whether an expression is `type`, `type(x)` or `x.__class__`: the class of a class is a metaclass."""
    if isinstance(node, ast.Call):
        return dotted(node.func) == ("type",) and len(node.args) == 1
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__"
    return isinstance(node, ast.Name) and node.id == "type"
