"""Runs a coroutine that never suspends."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Generic, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=BaseException | None)


class Stopped(Exception):
    """Carries a `StopIteration` out of a coroutine, where Python would make a `RuntimeError` of it."""

    def __init__(self, error: StopIteration) -> None:
        super().__init__()
        self.error = error


class Showing(Generic[T]):
    """A context manager that is shown the `StopIteration` itself, and not the `Stopped` that carries it."""

    def __init__(self, manager: AbstractContextManager[T] | AbstractAsyncContextManager[T]) -> None:
        self._manager: Any = manager

    def __enter__(self) -> T:
        entered: T = self._manager.__enter__()
        return entered

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        shown = carried(error)
        self._manager.__exit__(None if shown is None else type(shown), shown, trace)

    async def __aenter__(self) -> T:
        entered: T = await self._manager.__aenter__()
        return entered

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        shown = carried(error)
        await self._manager.__aexit__(None if shown is None else type(shown), shown, trace)


def carried(error: E) -> E | BaseException:
    """The `StopIteration` in a `Stopped`; any other exception as it is."""
    return error.error if isinstance(error, Stopped) else error


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for, without an event loop.

    A `StopIteration` of the user's comes out as itself, as it does of plain functions.
    """
    try:
        return drive_inside(coroutine)
    except Stopped as stopped:
        error = stopped.error
    raise error


def drive_inside(coroutine: Coroutine[Any, Any, T]) -> T:
    """`drive` for a caller that is in a coroutine itself: a `StopIteration` stays in its `Stopped`."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a sync Blueprint has to wait for something")
