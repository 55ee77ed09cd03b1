"""What the tests of the command line share: a module of workflows, and ways to call the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

from typer.testing import CliRunner

from cascade_gen import cli

ROOT = Path(__file__).resolve().parents[3]

CRAWL = '''\
    """Workflows for the tests of the command line."""

    import sys
    import threading
    from dataclasses import dataclass
    from datetime import date

    import cascade as cs


    @dataclass
    class Page:
        url: str

        def __str__(self):
            return f"page at {self.url}"


    @cs.task
    def countdown(n: int, step: int = 1) -> str:
        if n <= 0:
            return "done"
        return cs.tail(countdown, n=n - step)


    @cs.task
    def echo(value):
        return value


    @cs.task
    def count(words: list[str]) -> dict:
        return {word: len(word) for word in words}


    @cs.task
    def fetch(url: str) -> Page:
        return Page(url)


    @cs.task
    async def later(n: int) -> int:
        return n + 1


    @cs.task
    def fail(n: int) -> int:
        raise LookupError(f"no page {n}")


    @cs.task
    def wait() -> None:
        print("waiting", flush=True)
        threading.Event().wait(60)


    @cs.resource
    def store():
        yield "the store"


    @cs.task
    def visit(where=cs.inject("store")) -> str:
        return f"visited {where}"


    @cs.workflow
    def report(n: int):
        return echo(later(n))


    class Group:
        inner = echo(5)


    both = [echo(1), echo("two")]
    dated = echo(cs.Param("day", type=date.fromisoformat, description="the day of the report"))
    tagged = echo(cs.Param("tag", default="none"))
    first = echo(1)
    circle = echo(first)
    first.after(circle)
    number = 3


    def local():
        @cs.task
        def inside() -> int:
            return number

        return inside()


    closure = local()
'''


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")
    return file


def cascade(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, list(arguments), prog_name="cascade")


def shell(arguments: Sequence[str], cwd: Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cascade_gen.cli", *arguments],
        cwd=cwd,
        env=environment(**changes),
        capture_output=True,
        timeout=120,
    )


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def wrong(result: Any) -> str:
    """What a wrong usage says: on stderr alone, without a traceback of ours."""
    assert result.exit_code == 2, (result.stdout, result.stderr)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "cascade_gen" not in result.stderr
    return str(result.stderr)
