"""Whether a function may call what it is given, or hand it to somebody who does."""

from __future__ import annotations

import ast

from cascade_gen.tasks.nodes import nodes_of

from .changes import READERS, names_in

_KEEPS = "add append appendleft connect extend insert register setdefault subscribe update"
_KEEPING = frozenset(_KEEPS.split())
"""The methods that keep what they are given, as containers do."""
_WRAPPING = frozenset(("partial", "update_wrapper", "wraps"))


def calls_given(node: ast.AST) -> bool:
    """Whether a function visibly does more with its arguments than to keep them."""
    nodes = nodes_of(node)
    names = {one.arg for one in nodes if isinstance(one, ast.arg)}
    return any(_calls_some(one, names) for one in nodes if isinstance(one, ast.Call))


def _calls_some(call: ast.Call, names: set[str]) -> bool:
    callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if isinstance(call.func, ast.Name) and callee in names:
        return True
    if callee in _WRAPPING or callee in (_KEEPING if isinstance(call.func, ast.Attribute) else READERS):
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(name.id in names for one in given if _is_whole(one) for name in names_in(one))


def _is_whole(node: ast.expr) -> bool:
    """Whether an argument hands on a value itself, not something read from it."""
    return isinstance(node.value if isinstance(node, ast.Starred) else node, ast.Name)
