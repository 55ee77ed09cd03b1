"""What the module-level names of a saved module stand for, as text that can be compared with another module's.

_opts = _config.OPTIONS          in the signature: opts=_opts          ->  config.OPTIONS
_other = [1, 2]                                    other=_other        ->  [1, 2]
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence

_SENTINELS = "cascade_gen.runtime.sentinels"
_LONG_INT = 10_000  # bits; Python refuses to write longer ones as decimals


class Values:
    """The module-level names of one module: the values `assigned` and the `functions` defined."""

    def __init__(self, body: Sequence[ast.stmt], carried: Iterable[tuple[str, str, str]]) -> None:
        """`carried` are the stamps of what a standalone file has taken along: it stands for where it came from."""
        self._places: dict[str, str] = dict(_imported(body))
        self.assigned: dict[str, ast.expr] = dict(_assigned(body))
        self.functions = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
        for module, names, _ in carried:
            self._places.update((name, f"{module}.{name}") for name in names.split(","))

    def text(self, expression: ast.expr) -> str:
        """The expression with the generator's own names put in."""
        return ast.unparse(_PutIn(self._places, self.assigned).visit(copy.deepcopy(expression)))

    def placed(self, statement: ast.stmt) -> ast.stmt:
        """The statement with places in the stead of what the module's imports call them."""
        placed: ast.stmt = _PutIn(self._places, {}).visit(copy.deepcopy(statement))
        return placed

    def is_missing(self, default: ast.expr) -> bool:
        """Whether a default stands for none, as that of a `Param` without one does.

        The user's values always have names of the generator's own there, which begin with an underscore.
        """
        if not isinstance(default, ast.Name) or default.id.startswith("_"):
            return False
        if self._places.get(default.id) == f"{_SENTINELS}.MISSING":
            return True
        value = self.assigned.get(default.id)
        return isinstance(value, ast.Call) and [ast.unparse(one) for one in value.args] == ["'MISSING'"]


class _PutIn(ast.NodeTransformer):
    """Puts in what names stand for: the place they are imported from, or the value of a private one."""

    def __init__(self, places: dict[str, str], assigned: dict[str, ast.expr]) -> None:
        self._places = places
        self._assigned = assigned
        self._open: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, int) and node.value.bit_length() > _LONG_INT:
            return ast.Name(hex(node.value))
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        word = node.id
        if word in self._places:
            return ast.parse(self._places[word], mode="eval").body
        if not word.startswith("_") or word in self._open or word not in self._assigned:
            return node
        self._open.add(word)
        value: ast.expr = self.visit(copy.deepcopy(self._assigned[word]))
        self._open.discard(word)
        return value


def assigned_name(statement: ast.stmt) -> str:
    """The name that an assignment binds; empty for any other statement."""
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    return target.id if isinstance(target, ast.Name) else ""


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for statement in body:
        name = assigned_name(statement)
        if name and isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield name, statement.value


def _imported(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement in body:
        if isinstance(statement, ast.Import):
            for one in statement.names:
                yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
        elif isinstance(statement, ast.ImportFrom):
            for one in statement.names:
                yield one.asname or one.name, f"{statement.module}.{one.name}"
