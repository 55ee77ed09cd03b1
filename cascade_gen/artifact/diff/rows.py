"""Reads the table of a saved module that says which of its lines come from which task.

_lines = (("poll", _poll), ("half", "agents.crawl:half", "agents/crawl.py", "x, y=page", "2=17 4-5=19-20"))

`emit/lines.py` writes it. Lines are counted from the `def`; a row of two names the function of a task that is called.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"(\d+)(?:-(\d+))?(?:\[\d+:\d+\])?=\S+")
_INPUT = re.compile(r"(\w+)[^,]*")


@dataclass(frozen=True, slots=True)
class Row:
    """The lines that a task's body has moved to, and the names of its parameters."""

    task: str
    inputs: tuple[str, ...]
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """The table: its name, the rows of bodies that have moved, and by their function's name the tasks called."""

    name: str
    moved: tuple[Row, ...]
    called: Mapping[str, str]

    @property
    def lines(self) -> frozenset[int]:
        """The lines that are the users'; all others are the generator's own."""
        return frozenset().union(*(row.lines for row in self.moved))


def rows_of(function: ast.FunctionDef | ast.AsyncFunctionDef, assigned: Mapping[str, ast.expr]) -> Rows:
    """The table that the function's handler names; an empty one where nothing in it may fail."""
    name = _table(function)
    table = assigned.get(name)
    moved: list[Row] = []
    called: dict[str, str] = {}
    for row in table.elts if isinstance(table, ast.Tuple) else ():
        if isinstance(row, ast.Tuple):
            texts = [part.value for part in row.elts if isinstance(part, ast.Constant)]
            if len(texts) == len(row.elts):
                moved.append(_row(function.lineno, *map(str, texts)))
            elif isinstance(row.elts[1], ast.Name):
                called[row.elts[1].id] = str(texts[0])
    return Rows(name, tuple(moved), called)


def _table(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The second argument of `relocate(failure, _lines)`."""
    last = function.body[-1]
    match last.handlers if isinstance(last, ast.Try) else []:
        case [ast.ExceptHandler(body=[ast.Expr(value=ast.Call(args=[_, ast.Name(id=name)])), ast.Raise()])]:
            return name
    return ""


def _row(first: int, task: str, function: str, file: str, inputs: str, *chunks: str) -> Row:
    names = tuple(found[1] for part in inputs.split(", ") if (found := _INPUT.match(part)))
    lines: set[int] = set()
    for found in _RANGE.finditer(" ".join(chunks)):
        begin = int(found[1])
        lines.update(range(first + begin, first + int(found[2] or begin) + 1))
    return Row(task, names, frozenset(lines))
