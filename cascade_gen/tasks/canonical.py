"""A text of a syntax tree that says what it means and nothing about how it was written down."""

from __future__ import annotations

import ast

from .match import FunctionTree

_LAYOUT = frozenset(("type_comment", "kind", "ctx"))


def canonical(function: FunctionTree) -> str:
    """The same text for the same function on every version of Python, whatever its layout and decorators.

    Nodes are written before their parts, each with the names of the fields that have a value; so fields that
    a later Python adds don't show. The stack is its own, since expressions may be nested deeper than calls.
    """
    out: list[str] = []
    pending: list[object] = []
    _write(function, _LAYOUT | {"decorator_list"}, out, pending)
    while pending:
        item = pending.pop()
        if isinstance(item, ast.AST):
            _write(item, _LAYOUT, out, pending)
        elif isinstance(item, list):
            out.append(f"[{len(item)}")
            pending += reversed(item)
        elif type(item) is int:
            out.append(f"{item:#x}")  # decimal digits of an int are limited
        else:
            out.append(ascii(item))
    return " ".join(out)


def _write(node: ast.AST, skipped: frozenset[str], out: list[str], pending: list[object]) -> None:
    out.append(type(node).__name__)
    constant = isinstance(node, ast.Constant)
    for name in node._fields:
        if name not in skipped:
            value = getattr(node, name, None)
            if isinstance(node, ast.JoinedStr):
                value = [part for part in node.values if not _is_empty_text(part)]
            if constant or (value is not None and value != []):
                out.append(name)
                pending.append(value)


def _is_empty_text(part: ast.expr) -> bool:
    """Python 3.12 adds empty texts to format specifications."""
    return isinstance(part, ast.Constant) and part.value == ""
