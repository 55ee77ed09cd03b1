"""Random graphs of tasks that give counted objects, with tasks among them that note how many are alive.

What notes has no values as arguments, but waits for others: so nothing that is computed for it stands in its call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

import cascade as cs

from .lived import Large, failures, note


@cs.task
def few(n):
    return [Large() for _ in range(n)]


@cs.task
def one_more(values):
    found = [Large()]
    found.append(values)
    return found


@cs.task
def unknown(values):
    return held(values)


def held(values):
    return (Large(), values)


@cs.task
def repeated(values):
    made = Large()
    if failures:
        raise failures.pop()
    return [made, values]


@cs.task
def number_of(values):
    return len(values) if isinstance(values, list) else 1


@cs.task
def long_way(values):
    found = []
    for one in [values]:
        if one is None:
            return None
        found.append(Large())
    return found


@cs.task
async def later(values):
    await asyncio.sleep(0)
    return [Large(), values]


@cs.task
def both(one, other):
    kind = type(one)
    return [kind, other]


@cs.task
def noting(number):
    note()
    return number


SYNC: list[Callable[..., Any]] = [
    one_more,
    unknown,
    number_of,
    long_way,
    lambda value: repeated(value).with_retry(3),
    lambda value: one_more.map(values=[value, value]),
    lambda value: unknown.map(values=long_way(value)).with_retry(2),
]
ASYNC: list[Callable[..., Any]] = [*SYNC, later, lambda value: later.map(values=[value, 1])]


@st.composite
def lived_graphs(draw: Any) -> Any:
    """A graph with the input `n`."""
    tasks = st.sampled_from(draw(st.sampled_from([SYNC, SYNC, ASYNC])))
    n = cs.Param("n")
    values: list[Any] = [few(n)]
    notes: list[Any] = []
    choices = ("task", "task", "few", "both", "route", "routes", "condition", "note", "note")
    for number in range(draw(st.integers(2, 9))):
        value, other = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        match draw(st.sampled_from(choices)):
            case "task":
                values.append(draw(tasks)(value))
            case "few":
                values.append(few(n))
            case "both":
                values.append(both(value, other))
            case "route":
                shared = draw(tasks)(few(n))
                values.append(cs.Router(n, {3: draw(tasks)(shared), 4: draw(tasks)(shared)}))
            case "routes":
                shared = few(n)
                seen = noting(number).after(draw(tasks)(shared))
                values.append(cs.Router(n, {4: draw(tasks)(shared), 3: seen}))
            case "condition":
                condition = n if draw(st.booleans()) else number_of(other)
                values.append(draw(tasks)(value).run_if(condition))
            case "note":
                notes.append(noting(number).after(value))
    last = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    return noting(-1).after(*notes, *last)
