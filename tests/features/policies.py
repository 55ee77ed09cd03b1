"""Retry and timeout."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

import cascade as cs

from .paths import Runner
from .table import IN_PROCESS, feature, note
from .words import add, double, give, one

attempts: list[str] = []
released = threading.Event()


@cs.task
def flaky(fails, x=0):
    note("flaky", x)
    attempts.append("flaky")
    if len(attempts) <= fails:
        raise OSError(f"attempt {len(attempts)}")
    return x


@cs.task
def wrong(x):
    note("wrong", x)
    raise KeyError(x)


@cs.task  # as written
async def sleepy(x):
    note("sleepy", x)
    await asyncio.Event().wait()


@cs.task  # stays sync
def slow_once(x):
    note("slow_once", x)
    attempts.append("slow_once")
    if len(attempts) == 1:
        released.wait(10)
    return x


@cs.task(mode="blocking")
def slow_in_thread(x):
    note("slow_in_thread", x)
    released.wait(10)
    return x


def fresh(runner: Runner) -> Any:
    """Run with no attempts made so far; threads that were abandoned end after it."""
    attempts.clear()
    released.clear()
    try:
        return runner.run()
    finally:
        released.set()


@contextmanager
def noted_sleeps(between: tuple[float, float] | None = None) -> Iterator[None]:
    """Note sleeps instead of sleeping; with `between`, whether their lengths are."""

    def told(seconds: float) -> None:
        note("sleep", seconds if between is None else between[0] <= seconds <= between[1])

    async def told_async(seconds: float, result: Any = None) -> Any:
        told(seconds)

    with mock.patch("time.sleep", told), mock.patch("asyncio.sleep", told_async):
        yield


@feature(value=5, calls="one; flaky 1; flaky 1; flaky 1; add 1 4", drive=fresh)
def retried():
    """`with_retry` calls again; inputs are computed once"""
    return add(flaky(2, one()).with_retry(max_attempts=3), 4)


@feature(raises=OSError, says="attempt 3", calls="flaky 0; flaky 0; flaky 0", drive=fresh)
def last_exception():
    """the last exception is raised, unchanged"""
    return flaky(9).with_retry(max_attempts=3)


@feature(raises=OSError, says="attempt 1", calls="flaky 0", drive=fresh)
def one_attempt():
    """`max_attempts` counts every attempt"""
    return flaky(9).with_retry(max_attempts=1)


@feature(value=0, calls="flaky 0; flaky 0", drive=fresh)
def default_attempts():
    """three attempts unless told otherwise"""
    return flaky(1).with_retry()


@feature(raises=KeyError, says="x", calls="wrong x", drive=fresh)
def retry_on():
    """`retry_on`: other exceptions are not retried"""
    return wrong("x").with_retry(retry_on=OSError)


@feature(raises=KeyError, says="x", calls="wrong x; wrong x", drive=fresh)
def retry_on_several():
    """`retry_on`: a tuple of classes"""
    return wrong("x").with_retry(max_attempts=2, retry_on=(OSError, LookupError))


@feature(
    value=0,
    calls="flaky 0; sleep 1.0; flaky 0; sleep 1.0; flaky 0",
    drive=fresh,
    around=noted_sleeps,
    dashes=IN_PROCESS,
)
def delay():
    """`delay`: seconds between attempts"""
    return flaky(2).with_retry(max_attempts=3, delay=1.0)


@feature(
    value=0,
    calls="flaky 0; sleep 1.0; flaky 0; sleep 3.0; flaky 0",
    drive=fresh,
    around=noted_sleeps,
    dashes=IN_PROCESS,
)
def backoff():
    """`backoff`: what each delay is multiplied with"""
    return flaky(2).with_retry(max_attempts=3, delay=1.0, backoff=3.0)


@feature(
    value=0,
    calls="flaky 0; sleep 1.0; flaky 0; sleep 2.5; flaky 0; sleep 2.5; flaky 0",
    drive=fresh,
    around=noted_sleeps,
    dashes=IN_PROCESS,
)
def max_delay():
    """`max_delay`: no delay is longer"""
    return flaky(3).with_retry(max_attempts=4, delay=1.0, backoff=3.0, max_delay=2.5)


@feature(
    value=0,
    calls="flaky 0; sleep True; flaky 0; sleep True; flaky 0",
    drive=fresh,
    around=partial(noted_sleeps, (1.0, 1.5)),
    dashes=IN_PROCESS,
)
def jitter():
    """`jitter`: a random part on top"""
    return flaky(2).with_retry(max_attempts=3, delay=1.0, jitter=0.5)


@feature(value=1, calls="one; give 1")
def in_time():
    """`with_timeout`: nothing happens when the call is in time"""
    return give(one()).with_timeout(60)


@feature(raises=TimeoutError, calls="one; sleepy 1", variants=("async",))
def async_timeout():
    """`with_timeout`: an async task is cancelled"""
    return sleepy(one()).with_timeout(0.02)


@feature(raises=TimeoutError, calls="slow_in_thread 1", variants=("sync",), drive=fresh)
def blocking_timeout():
    """`with_timeout`: the thread of a blocking task is abandoned"""
    return slow_in_thread(1).with_timeout(0.25)


@feature(raises=TimeoutError, calls="slow_once 1", variants=("sync",), drive=fresh)
def sync_timeout():
    """`with_timeout`: a sync task runs in a thread then"""
    return slow_once(1).with_timeout(0.25)


@feature(value=3, calls="one; slow_once 1; slow_once 1; double 1; add 2 1", variants=("sync",), drive=fresh)
def timeout_of_each_attempt():
    """a timeout is for each attempt of a retry"""
    return add(double(slow_once(one()).with_timeout(0.25).with_retry(max_attempts=2)), 1)
