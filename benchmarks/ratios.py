"""How fast compiled workflows run, against the Python a person would write by hand."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cascade as cs

from . import workflows as w
from .cases import CASES
from .charts import Bar, Bars
from .formats import digits, milliseconds
from .report import Table
from .slices import Timing, Work, compare

_BEAT = 0.001
_ASYNC_SLICE = 0.03
_ASYNC_AIM = 0.68
_LATE_AIM = 8


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones are timed for a shorter while."""
    with tempfile.TemporaryDirectory() as folder:
        yield by_hand(Path(folder), 0.2 if quick else 2.0)
    yield beside_a_heartbeat(0.3 if quick else 3.0)


def by_hand(folder: Path, seconds: float) -> Table:
    """The sync workflows."""
    table = Table(
        "Against Python written by hand",
        "Nanoseconds a round; for the diamond, a run. By hand is what a good engineer would write for the same work:"
        " no indirection, no framework, the shape that fits.",
        ("workflow", "compiled ns", "by hand ns", "by hand / compiled", "aim", "what is written by hand"),
    )
    bars = []
    for case in CASES:
        compiled = case.compiled(folder)
        case.check(compiled)
        timings = compare({"by hand": case.plain, "compiled": compiled}, "by hand", seconds)
        table.add(case.name, *_cells(timings), digits(case.aim), case.by_hand)
        bars.append(Bar(case.name, timings["compiled"].ratio, case.aim))
    table.chart = Bars(
        "ratios", "time by hand / time compiled; right of 1 faster than by hand; the marks are the aims", bars
    )
    return table


def _cells(timings: dict[str, Timing]) -> tuple[str, str, str]:
    compiled, plain = timings["compiled"], timings["by hand"]
    return digits(compiled.seconds * 1e9), digits(plain.seconds * 1e9), f"{compiled.ratio:.3f}"


def beside_a_heartbeat(seconds: float) -> Table:
    """The pace of an async workflow, and how late another task of its event loop is."""
    table = Table(
        "An async loop beside a heartbeat",
        "An async countdown, compiled with fairness as it is by default, and a task beside it that sleeps for 1 ms"
        " again and again. By hand it is `while n > 0: n -= 1` in an `async def`, which never gives way: its heart"
        " doesn't beat. Late: how much longer than 1 ms a sleep took beside the compiled one; half of them at most,"
        f" 95 % of them at most. The aim for half of them is {_LATE_AIM} ms.",
        (
            "workflow",
            "compiled ns",
            "by hand ns",
            "by hand / compiled",
            "aim",
            "beats",
            "late, median ms",
            "late, 95 % ms",
        ),
    )
    late: list[float] = []
    with asyncio.Runner() as runner:
        run = cs.aot(w.async_countdown)
        works: dict[str, Work] = {
            "by hand": lambda rounds: runner.run(_beside(w.plain_async_countdown(rounds), [])),
            "compiled": lambda rounds: runner.run(_beside(run(rounds), late)),
        }
        timings = compare(works, "by hand", seconds, _ASYNC_SLICE)
    delays = (statistics.median(late), statistics.quantiles(late, n=20)[-1])
    table.add("async countdown", *_cells(timings), digits(_ASYNC_AIM), f"{len(late):,}", *map(milliseconds, delays))
    return table


async def _beside(work: Coroutine[Any, Any, object], late: list[float]) -> object:
    """What the work gives, while a heart beats beside it."""
    heart = asyncio.create_task(_beat(late))
    await asyncio.sleep(0)
    try:
        return await work
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart


async def _beat(late: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(_BEAT)
        late.append(time.perf_counter() - start - _BEAT)
