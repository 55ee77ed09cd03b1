"""Run the benchmarks: `python -m benchmarks [GROUP ...] [--quick]`.

A full run writes docs/benchmarks.md; a quick or a partial one only shows its tables, unless told where to write.
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from . import compiling, interpreter, rounds
from .report import Table, markdown, show

_GROUPS: dict[str, Callable[[bool], Iterator[Table]]] = {
    "interpreter": interpreter.tables,
    "compiling": compiling.tables,
    "rounds": rounds.tables,
}
_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Measure what the command line asks for, show it and write it."""
    options = _options()
    console = Console()
    found: list[Table] = []
    for group in options.groups or _GROUPS:
        for table in _GROUPS[group](options.quick):
            show(table, console)
            found.append(table)
    page = options.output
    if page is None and not options.quick and not options.groups:
        page = _PAGE
    if page is not None:
        page.write_text(markdown(found, options.date), encoding="utf-8")
        console.print(f"Written to {page}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Cascade.")
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"one of {', '.join(_GROUPS)}; all if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="shorter runs, and no graphs of 100,000 tasks")
    parser.add_argument(
        "--date", default=datetime.date.today().isoformat(), help="the date to write; today's if not given"
    )
    parser.add_argument("--output", type=Path, help="the Markdown file to write")
    options = parser.parse_args()
    unknown = [group for group in options.groups if group not in _GROUPS]
    if unknown:
        parser.error(f"there is no group {unknown[0]!r}; there are {', '.join(_GROUPS)}")
    return options


if __name__ == "__main__":
    main()
