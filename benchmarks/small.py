"""Small agents, each of which needs another part of Cascade, to be saved as standalone files and started."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import cascade as cs

WORDS = cs.MemoryCache()


@cs.task
def half(n: int) -> int:
    return n // 2


@cs.task
def plus(left: int, right: int) -> int:
    return left + right


@cs.task
def summed(n: int, total: int = 0) -> Any:
    if n <= 0:
        return total
    return cs.tail(summed, n=n - 1, total=total + n)


@cs.task
def step(n: int) -> Any:
    return cs.Jump("again", {"n": n - 1}) if n > 0 else cs.Jump("done", n)


def _further(n: int) -> cs.TailCall:
    return cs.TailCall((n - 1,))


@cs.task
def unseen(n: int) -> Any:
    return _further(n) if n > 0 else n


@cs.task
def natural(n: int, total: int = 0) -> Any:
    if n <= 0:
        return total
    again = natural(n - 1, total + n)
    assert again is not None
    return again


@cs.task
def filled(words: dict[str, int], n: int = 2) -> Any:
    if n <= 0:
        return words
    return cs.tail(filled, words={**words, str(n): n}, n=n - 1)


@cs.resource
def store() -> Iterator[str]:
    yield "store"


@cs.task
def looked_up(n: int, store: str = cs.inject("store")) -> str:
    return f"{store} {n}"


@cs.task
async def slept(n: int) -> int:
    await asyncio.sleep(0)
    return n


def given() -> Any:
    """The input `--n`."""
    return cs.Param("n", 3, type=int)


def machine() -> Any:
    """A step that goes on by jumps."""
    first = step(given())
    cs.bind(first, cs.select_jump({"again": first, "done": None}))
    return first
