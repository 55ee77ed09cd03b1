"""Virtual time: an event loop that never waits, since its clock jumps to the next timer when nothing is ready.

So `asyncio.sleep`, timeouts and retry delays of hours take no time, and what overlaps is ordered by the clock alone.
Threads are waited for: while the work of one is under way the clock stands still, unless that thread is in `nap`,
which is to it what `asyncio.sleep` is to a coroutine.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from cascade_gen.runtime import threads

T = TypeVar("T")

_PATIENCE = 20.0  # seconds of real time until a thread that is waited for is taken for stuck


class DeadlockError(Exception):
    """Nothing is ready, and nothing will ever be: no timer, no thread at work."""


class _Selector(selectors.DefaultSelector):
    """Looks at its files without waiting for them, and lets virtual time pass instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if _awake:
            ready = super().select(_PATIENCE)
            if not ready:
                raise DeadlockError("a thread doesn't end")
            return ready
        if timeout is None:
            raise DeadlockError("everything waits for something else")
        self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own, which begins at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        _latest[:] = [self]
        self._clock_resolution = 2.0**-40  # timers of different times never run together

    def time(self) -> float:
        return self._virtual.now


_latest: list[VirtualLoop] = []
_awake: set[object] = set()  # the work under way in threads, but for what is in `nap`
_naps: dict[object, threading.Event] = {}
_local = threading.local()
_limit: list[tuple[float, str]] = []
_guard = threading.Lock()


class _Threads(threads.Threads):
    """The threads of `mode="blocking"`, counted."""

    async def run(self, work: Callable[[], T]) -> T:
        job = object()
        loop = asyncio.get_running_loop()

        def told() -> T:
            _local.job, _local.loop = job, loop
            return work()

        _awake.add(job)
        try:
            return await super().run(told)
        finally:
            with _guard:
                _awake.discard(job)
                asleep = _naps.pop(job, None)
            if asleep is not None:  # it was abandoned
                asleep.set()


_pool = _Threads(64, "virtual-blocking")


def now() -> float:
    """The virtual time; 0 where no virtual loop runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = getattr(_local, "loop", None)  # type: ignore[assignment]
    return loop.time() if isinstance(loop, VirtualLoop) else 0.0


def reached() -> float:
    """The time that the last virtual loop has come to."""
    return _latest[0].time() if _latest else 0.0


def nap(seconds: float) -> None:
    """Sleep in a worker thread, for seconds of virtual time. Elsewhere no time passes.

    The oracle has no threads: there it is `TimeoutError` if that is longer than `at_most` allows.
    """
    if _limit and seconds > _limit[-1][0]:
        raise TimeoutError(_limit[-1][1])
    job = getattr(_local, "job", None)
    if job is None:
        return
    woken = threading.Event()

    def lie_down() -> None:
        with _guard:
            if job not in _awake:  # abandoned meanwhile
                woken.set()
                return
            _awake.discard(job)
            _naps[job] = woken
        _local_loop.call_later(seconds, wake)

    def wake() -> None:
        with _guard:
            if _naps.pop(job, None) is not None:
                _awake.add(job)
        woken.set()

    _local_loop = _local.loop
    try:
        _local_loop.call_soon_threadsafe(lie_down)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return
    woken.wait(_PATIENCE)


@contextmanager
def at_most(seconds: float | None, words: str) -> Iterator[None]:
    """Have naps of more than so many seconds raise `TimeoutError` with these words, for the oracle's calls."""
    if seconds is None:
        yield
        return
    _limit.append((seconds, words))
    try:
        yield
    finally:
        _limit.pop()


@contextmanager
def virtual_time() -> Iterator[None]:
    """Let all event loops that are made meanwhile be virtual ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asyncio.events.new_event_loop", VirtualLoop)
        patch.setattr(threads, "_threads", _pool)
        yield
