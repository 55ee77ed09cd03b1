"""How fast compiled workflows go round, against the plain Python a person would write."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cascade as cs

from . import workflows as w
from .report import Table, digits, milliseconds
from .slices import Timing, Work, compare
from .written import state_machine

_BEAT = 0.001
_ASYNC_SLICE = 0.03


@dataclass(frozen=True, slots=True)
class Case:
    """A workflow and its plain twin, each doing as many rounds as it is told."""

    name: str
    compiled: Work
    plain: Work


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones are timed for a shorter while."""
    with tempfile.TemporaryDirectory() as folder:
        yield going_round(cases(Path(folder)), 0.2 if quick else 1.5)
    yield beside_a_heartbeat(0.3 if quick else 3.0)


def going_round(found: list[Case], seconds: float) -> Table:
    """The rounds a second of sync workflows."""
    table = Table(
        "Rounds",
        "Nanoseconds a round (for the diamond: a run) of the compiled workflow and of the plain Python.",
        ("workflow", "compiled ns", "plain ns", "rounds a second", "plain / compiled"),
    )
    for case in found:
        _agree(case)
        timings = compare({"plain": case.plain, "compiled": case.compiled}, "plain", seconds)
        table.add(case.name, *_cells(timings))
    return table


def _agree(case: Case) -> None:
    """What is compared has to do the same: `ValueError` where it doesn't."""
    for rounds in (1, 2, 37):
        compiled, plain = case.compiled(rounds), case.plain(rounds)
        if compiled != plain:
            raise ValueError(f"{case.name}: {rounds} rounds give {compiled!r}, in plain Python {plain!r}")


def _cells(timings: dict[str, Timing]) -> tuple[str, ...]:
    compiled, plain = timings["compiled"], timings["plain"]
    nanoseconds = (digits(one.seconds * 1e9) for one in (compiled, plain))
    return (*nanoseconds, f"{1 / compiled.seconds:,.0f}", f"{compiled.ratio:.3f}")


def cases(folder: Path) -> list[Case]:
    """All sync cases, compiled."""
    machine = state_machine(folder)
    states = [getattr(machine, f"state_{number}") for number in range(100)]
    return [
        Case("countdown", cs.aot(w.countdown), w.plain_countdown),
        Case("ping-pong", cs.aot(w.ping, blueprints=[w.pong]), w.plain_ping_pong),
        Case("a chain of 20 tasks a round", cs.aot(w.heavy), w.plain_heavy),
        Case("machine of 100 states", cs.aot(states[0], blueprints=states[1:]), machine.plain),
        Case("text agent", _survey(cs.aot(w.survey)), _survey(w.plain_survey)),
        Case("diamond of 100", _repeated(cs.aot(w.diamond)), _repeated(w.plain_diamond)),
    ]


def _survey(function: Callable[..., object]) -> Work:
    return lambda rounds: function(w.WORDS, {}, {"sum": 0, "numbers": 0}, 5, rounds)


def _repeated(function: Callable[[int], object]) -> Work:
    def work(times: int) -> object:
        result: object = None
        for number in range(times):
            result = function(number)
        return result

    return work


def beside_a_heartbeat(seconds: float) -> Table:
    """The rounds a second of an async workflow, and how late another task of its event loop is."""
    table = Table(
        "An async loop beside a heartbeat",
        "An async countdown, and a task beside it that sleeps for 1 ms again and again. The plain loop never gives"
        " way, so that its heart doesn't beat. Late: how much longer than 1 ms a sleep took beside the compiled one,"
        " half and 95 % of them at most.",
        (
            "",
            "compiled ns",
            "plain ns",
            "plain / compiled",
            "beats",
            "late, median ms",
            "late, 95 % ms",
        ),
    )
    late: list[float] = []
    with asyncio.Runner() as runner:
        run = cs.aot(w.async_countdown)
        works: dict[str, Work] = {
            "plain": lambda rounds: runner.run(_beside(w.plain_async_countdown(rounds), [])),
            "compiled": lambda rounds: runner.run(_beside(run(rounds), late)),
        }
        timings = compare(works, "plain", seconds, _ASYNC_SLICE)
    compiled, plain, _, ratio = _cells(timings)
    delays = (statistics.median(late), statistics.quantiles(late, n=20)[-1])
    table.add("async countdown", compiled, plain, ratio, f"{len(late):,}", *map(milliseconds, delays))
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
