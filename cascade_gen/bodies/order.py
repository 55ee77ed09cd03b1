"""Which expression of a body may be evaluated before which."""

from __future__ import annotations

import ast
from functools import cached_property

from cascade_gen.tasks.nodes import nodes_of

from .body import Body


class Order:
    """Tells by where two expressions of a body stand: that is their order, but for loops and the ways of an `if`."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def may_precede(self, first: ast.expr, then: ast.expr) -> bool:
        """Whether `first` may have been evaluated when `then` begins."""
        if id(first) in self._repeated:
            return True
        ends = (first.end_lineno, first.end_col_offset) <= (then.lineno, then.col_offset)
        return ends and not self._exclude(first, then)

    def _exclude(self, one: ast.expr, other: ast.expr) -> bool:
        """Whether they stand on different ways of an `if`."""
        others = self._ways.get(id(other), {})
        return any(others.get(test, way) != way for test, way in self._ways.get(id(one), {}).items())

    @cached_property
    def _repeated(self) -> frozenset[int]:
        """The ids of what stands in loops."""
        loops = (node for node in self._body.nodes if isinstance(node, ast.For | ast.AsyncFor | ast.While))
        return frozenset(map(id, nodes_of(*loops)))

    @cached_property
    def _ways(self) -> dict[int, dict[int, bool]]:
        """The `if`s around each node, by id, and whether it stands on their first way."""
        found: dict[int, dict[int, bool]] = {}
        for node in self._body.nodes:
            if isinstance(node, ast.If):
                for way, block in ((True, node.body), (False, node.orelse)):
                    for one in nodes_of(*block):
                        found.setdefault(id(one), {})[id(node)] = way
        return found
