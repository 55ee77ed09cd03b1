"""Tables of results: shown in a terminal, written as Markdown."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable


@dataclass(slots=True)
class Table:
    """One table: what is measured, in words, and its rows; the first column names them."""

    title: str
    about: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row."""
        assert len(cells) == len(self.head), cells
        self.rows.append(cells)


def show(table: Table, console: Console) -> None:
    """Print a table."""
    shown = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, caption=table.about)
    shown.caption_justify = "left"
    for number, name in enumerate(table.head):
        shown.add_column(name, justify="right" if number else "left")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)


def markdown(tables: Iterable[Table], date: str) -> str:
    """The page of all tables, with the machine and the date it was made on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    head = [
        "# Benchmarks",
        "",
        f"{python} on {processor()}, {date}. Made by `make bench`.",
        "",
        "Times are CPU time. Where two functions are compared, they ran in alternating slices of some 3 ms of one"
        " process; a ratio is the median over all pairs of slices, plain time / Cascade's time: above 1 Cascade is"
        " faster, below 1 it is slower.",
        "",
    ]
    return "\n".join([*head, *(line for table in tables for line in _section(table))])


def _section(table: Table) -> list[str]:
    marks = ["---", *["---:"] * (len(table.head) - 1)]
    rows = [table.head, tuple(marks), *table.rows]
    return [f"## {table.title}", "", table.about, "", *(f"| {' | '.join(row)} |" for row in rows), ""]


def processor() -> str:
    """The model of the processor, as well as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def microseconds(seconds: float) -> str:
    """Seconds as microseconds with three digits or so."""
    return digits(seconds * 1e6)


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds with three digits or so."""
    return digits(seconds * 1e3)


def digits(value: float) -> str:
    """A number with as many decimals as matter: 0.123, 4.56, 78.9, 12,345."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{decimals}f}"
