"""Reads the templates: skeletons of generated code in valid Python, whose capitalised names are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

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


class _Filler(cst.CSTTransformer):
    """Puts fillings in the place of names, and statements in the place of a name on its own line."""

    def __init__(self, fillings: dict[str, Filling]) -> None:
        super().__init__()
        self._fillings = fillings

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> Expression:
        filling = self._fillings.get(original_node.value)
        if isinstance(filling, str):
            return name(filling)
        return filling if isinstance(filling, Expression) else updated_node

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return block(one for one in updated_node.body if isinstance(one, Statement))

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Statement | cst.FlattenSentinel[Statement]:
        small = original_node.body[0]
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Name):
            filling = self._fillings.get(small.value.value)
            if filling is not None and not isinstance(filling, str | Expression):
                return cst.FlattenSentinel(list(filling))
        return updated_node


def expand(which: str, **fillings: Filling) -> list[Statement]:
    """The statements of the template `which` with its names filled in."""
    filler = _Filler(fillings)
    found: list[Statement] = []
    for statement in _skeleton(which):
        filled = statement.visit(filler)
        if isinstance(filled, cst.FlattenSentinel):
            found.extend(filled)
        else:
            assert isinstance(filled, Statement)
            found.append(filled)
    return found
