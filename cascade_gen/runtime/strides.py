"""Runs generators that yield what they want to be answered, in sync runs and in async ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

Q = TypeVar("Q")
R = TypeVar("R")


def drive(steps: Generator[Q, Any, R], answer: Callable[[Q], Any]) -> R:
    """What `steps` return in the end, each of their requests answered. What fails to answer isn't thrown into them."""
    answered: Any = None
    while True:
        try:
            request = steps.send(answered)
        except StopIteration as end:
            found: R = end.value
            return found
        answered = answer(request)


async def drive_async(steps: Generator[Q, Any, R], answer: Callable[[Q], Awaitable[Any]]) -> R:
    """`drive` for async runs."""
    answered: Any = None
    while True:
        try:
            request = steps.send(answered)
        except StopIteration as end:
            found: R = end.value
            return found
        answered = await answer(request)
