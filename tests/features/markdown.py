"""The table of features as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from .paths import PATHS
from .table import Feature, area

COLUMNS = [*PATHS, "elsewhere"]
_HEADS = {
    "cs.run": "`cs.run`",
    "Engine.run": "`Engine.run`",
    "use_vm": "`use_vm=True`",
    "compiled": "`cs.aot`",
    "not inlined": "`inline=False`",
    "observer": "`observer=`",
    "saved": "saved",
    "standalone": "standalone",
    "VirtualMachine": "`VirtualMachine`",
    "elsewhere": "saved, another process",
}
_INTRODUCTION = """\
# Features

Each row is a workflow whose result, or exception, and order of calls are asserted on every path: interpreted by
`cs.run`, by `Engine.run` and by `VirtualMachine().execute`, and compiled in seven ways. *Tasks* says whether it runs
with sync tasks, with their async twins, or with both. The tests in `tests/features` write this page; a tick is a test
that passed, a dash a combination that makes no sense, with the reason below.
"""


def table_text(rows: Iterable[Feature], passed: set[tuple[str, str, str]]) -> str:
    """The whole page: a table for each area, and the footnotes."""
    notes: dict[str, int] = {}
    pieces = [_INTRODUCTION]
    for module, members in groupby(rows, lambda row: row.module):
        pieces.append(f"## {area(module)}\n\n{_table(list(members), passed, notes)}")
    pieces.append("\n".join(f"{number}. {reason}" for reason, number in notes.items()) + "\n")
    return "\n".join(pieces)


def _table(rows: list[Feature], passed: set[tuple[str, str, str]], notes: dict[str, int]) -> str:
    heads = ["feature", "tasks", *(_HEADS[path] for path in COLUMNS)]
    lines = [_line(heads), _line(["---", "---", *(":-:" for _ in COLUMNS)])]
    for row in rows:
        cells = [_cell(row, path, passed, notes) for path in COLUMNS]
        lines.append(_line([row.title, ", ".join(row.variants), *cells]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: Feature, path: str, passed: set[tuple[str, str, str]], notes: dict[str, int]) -> str:
    if path in row.dashes:
        return f"-<sup>{notes.setdefault(row.dashes[path], len(notes) + 1)}</sup>"
    return "✓" if (row.module, row.name, path) in passed else ""
