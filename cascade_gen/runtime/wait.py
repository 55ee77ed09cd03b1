"""Waiting for async work from plain code, inside a running event loop too."""

from __future__ import annotations

from asyncio import (
    AbstractEventLoop,
    CancelledError,
    Runner,
    Task,
    current_task,
    get_running_loop,
    run,
)
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from threading import Event, Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_GLANCE = 0.1  # seconds between looks at whether the waiting task has been cancelled


def wait(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run the coroutine that `make` gives to its end; gives its result or raises its exception, as itself.

    Where no event loop runs in this thread, this is `asyncio.run`. Inside a running one, the coroutine gets a
    loop in a thread of its own, with a copy of the context variables, and the running loop stands still until
    it is done. Ctrl-C there, or a cancellation of the waiting task, cancels the coroutine and waits for it.
    """
    return _Beside(make).result() if _in_a_loop() else run(make())


def _in_a_loop() -> bool:
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


class _Beside(Generic[T]):
    """A coroutine in an event loop of its own, in a thread of its own."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = make
        self._outcome: Future[T] = Future()
        self._ended = Event()  # since `Thread.join`, interrupted, takes the thread for dead
        self._cancelled = False
        self._task = current_task()  # the one that waits,
        self._cancelling = self._task.cancelling() if self._task is not None else 0  # cancelled how often
        self._running: tuple[AbstractEventLoop, Task[Any] | None] | None = None
        # a daemon, so that a second Ctrl-C can leave it behind
        self._thread = Thread(target=copy_context().run, args=(self._work,), name="cascade-wait", daemon=True)

    def result(self) -> T:
        try:
            self._thread.start()
            self._join()
        except BaseException:  # Ctrl-C
            self._cancel()
            if self._thread.ident is not None:  # it has started
                self._join()
            raise
        try:
            return self._outcome.result()
        finally:
            del self._outcome  # an exception holds this frame, which must not hold the exception

    def _join(self) -> None:
        """Wait for the end. `asyncio.run` turns the first Ctrl-C into a cancellation of its main task, which
        can't be delivered while its loop stands still: so look for it.
        """
        while not self._ended.wait(_GLANCE):
            if self._task is not None and self._task.cancelling() > self._cancelling:
                self._cancelling = self._task.cancelling()
                self._cancel()

    def _cancel(self) -> None:
        self._cancelled = True
        if self._running is not None:
            loop, task = self._running
            if task is not None:
                with suppress(RuntimeError):  # the loop was closed just now
                    loop.call_soon_threadsafe(task.cancel)

    def _work(self) -> None:
        try:
            with Runner() as runner:
                result = runner.run(self._main())
        except BaseException as error:
            self._outcome.set_exception(error)
        else:
            self._outcome.set_result(result)
        finally:
            self._ended.set()

    async def _main(self) -> T:
        # first this, then the look: `_cancel` does it the other way round, so neither misses the other
        self._running = get_running_loop(), current_task()
        if self._cancelled:
            raise CancelledError
        return await self._make()
