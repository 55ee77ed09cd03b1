"""The nodes of syntax trees, some three times as fast as `ast.walk`, which facts about tasks are worked out with."""

from __future__ import annotations

import ast

_SIMPLE = frozenset(("arg", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "op", "ops"))
_fields: dict[type[ast.AST], tuple[str, ...]] = {}


def nodes_of(*trees: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of the trees but contexts and operators, each before what is in it, in the order of the fields."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(reversed(trees))
    while pending:
        node = pending.pop()
        found.append(node)
        kind = type(node)
        fields = _fields.get(kind)
        for name in _fields_of(kind) if fields is None else fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending.extend(one for one in reversed(value) if isinstance(one, ast.AST))
            elif isinstance(value, ast.AST):
                pending.append(value)
    return tuple(found)


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of nodes in which others may be, the last first."""
    found = _fields[kind] = tuple(name for name in reversed(kind._fields) if name not in _SIMPLE)
    return found
