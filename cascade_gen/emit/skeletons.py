"""Reads the templates: skeletons of generated code in valid Python, whose capitalised names are filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import libcst as cst

from cascade_gen.resources_path import template_text

from .nodes import Expression, Statement, block, name

Filling = str | Expression | Sequence[Statement]


@cache
def _skeleton(which: str) -> tuple[Statement, ...]:
    module = cst.parse_module(template_text(f"{which}.py"))
    docstring, *statements = module.body
    assert isinstance(docstring, cst.SimpleStatementLine)
    return tuple(one.with_changes(leading_lines=[]) for one in statements if isinstance(one, Statement))


@cache
def _named(which: str) -> dict[int, list[str]]:
    """By the id of each node of a template that has names or blocks in it, the fields in which they are.

    A template is filled in for each call with a policy: what has none in it is most of the tree, and stays.
    """
    found: dict[int, list[str]] = {}
    for one in _skeleton(which):
        _find_named(one, found)
    return found


def _find_named(node: cst.CSTNode, found: dict[int, list[str]]) -> bool:
    named = [field.name for field in fields(node) if _is_named(getattr(node, field.name), found)]
    if named or isinstance(node, cst.Name | cst.IndentedBlock):
        found[id(node)] = named
    return id(node) in found


def _is_named(value: Any, found: dict[int, list[str]]) -> bool:
    parts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    seen = [_find_named(one, found) for one in parts if isinstance(one, cst.CSTNode)]
    return any(seen)


class _Filler:
    """Puts fillings in the place of names, and statements in the place of a name on its own line."""

    def __init__(self, named: Mapping[int, list[str]], fillings: Mapping[str, Filling]) -> None:
        self._named = named
        self._fillings = fillings

    def statements(self, given: Sequence[Any]) -> list[Statement]:
        """The statements filled in."""
        found: list[Statement] = []
        for one in given:
            filling = self._fillings.get(_word_alone(one))
            if filling is None or isinstance(filling, str | Expression):
                found.append(self._filled(one))
            else:
                found.extend(filling)
        return found

    def _filled(self, node: Any) -> Any:
        """A node, or a sequence of nodes, filled in."""
        if isinstance(node, Sequence):
            return [self._filled(one) for one in node]
        if isinstance(node, cst.Name):
            filling = self._fillings.get(node.value, node)
            return name(filling) if isinstance(filling, str) else filling
        if isinstance(node, cst.IndentedBlock):
            return block(self.statements(node.body))
        named = self._named.get(id(node))
        return node.with_changes(**{one: self._filled(getattr(node, one)) for one in named}) if named else node


def _word_alone(statement: Any) -> str:
    """The name that is all there is on a line; empty for another statement."""
    if isinstance(statement, cst.SimpleStatementLine):
        small = statement.body[0]
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Name):
            return small.value.value
    return ""


def expand(which: str, **fillings: Filling) -> list[Statement]:
    """The statements of the template `which` with its names filled in."""
    return _Filler(_named(which), fillings).statements(_skeleton(which))
