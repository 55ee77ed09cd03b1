"""Workflows that go round, and beside each of them the plain Python a person would write."""

from __future__ import annotations

from typing import Any

import cascade as cs

WORDS = ["The", "parser", "read", "12", "tokens,", "then", "7", "more;", "a", "token", "is", "a", "word."]
_CHAIN = range(20)
_LEAVES = range(100)


# countdown


@cs.task
def countdown(n: int) -> Any:
    if n <= 0:
        return "done"
    return cs.TailCall(kwargs={"n": n - 1})


def plain_countdown(n: int) -> str:
    while n > 0:
        n -= 1
    return "done"


# ping-pong


@cs.task
def ping(n: int) -> Any:
    if n <= 0:
        return "ping"
    return cs.tail(pong, n=n - 1)


@cs.task
def pong(n: int) -> Any:
    if n <= 0:
        return "pong"
    return cs.tail(ping, n=n - 1)


def plain_ping_pong(n: int) -> str:
    while True:
        if n <= 0:
            return "ping"
        n -= 1
        if n <= 0:
            return "pong"
        n -= 1


# a chain of tasks a round


@cs.task
def same(value: str) -> str:
    return value


@cs.task
def heavy(n: int, dep: str = "") -> Any:
    if n <= 0:
        return dep
    dep = "ok"
    for _ in _CHAIN:
        dep = same(dep)
    return heavy(n - 1, dep=dep)


def plain_same(value: str) -> str:
    return value


def plain_heavy(n: int, dep: str = "") -> str:
    while n > 0:
        dep = "ok"
        for _ in _CHAIN:
            dep = plain_same(dep)
        n -= 1
    return dep


# a text agent


@cs.task
def survey(words: list[str], counts: dict[str, int], totals: dict[str, int], limit: int, left: int) -> Any:
    if left <= 0:
        return sorted(counts, key=lambda word: (-counts[word], word))[:limit]
    word = words[left % len(words)].strip(".,;").lower()
    try:
        totals["sum"] += int(word)
        totals["numbers"] += 1
    except ValueError:
        counts[word] = counts.get(word, 0) + 1
    return cs.tail(survey, left=left - 1)


def plain_survey(
    words: list[str], counts: dict[str, int], totals: dict[str, int], limit: int, left: int
) -> list[str]:
    while left > 0:
        word = words[left % len(words)].strip(".,;").lower()
        try:
            totals["sum"] += int(word)
            totals["numbers"] += 1
        except ValueError:
            counts[word] = counts.get(word, 0) + 1
        left -= 1
    return sorted(counts, key=lambda word: (-counts[word], word))[:limit]


# a diamond


@cs.task
def source(x: int) -> int:
    return x * 2


@cs.task
def shifted(x: int, by: int) -> int:
    return x + by


@cs.task
def total(values: list[int]) -> int:
    return sum(values)


@cs.workflow
def diamond(x: int) -> Any:
    root = source(x)
    return total([shifted(root, by) for by in _LEAVES])


def plain_source(x: int) -> int:
    return x * 2


def plain_shifted(x: int, by: int) -> int:
    return x + by


def plain_total(values: list[int]) -> int:
    return sum(values)


def plain_diamond(x: int) -> int:
    root = plain_source(x)
    return plain_total([plain_shifted(root, by) for by in _LEAVES])


# an async countdown


@cs.task
async def async_countdown(n: int) -> Any:
    if n <= 0:
        return "done"
    return cs.TailCall(kwargs={"n": n - 1})


async def plain_async_countdown(n: int) -> str:
    while n > 0:
        n -= 1
    return "done"
