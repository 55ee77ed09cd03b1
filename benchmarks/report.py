"""Tables of results: shown in a terminal, written as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

import cascade as cs

from .charts import Chart, can_draw, write


@dataclass(slots=True)
class Table:
    """One table: what is measured, in words, its rows, the first column of which names them, and maybe a chart."""

    title: str
    about: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    chart: Chart | None = None

    def add(self, *cells: str) -> None:
        """Add a row."""
        assert len(cells) == len(self.head), cells
        self.rows.append(cells)

    def numeric(self) -> Iterator[bool]:
        """Whether a column holds nothing but numbers, for each."""
        for column in zip(*self.rows, strict=True):
            yield all(cell[:1].isdigit() for cell in column if cell)


def show(table: Table, console: Console) -> None:
    """Print a table."""
    shown = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, caption=table.about)
    shown.caption_justify = "left"
    for name, numeric in zip(table.head, table.numeric(), strict=True):
        shown.add_column(name, justify="right" if numeric else "left")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)


def write_page(tables: Iterable[Table], date: str, page: Path) -> None:
    """Write all tables to a Markdown page, with the machine and the date, and their charts beside it."""
    page.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Benchmarks",
        "",
        f"{'; '.join(_circumstances())}; {date}. Made by `make bench`.",
        "",
        "Times are CPU time. Where functions are compared, they ran in alternating slices of some milliseconds in"
        " one process; a ratio is the median over all pairs of slices that stood side by side. By hand / compiled:"
        " above 1 Cascade is faster, below 1 it is slower. An aim is what we want to reach: at least, for ratios; at"
        " most, for times.",
        "",
    ]
    for table in tables:
        lines += _section(table, page.parent)
    page.write_text("\n".join(lines), encoding="utf-8")


def _circumstances() -> Iterator[str]:
    yield f"cascade-gen {cs.__version__}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    yield f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _section(table: Table, folder: Path) -> Iterator[str]:
    yield from (f"## {table.title}", "", table.about, "")
    yield from _markdown_rows(table)
    yield ""
    if table.chart is not None and can_draw():
        yield from (f"![{table.title}]({write(table.chart, folder).name})", "")


def _markdown_rows(table: Table) -> Iterator[str]:
    marks = ("---:" if numeric else "---" for numeric in table.numeric())
    for row in (table.head, marks, *table.rows):
        yield f"| {' | '.join(row)} |"


def installed(package: str) -> str | None:
    """The version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """The model of the processor, as well as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
