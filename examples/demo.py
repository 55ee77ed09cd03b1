"""The librarian at work: compile it, look at what came out, run it over a whole library, save it as a module.

    python examples/demo.py                 # the standard library of this Python
    python examples/demo.py src --top 5     # another folder

The report goes to stdout, the progress bar to stderr. Exit codes: 0 done, 1 the survey failed, 2 wrong usage,
130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import librarian
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

import cascade as cs

INTERRUPTED = 130  # what a shell gives for a command ended by Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; gives the exit code."""
    options = parser().parse_args(argv)
    try:
        demonstrate(options, Console())
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left; what is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, subprocess.CalledProcessError, cs.CascadeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    options = argparse.ArgumentParser(description="Compile the librarian and run it over a library of Python files.")
    options.add_argument("folder", nargs="?", help="the library to survey (this Python's standard library)")
    options.add_argument("--tests", action="store_true", help="visit the library's own test folders too")
    options.add_argument("--top", type=rows, default=10, help="how many rows each table has (10)")
    return options


def rows(text: str) -> int:
    """A number of rows: an integer, 0 or more."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def demonstrate(options: argparse.Namespace, console: Console) -> None:
    """Compile, show, run, report, save."""
    started = time.perf_counter()
    run = cs.aot(librarian.librarian)
    compiled = time.perf_counter()

    heading(console, "Blueprint")
    print(run.blueprint)
    heading(console, "Generated module")
    show_source(console, run.source)

    surveyed = time.perf_counter()
    with progress_bar():
        report = run(folder=options.folder, tests=options.tests, top=options.top)
    done = time.perf_counter()

    heading(console, "Report")
    show_report(console, report)
    print(f"\nCompiled in {compiled - started:.2f} s, surveyed in {done - surveyed:.2f} s.")

    heading(console, "Saved")
    save_and_run(run)


def heading(console: Console, title: str) -> None:
    """A line between the parts: ruled on a terminal, underlined in plain text."""
    if console.is_terminal:
        console.rule(title)
    else:
        print(f"\n{title}\n{'-' * len(title)}")


def show_source(console: Console, source: str) -> None:
    """Print a module, highlighted on a terminal."""
    if console.is_terminal:
        console.print(Syntax(source, "python", line_numbers=True))
    else:
        print(source)


@contextmanager
def progress_bar() -> Iterator[None]:
    """Let the librarian move a bar on stderr; its end moves on as folders turn up more files."""
    columns = (
        TextColumn("Surveying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    terminal = Console(stderr=True)
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal, transient=True) as progress:
        librarian.watcher = mover(progress)
        try:
            yield
        finally:
            librarian.watcher = None


def mover(progress: Progress) -> Callable[[str, int, int], None]:
    """A watcher that moves a new bar of this progress display."""
    bar = progress.add_task("", total=None)

    def move(name: str, done: int, waiting: int) -> None:
        progress.update(bar, description=name, completed=done, total=done + 1 + waiting)

    return move


def show_report(console: Console, report: librarian.Report) -> None:
    """Print a report: tables on a terminal, plain text elsewhere."""
    if not console.is_terminal:
        print(report)
        return
    print(report.summary())
    longest = [(str(found.lines), found.name, found.file) for found in report.longest]
    imported = [(str(found.files), found.module) for found in report.imported]
    console.print(table("Longest functions", ("Lines", "Function", "File"), longest))
    console.print(table("Most imported modules", ("Files", "Module"), imported))
    if report.broken:
        console.print(table("Files that don't parse", ("File", "Why"), report.broken))


def table(title: str, columns: Sequence[str], found: Sequence[Sequence[str]]) -> Table:
    """A table of text, in which brackets are no markup; a column of numbers stands to the right."""
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(column, justify="right" if column in ("Lines", "Files") else "left")
    for row in found:
        made.add_row(*map(Text, row))
    return made


def save_and_run(run: Any) -> None:
    """Save the module and run the file by itself, over one package of the standard library to be short."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "agent.py")
        run.save(path)
        arguments = ["--folder", str(Path(os.__file__).parent / "json"), "--top", "3"]
        print(f"{path} has {len(path.read_text(encoding='utf-8').splitlines())} lines.")
        print("$ python agent.py", *arguments, flush=True)
        # It imports its tasks by name, from where this process found them.
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        finished = subprocess.run(
            [sys.executable, str(path), *arguments], env=known, check=True, stdout=subprocess.PIPE, text=True
        )
        print(finished.stdout, end="")


if __name__ == "__main__":
    sys.exit(main())
