"""Async work side by side, and results that are computed at most once."""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError, Future, Task, get_running_loop
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")


class UpstreamCancelled(CancelledError):
    """What this one waited for was cancelled by others; the reason comes up where they are."""


def reason(error: BaseException | None) -> Any:
    """The message of a cancellation, which `cancel` takes to hand it on; None where there is none."""
    return error.args[0] if isinstance(error, CancelledError) and error.args else None


def together(*works: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, list[Any]]:
    """Run coroutines side by side, started left to right; gives their results in that order.

    When one fails, the others are cancelled and awaited, then that first exception goes on as itself. When
    the caller is cancelled, all are cancelled and awaited, and the cancellation goes on: also if it comes
    while the rest of a failed row is being awaited, or a caller that catches the failure would lose it.
    """
    return _together(_Unstarted(works))


class _Unstarted:
    """Coroutines still to be started, the next one last; closed if that never comes to pass.

    A coroutine cancelled before its first step never gets to run an `except`. Its arguments are dropped,
    though, and so the closing is theirs to do.
    """

    __slots__ = ("works",)

    def __init__(self, works: tuple[Coroutine[Any, Any, Any], ...]) -> None:
        self.works = list(reversed(works))

    def __del__(self) -> None:
        for work in self.works:
            work.close()


async def _together(unstarted: _Unstarted) -> list[Any]:
    works = unstarted.works
    if len(works) < 2:
        return [await works.pop() for _ in tuple(works)]
    row = _Row(get_running_loop())
    try:
        row.start(works)
        await row.changed()
    except GeneratorExit:  # closed by hand: from here on nothing can be awaited
        row.cancel()
        raise
    except BaseException as error:
        await row.wind_up(reason(error))
        raise
    if row.first is not None:
        await row.wind_up()
    return row.results()


class _Row:
    """The tasks of one `together`, and which of them failed first.

    The caller's task is never cancelled from here, it only awaits futures of ours. So every cancellation that
    arrives is another's, to be passed on as it is, and there is nothing to `uncancel()`.
    """

    __slots__ = ("first", "left", "loop", "tasks", "upstream", "waiter")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.tasks: list[Task[Any]] = []
        self.left = 0
        self.first: Task[Any] | None = None
        self.upstream = False
        self.waiter: Future[None] = loop.create_future()

    def start(self, works: list[Coroutine[Any, Any, Any]]) -> None:
        while works:
            task = self.loop.create_task(works.pop())
            self.tasks.append(task)
            self.left += 1
            task.add_done_callback(self.ended)

    def ended(self, task: Task[Any]) -> None:
        """Called by the event loop as each task ends, in the order they end."""
        self.left -= 1
        failed = False
        try:
            failed = task.exception() is not None  # asking for it marks it as seen
        except UpstreamCancelled:
            self.upstream = True  # another one of this run has failed and will say so: that one is the first
        except CancelledError:
            failed = True
        if failed and self.first is None:
            self.first = task
        if (failed or not self.left) and not self.waiter.done():
            self.waiter.set_result(None)

    async def changed(self) -> None:
        """Wait until a task fails or all have ended."""
        await self.waiter

    def cancel(self, message: Any = None) -> None:
        if not self.loop.is_closed():
            for task in self.tasks:
                task.cancel(message)

    async def wind_up(self, message: Any = None) -> None:
        """Cancel what still runs and wait for it; a cancellation that comes meanwhile is raised after it."""
        cancelled: CancelledError | None = None
        self.cancel(message)
        while self.left:
            self.waiter = self.loop.create_future()
            try:
                await self.waiter
            except CancelledError as error:
                cancelled = error
                self.cancel(reason(error))  # once more for all, as a plain `await` would pass it on
        if cancelled is not None:
            try:
                raise cancelled
            finally:
                del cancelled  # or it would hold its own traceback, which holds this frame

    def results(self) -> list[Any]:
        """The results in order, or the first failure."""
        tasks, first = self.tasks, self.first
        self.tasks, self.first = [], None
        try:
            if first is not None:
                first.result()
            if self.upstream:
                raise UpstreamCancelled
            return [task.result() for task in tasks]
        finally:
            del tasks, first


class once(Generic[T]):
    """A function without arguments that runs its body, with what it is given, at the first call and gives that
    result ever after.

    What the body raises is raised again by later calls.
    """

    __slots__ = ("_body", "_value")

    _value: T

    def __init__(self, body: Callable[..., T], *given: Any) -> None:
        self._body: Callable[[], T] | None = partial(body, *given) if given else body

    def __call__(self) -> T:
        body = self._body
        if body is None:
            return self._value
        try:
            value = self._value = body()
        except BaseException as error:
            self._body = partial(_fail, error)
            raise
        self._body = None  # what it closes over may go
        return value


class once_async(Generic[T]):
    """An async function without arguments whose body, with what it is given, runs once, in the task of the first
    caller.

    Later callers get the same result or the same exception; those who come while it runs wait for it. If the
    first caller is cancelled, so are they: all belong to one run, and it is ending.
    """

    __slots__ = ("_body", "_value", "_waiters")

    _value: T

    def __init__(self, body: Callable[..., Coroutine[Any, Any, T]], *given: Any) -> None:
        self._body: Callable[[], Coroutine[Any, Any, T]] | None = partial(body, *given) if given else body
        self._waiters: list[Future[T]] | None = None

    async def __call__(self) -> T:
        body = self._body
        if body is None:
            if self._waiters is None:
                return self._value
            # one future each: a shared one would be cancelled for all when one of them is cancelled
            waiter: Future[T] = get_running_loop().create_future()
            self._waiters.append(waiter)
            return await waiter
        self._body, self._waiters = None, []
        try:
            value = self._value = await body()
        except BaseException as error:
            self._failed(error)
            raise
        waiters, self._waiters = self._waiters, None
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(value)
        return value

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, (CancelledError, GeneratorExit)):
            error = UpstreamCancelled(*error.args)
        waiters, self._waiters = self._waiters or (), None
        self._body = partial(_fail_async, error)
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)


def _fail(error: BaseException) -> NoReturn:
    raise error


async def _fail_async(error: BaseException) -> NoReturn:
    raise error
