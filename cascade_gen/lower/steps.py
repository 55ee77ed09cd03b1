"""Recursion without the stack: generators that yield the work they wait for, run by a loop."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator["Steps[Any]", Any, T]


def run_steps(steps: Steps[T]) -> T:
    """Run a generator, and those it yields, to the end; each gets back what the one it yielded returned."""
    stack: list[Steps[Any]] = [steps]
    value: Any = None
    while stack:
        try:
            stack.append(stack[-1].send(value))
            value = None
        except StopIteration as end:
            stack.pop()
            value = end.value
    result: T = value
    return result
