"""Constraints and global constraints."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import cascade as cs
from cascade_gen.errors import CapacityError

from .paths import Runner
from .table import UNGOVERNED, WAITS, compile_error, feature, log, note
from .words import add, double, give, one

attempts: list[int] = []

ONE_GPU = {"gpu": 1}


@cs.task  # as written
async def job(name):
    note("start", name)
    await asyncio.sleep(0.01)
    note("end", name)
    return name


@cs.task  # as written
async def failing_job(name):
    note("failing", name)
    await asyncio.sleep(0)
    attempts.append(1)
    if len(attempts) == 1:
        raise OSError(name)
    return name


def two_runs(runner: Runner) -> Any:
    """Two runs at the same time."""
    attempts.clear()

    async def main() -> list[Any]:
        return await asyncio.gather(runner.start(name="a"), runner.start(name="b"), return_exceptions=True)

    return list(map(str, asyncio.run(main())))


def later(end: Callable[[], object], after: str = "") -> threading.Thread:
    """Note that a constraint is lifted, and lift it, a moment after that call was made."""

    def lift() -> None:
        while after and after not in log:
            time.sleep(0.001)
        time.sleep(0.05)
        note("lifted")
        end()

    thread = threading.Thread(target=lift, daemon=True)
    thread.start()
    return thread


def paused(runner: Runner) -> Any:
    """Run while all tasks are paused, for a moment."""
    runner.governor.pause()
    thread = later(runner.governor.resume)
    try:
        return runner.run()
    finally:
        thread.join()


def paused_by_name(runner: Runner) -> Any:
    """Run while some tasks are paused, for a moment."""
    runner.governor.pause("task:dou*")
    thread = later(lambda: runner.governor.resume("task:dou*"), "one")
    try:
        return runner.run()
    finally:
        thread.join()


def limited(runner: Runner) -> Any:
    """Run with at most one task at a time."""
    runner.governor.limit(1, "task:job")
    return runner.run()


def rated(runner: Runner) -> Any:
    """Run with one call an hour, for a moment."""
    runner.governor.rate_limit("1/h", "task:give")
    thread = later(lambda: runner.governor.lift("task:give"), "give 1")
    try:
        return runner.run()
    finally:
        thread.join()


def paused_for_a_while(runner: Runner) -> Any:
    """Run with a pause that ends by itself."""
    runner.governor.pause(ttl=0.03)
    return runner.run()


GLOBAL: dict[str, Any] = {"dashes": UNGOVERNED, "system_resources": {}}


@feature(value=2, calls="one; double 1", system_resources=ONE_GPU)
def within_capacity():
    """`with_constraints`: amounts that the system has"""
    return double(one()).with_constraints(gpu=1)


@feature(value=2, calls="one; double 1")
def unlimited():
    """a resource that the system doesn't name is unlimited"""
    return double(one()).with_constraints(gpu=8)


@feature(value=2, calls="one; give 1; double 1", system_resources=ONE_GPU)
def lazy_amounts():
    """an amount may be lazy"""
    return double(one()).with_constraints(gpu=give(1))


@feature(
    value=["a", "b"],
    calls="start a; end a; start b; end b",
    system_resources=ONE_GPU,
    variants=("async",),
    drive=lambda runner: runner.run(),
)
def waiting():
    """whoever finds nothing left waits, first come, first served"""
    return [job(name).with_constraints(gpu=1) for name in "ab"]


@feature(value=["a", "b"], calls="start a; start b; end a; end b", system_resources={"gpu": 2}, variants=("async",))
def together():
    """those that fit run together"""
    return [job(name).with_constraints(gpu=1) for name in "ab"]


@feature(
    value=["a", "b"],
    calls="start a; end a; start b; end b",
    system_resources={"gpu": 2, "mem": 3},
    variants=("async",),
)
def atomic():
    """all names at once, or none"""
    return [job("a").with_constraints(gpu=1, mem=2), job("b").with_constraints(mem=2, gpu=1)]


@feature(
    value=["a", "b", "c"],
    calls="start a; end a; start b; end b; start c; end c",
    system_resources=ONE_GPU,
    variants=("async",),
)
def items_of_a_map():
    """held by each item of a map"""
    return job.map(name="abc").with_constraints(gpu=1)


@feature(
    value=["a", "b"],
    calls="start a; end a; start b; end b",
    system_resources=ONE_GPU,
    variants=("async",),
    drive=two_runs,
    dashes=WAITS,
)
def runs_at_the_same_time():
    """shared by runs at the same time"""
    return job("x").with_constraints(gpu=1)


@feature(
    value=["a", "b"],
    calls="failing a; failing a; failing b",
    system_resources=ONE_GPU,
    variants=("async",),
    drive=two_runs,
    dashes=WAITS,
)
def kept_by_a_retry():
    """kept while a retry sleeps"""
    return failing_job("x").with_retry(delay=0.01).with_constraints(gpu=1)


@feature(
    value=["a", "b"],
    calls="failing a; failing b",
    system_resources=ONE_GPU,
    variants=("async",),
    drive=lambda runner: [part.replace("OSError", "") for part in two_runs(runner)],
    dashes=WAITS,
)
def released_on_failure():
    """released on failure"""
    return failing_job("x").with_constraints(gpu=1)


@feature(
    **compile_error(CapacityError, "Resource requirement 'gpu=2' exceeds total system capacity (1.0)."),
    system_resources=ONE_GPU,
)
def impossible():
    """more than the system has: an error, when it is compiled"""
    return double(one()).with_constraints(gpu=2)


@feature(
    raises=ValueError,
    says="Resource requirement 'gpu=2' exceeds total system capacity (1.0).",
    calls="one; give 2",
    system_resources=ONE_GPU,
)
def impossible_and_lazy():
    """more than the system has, known only when it runs: `ValueError`"""
    return double(one()).with_constraints(gpu=give(2))


@feature(value=2, calls="lifted; one; double 1", drive=paused, **GLOBAL)
def pause():
    """pause, for everything"""
    return double(one())


@feature(value=12, calls="one; lifted; double 1; add 2 10", drive=paused_by_name, **GLOBAL)
def pause_by_name():
    """pause, for tasks whose name matches"""
    return add(double(one()))


@feature(value=2, calls="one; double 1", drive=paused_for_a_while, **GLOBAL)
def pause_ends():
    """pause, for some time"""
    return double(one())


@feature(value=["a", "b"], calls="start a; end a; start b; end b", variants=("async",), drive=limited, **GLOBAL)
def limit():
    """limit: so many at a time"""
    return job.map(name="ab")


@feature(value=[1, 2], calls="give 1; lifted; give 2", drive=rated, **GLOBAL)
def rate_limit():
    """rate_limit: so many a second, minute, hour or day"""
    return [give(1), give(2)]


@feature(value=[1, 2], calls="give 1; lifted; give 2", drive=rated, **GLOBAL)
def rate_limit_of_a_map():
    """rate_limit: the items of a map"""
    return give.map(x=[1, 2])
