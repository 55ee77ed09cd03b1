"""Run the benchmarks: `python -m benchmarks [--only GROUP ...] [--quick]`.

A full run writes docs/benchmarks.md and its charts; a quick or a partial one only shows its tables, unless told where
to write.
"""

from __future__ import annotations

import argparse
import datetime
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console

from . import compiling, flat, interpreter, peers, ratios, scripts, startup
from .alone import cache_in
from .report import Table, show, write_page

_GROUPS: dict[str, Callable[[bool], Iterator[Table]]] = {
    "ratios": ratios.tables,
    "memory": flat.tables,
    "peers": peers.tables,
    "compiling": compiling.tables,
    "startup": startup.tables,
    "scripts": scripts.tables,
    "interpreter": interpreter.tables,
}
_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Measure what the command line asks for, show it and write it."""
    options = _options()
    console = Console()
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(cache_in(cache))  # what earlier runs have left would make unseen tasks known
        found = _measured(options.only or _GROUPS, options.quick, console)
    page = options.output
    if page is None and not options.quick and not options.only:
        page = _PAGE
    if page is not None:
        write_page(found, options.date, page)
        console.print(f"Written to {page}")


def _measured(groups: Iterable[str], quick: bool, console: Console) -> list[Table]:
    """The tables of these groups, each shown as soon as it is there."""
    found = []
    for group in groups:
        start = time.perf_counter()
        for table in _GROUPS[group](quick):
            show(table, console)
            found.append(table)
        console.print(f"{group}: {time.perf_counter() - start:.0f} s\n", style="dim")
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Cascade.")
    parser.add_argument(
        "--only",
        action="append",
        metavar="GROUP",
        choices=_GROUPS,
        help=f"one of {', '.join(_GROUPS)}; may be repeated",
    )
    parser.add_argument("--quick", action="store_true", help="shorter runs, and no graphs of 100,000 tasks")
    parser.add_argument(
        "--date", default=datetime.date.today().isoformat(), help="the date to write; today's if not given"
    )
    parser.add_argument("--output", type=Path, help="the Markdown file to write, charts go beside it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
