"""Runs generators that yield what they want to be answered, in sync runs and in async ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any


def drive(steps: Generator[Any, Any, Any], answer: Callable[[Any], Any]) -> Any:
    """What `steps` return in the end, each of their requests answered. A failure to answer isn't thrown into them."""
    answered: Any = None
    while True:
        try:
            request = steps.send(answered)
        except StopIteration as end:
            return end.value
        answered = answer(request)


async def drive_async(steps: Generator[Any, Any, Any], answer: Callable[[Any], Awaitable[Any]]) -> Any:
    """`drive` for async runs."""
    answered: Any = None
    while True:
        try:
            request = steps.send(answered)
        except StopIteration as end:
            return end.value
        answered = await answer(request)
