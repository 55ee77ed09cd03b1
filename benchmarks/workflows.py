"""Workflows to be timed, and beside each of them what a person would write by hand instead.

The hand-written ones are in earnest: a loop where a loop will do, no indirection that the work doesn't ask for.
"""

from __future__ import annotations

from typing import Any

import cascade as cs

_LEAVES = range(100)
_LINKS = range(20)


# Countdown: what going round costs by itself.


@cs.task
def countdown(n: int) -> Any:
    if n <= 0:
        return "done"
    return cs.TailCall(kwargs={"n": n - 1})


def plain_countdown(n: int) -> str:
    while n > 0:
        n -= 1
    return "done"


# Ping-pong: two tasks that take turns.


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


# A lift between ten floors: steps that jump, by a table of routes.


@cs.task
def rest(left: int, floor: int = 0) -> Any:
    if left <= 0:
        return cs.Jump("end", floor)
    return cs.Jump("up" if floor < 5 else "down", {"left": left - 1, "floor": floor})


@cs.task
def climb(left: int, floor: int = 0) -> Any:
    return cs.Jump("up" if floor < 9 else "rest", {"left": left - 1, "floor": floor + 1})


@cs.task
def sink(left: int, floor: int = 0) -> Any:
    return cs.Jump("down" if floor > 1 else "rest", {"left": left - 1, "floor": floor - 1})


def lift() -> Any:
    """The steps, bound to each other; it begins at rest."""
    steps = {"rest": rest(0), "up": climb(0), "down": sink(0)}
    for step in steps.values():
        cs.bind(step, cs.select_jump({**steps, "end": None}))
    return steps["rest"]


def plain_lift(left: int) -> int:
    floor = 0
    while left > 0:
        left -= 1
        if floor < 5:
            going = True
            while going:
                going = floor < 9
                floor += 1
                left -= 1
        else:
            going = True
            while going:
                going = floor > 1
                floor -= 1
                left -= 1
    return floor


# A chain of tasks in every round, by natural recursion.


@cs.task
def noop(value: str) -> str:
    return value


@cs.task
def heavy(n: int, dep: str = "") -> Any:
    if n <= 0:
        return dep
    # fmt: off
    return heavy(n - 1, dep=
        noop(noop(noop(noop(noop(noop(noop(noop(noop(noop(
        noop(noop(noop(noop(noop(noop(noop(noop(noop(noop("ok")))))))))))))))))))))
    # fmt: on


def same(value: str) -> str:
    return value


def plain_heavy(n: int, dep: str = "") -> str:
    while n > 0:
        # fmt: off
        dep = (
            same(same(same(same(same(same(same(same(same(same(
            same(same(same(same(same(same(same(same(same(same("ok")))))))))))))))))))))
        # fmt: on
        n -= 1
    return dep


# A text agent: a dict as its state, a `try` in every round, five inputs.


@cs.task
def tally(words: list[str], i: int = 0, counts: Any = None, longest: str = "", odd: int = 0) -> Any:
    if counts is None:
        counts = {}
    if i >= len(words):
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5], longest, odd
    word = words[i].strip(".,;:!?").lower()
    try:
        number = int(word)
        odd += number % 2
    except ValueError:
        counts[word] = counts.get(word, 0) + 1
        if len(word) > len(longest):
            longest = word
    return cs.tail(tally, i=i + 1, counts=counts, longest=longest, odd=odd)


def plain_tally(words: list[str]) -> tuple[list[tuple[str, int]], str, int]:
    counts: dict[str, int] = {}
    longest = ""
    odd = 0
    for each in words:
        word = each.strip(".,;:!?").lower()
        try:
            odd += int(word) % 2
        except ValueError:
            counts[word] = counts.get(word, 0) + 1
            if len(word) > len(longest):
                longest = word
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5], longest, odd


# An agent with a memory: its last messages as the state, a new list of them in every round.

_FIRST = [{"role": "user", "content": "Where does the time go?"}]


def complete(messages: list[dict[str, str]]) -> str:
    return f"reply to {len(messages)}, {messages[-1]['role']}"


@cs.task
def converse(left: int, messages: list[dict[str, str]] = _FIRST) -> Any:
    if left <= 0:
        return messages
    reply = complete(messages)
    return cs.tail(converse, left=left - 1, messages=[*messages[-20:], {"role": "assistant", "content": reply}])


def plain_converse(left: int) -> list[dict[str, str]]:
    messages = _FIRST
    while left > 0:
        reply = complete(messages)
        messages = [*messages[-20:], {"role": "assistant", "content": reply}]
        left -= 1
    return messages


# A diamond: one task, a hundred that take its result, one that takes theirs.


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


# A straight chain of twenty tasks, for what can't go round.


@cs.task
def following(x: int) -> int:
    return x + 1


@cs.workflow
def chain(x: int) -> Any:
    value: Any = x
    for _ in _LINKS:
        value = following(value)
    return value


# An async countdown.


@cs.task
async def async_countdown(n: int) -> Any:
    if n <= 0:
        return "done"
    return cs.TailCall(kwargs={"n": n - 1})


async def plain_async_countdown(n: int) -> str:
    while n > 0:
        n -= 1
    return "done"
