"""Sync tasks in threads: a pool of daemon threads whose work can be abandoned.

The standard library's pools join their threads when the interpreter exits, so a thread asleep for an hour
holds it up for an hour; and an abandoned one takes a place in the pool for as long.
"""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop, CancelledError, Future, get_running_loop
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST_THREADS = 256  # they mostly wait, and tasks that wait for other tasks in threads need room
_threads: Threads  # made at the end of this file, and in each forked child


async def blocking(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a sync function in a worker thread, in a copy of the context; gives or raises what it does.

    Threads can't be killed. When this is cancelled, the function is left to itself: it runs on, unheard, and
    doesn't hold up the end of the program.
    """
    value: T = await _threads.run(partial(copy_context().run, func, *args, **kwargs))
    return value


class _Job(Generic[T]):
    """A call to be made in a thread, and what came of it."""

    __slots__ = ("abandoned", "ended", "error", "loop", "started", "value", "waiter", "work")

    value: T

    def __init__(self, work: Callable[[], T], loop: AbstractEventLoop) -> None:
        self.work: Callable[[], T] | None = work
        self.loop = loop
        self.waiter: Future[None] = loop.create_future()
        self.error: BaseException | None = None
        self.started = self.ended = self.abandoned = False

    def begin(self) -> bool:
        """Note that a thread takes it on; gives False if nobody wants it any more. Under the pool's lock."""
        self.started = not self.abandoned
        return self.started

    def end(self) -> bool:
        """Note that the call is over; gives False if it was abandoned meanwhile. Under the pool's lock."""
        self.ended = not self.abandoned
        return self.ended

    def run(self) -> None:
        """Make the call, in the thread."""
        work, self.work = self.work, None
        assert work is not None
        try:
            self.value = work()
        except BaseException as error:
            self.error = error

    def tell(self) -> None:
        """Wake the coroutine that waits, from the thread."""
        with suppress(RuntimeError):  # its loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(_wake, self.waiter)

    def outcome(self) -> T:
        """The value, or the exception as itself.

        Not by way of the future: that refuses `StopIteration`, which raised in a coroutine becomes a
        `RuntimeError`, as it does after any other call.
        """
        error, self.error = self.error, None
        if error is None:
            return self.value
        try:
            raise error
        finally:
            del error


def _wake(waiter: Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Threads:
    """At most `most` daemon threads, made when they are needed, that work through jobs in order."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._numbers = count(1)
        self._lock = Lock()
        self._jobs: SimpleQueue[_Job[Any]] = SimpleQueue()
        self._members = 0  # threads of the pool; one at abandoned work is no longer a member
        self._free = 0  # members at rest, less jobs in the queue: below zero that many jobs are waiting

    async def run(self, work: Callable[[], T]) -> T:
        """Call `work` in a thread; gives what it returns, raises what it raises.

        Cancelling this drops the job if it waits for a thread; if it runs, it is abandoned: nobody waits for
        it, and another thread takes the place of its thread.
        """
        job = _Job(work, get_running_loop())
        self._submit(job)
        try:
            await job.waiter
        except CancelledError:
            self._abandon(job)
            raise
        return job.outcome()

    def _submit(self, job: _Job[Any]) -> None:
        with self._lock:
            self._free -= 1
            try:
                self._recruit()
            except BaseException:
                self._free += 1
                raise
        self._jobs.put(job)

    def _recruit(self) -> None:
        """Start a thread if a job would wait for one; holding the lock."""
        if self._free < 0 and self._members < self._most:
            thread = Thread(target=self._work, name=f"{self._name}-{next(self._numbers)}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more threads for us: those we have must do
                if not self._members:
                    raise
            else:
                self._members += 1
                self._free += 1

    def _abandon(self, job: _Job[Any]) -> None:
        with self._lock:
            job.abandoned = True
            if job.started and not job.ended:
                self._members -= 1
                self._recruit()
            elif not job.started:
                job.work = None

    def _work(self) -> None:
        while self._do(self._jobs.get()):
            pass

    def _do(self, job: _Job[Any]) -> bool:
        """Do one job; gives whether this thread still belongs to the pool."""
        with self._lock:
            if not job.begin():
                self._free += 1
                return True
        job.run()
        with self._lock:
            if not job.end():
                return False
            self._free += 1
        job.tell()
        return True


def _fresh_threads() -> None:
    """A forked child has no threads but its own, so it needs a pool of its own."""
    global _threads
    _threads = Threads(_MOST_THREADS, "cascade-blocking")


_fresh_threads()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_threads)
