"""Runs a coroutine that never suspends."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """Carries a `StopIteration` out of a coroutine, where Python would make a `RuntimeError` of it."""

    def __init__(self, error: StopIteration) -> None:
        super().__init__()
        self.error = error


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
