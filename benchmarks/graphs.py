"""Graphs of trivial tasks, in shapes that strain a compiler in different places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cascade as cs

_WIDTH = 10


@cs.task
def step(value: int) -> int:
    return value


@cs.task
def either(left: int, right: int) -> int:
    return left


@cs.task
def count(*values: int) -> int:
    return len(values)


@cs.task
async def fetch(value: int, other: int = 0) -> int:
    return value


@cs.task
async def join(left: int, right: int) -> int:
    return left


def chain(nodes: int) -> Any:
    """Each task takes the result of the one before."""
    value = step(0)
    for _ in range(nodes - 1):
        value = step(value)
    return value


def fan_in(nodes: int) -> Any:
    """One task takes the results of all others."""
    return count(*(step(number) for number in range(nodes - 1)))


def diamonds(nodes: int) -> Any:
    """Rows of ten; each task takes two results of the row before, each result is taken twice."""
    row = [step(number) for number in range(_WIDTH)]
    for _ in range(nodes // _WIDTH - 1):
        row = [either(row[column], row[(column + 1) % _WIDTH]) for column in range(_WIDTH)]
    return count(*row)


def async_diamonds(nodes: int) -> Any:
    """The same with async tasks: each waits for its two side by side, and who asks first has them computed."""
    row = [fetch(number) for number in range(_WIDTH)]
    for _ in range(nodes // _WIDTH - 1):
        row = [fetch(row[column], row[(column + 1) % _WIDTH]) for column in range(_WIDTH)]
    return count(*row)


def async_ladder(nodes: int) -> Any:
    """Two async tasks take the result of the rung before, one takes theirs."""
    value = fetch(0)
    for _ in range(nodes // 3):
        value = join(fetch(value), fetch(value, 1))
    return value


Make = Callable[[int], Any]
"""Makes a graph of about so many nodes."""

SHAPES: dict[str, Make] = {"chain": chain, "wide fan-in": fan_in, "layered diamonds": diamonds}
"""Graphs of sync tasks, by the names of their shapes."""
ASYNC_SHAPES: dict[str, Make] = {"async diamonds": async_diamonds, "async ladder": async_ladder}
"""Graphs of async tasks."""
