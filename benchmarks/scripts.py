"""What standalone files take to start, of what the interpreter by itself takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cascade as cs

from . import small
from .formats import digits, milliseconds
from .report import Table

_AIM = 1.3


def tables(quick: bool) -> Iterator[Table]:
    """The table of this group; `quick` starts fewer processes."""
    pairs = 5 if quick else 40
    table = Table(
        "Standalone files",
        "Milliseconds of processor time that `python -I agent.py --n 3` takes, and of `python -I -c pass`, by turns;"
        f" medians of {pairs}. Python doesn't keep the bytecode of a script, so it compiles the file each time. What"
        " needs a slow module of the standard library is compared to importing that.",
        ("agent", "lines", "ms", "compared to", "ms of that", "of that", "aim"),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, workflow, arguments, module in _agents():
            path = Path(folder) / f"{name.replace(' ', '_').replace(',', '')}.py"
            resources = [small.store] if name == "resource" else []
            cs.aot(workflow, resources=resources).save(path, standalone=True)
            base = ["-c", f"import {module}" if module else "pass"]
            ours, theirs = _medians([str(path), *arguments], base, pairs)
            table.add(
                name,
                f"{len(path.read_text(encoding='utf-8').splitlines()):,}",
                milliseconds(ours),
                base[1],
                milliseconds(theirs),
                digits(ours / theirs),
                digits(_AIM),
            )
    yield table


def _agents() -> Iterator[tuple[str, Any, Sequence[str], str]]:
    """Names, workflows, arguments, and the slow module that each needs."""
    n = ("--n", "3")
    yield "straight graph", small.plus(small.half(small.given()), small.half(4)), n, ""
    yield "loop by jumps", small.summed, n, ""
    yield "map", small.half.map(n=[1, 2, 3]), (), ""
    yield "retry", small.half(small.given()).with_retry(3, delay=0.1, jitter=0.1), n, ""
    yield "resource", small.looked_up(small.given()), n, ""
    yield "dict as input and result", small.filled, ("--words", '{"a": 1}'), ""
    yield "loop with unseen tail calls", small.unseen, n, ""
    yield "machine of cs.Jump", small.machine(), n, ""
    yield "calls returned as values", small.natural, n, ""
    yield "cache", small.half(small.given()).with_cache(small.WORDS), n, ""
    yield "async", small.slept, n, "asyncio"


def _medians(ours: Sequence[str], theirs: Sequence[str], pairs: int) -> tuple[float, float]:
    """The median seconds of two command lines of the interpreter, run by turns."""
    found = [(_seconds(ours), _seconds(theirs)) for _ in range(pairs + 1)][1:]  # the first one reads the disk
    return statistics.median(one for one, _ in found), statistics.median(other for _, other in found)


def _seconds(arguments: Sequence[str]) -> float:
    """The processor time of a process, where the system tells it, else the time that it takes."""
    before = _used()
    subprocess.run([sys.executable, "-I", *arguments], stdout=subprocess.DEVNULL, check=True)
    return _used() - before


def _used() -> float:
    if sys.platform == "win32":
        return time.perf_counter()
    import resource

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
