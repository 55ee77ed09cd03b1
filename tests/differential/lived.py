"""Tasks that give counted objects, tasks that note how many are alive when they start, and workflows of them.

Each workflow of the table says in its docstring what must not outlive what.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any

import cascade as cs

alive: weakref.WeakSet[Large] = weakref.WeakSet()
noted: list[int] = []
failures: list[Exception] = []
"""What the next attempts fail with."""

LIVED: dict[str, tuple[Callable[..., Any], list[int]]] = {}
"""The workflows by name, with what the interpreter notes."""


class Large:
    """A value that is counted as long as it is there."""

    def __init__(self) -> None:
        alive.add(self)


def note() -> None:
    """Note how many are alive."""
    noted.append(len(alive))


def started() -> Large:
    """Note how many are alive, and give one more."""
    note()
    return Large()


def lived(*counts: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a workflow in the table, with what the interpreter notes."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        LIVED[function.__name__] = cs.workflow(function), list(counts)
        return function

    return register


@cs.task
def tried(n):
    data = started()
    if failures:
        raise failures.pop()
    return str(type(data)) + str(n)


@cs.task
def given_before_the_end(n):
    try:
        return started()
    finally:
        if failures:
            raise failures.pop()


@cs.task
def unproven(n):
    return started()


@cs.task
def seen(n):
    note()
    return str(n)


@cs.task
def large(n):
    return [started() for _ in range(n)]


@cs.task
def rows(n):
    return [[started()] for _ in range(n)]


@cs.task
def identity(values):
    if values is None:
        return None
    return [values]


@cs.task
def first_of(values):
    return values[0]


@cs.task
def size_of(values):
    note()
    return len(values)


@cs.task
def large_noted(n):
    note()
    return [Large() for _ in range(n)]


@cs.task
def grown(values):
    return [started(), *values]


@cs.task
def second_size_of(values):
    note()
    second = len(values) * 2
    return second if second > 2 else len(values)


@cs.task
async def large_later(n):
    await asyncio.sleep(0)
    return [started() for _ in range(n)]


@cs.task
async def size_later(values):
    await asyncio.sleep(0)
    note()
    return len(values)


@cs.task
def pair(one, other):
    note()
    return one, other


@cs.task
def jumping(values, n=2):
    note()
    if n == 0:
        return cs.Jump("done", len(values))
    return cs.Jump("again", {"values": [Large()], "n": n - 1})


@cs.task
def jumping_without(values, n=2):
    note()
    if n == 0:
        return cs.Jump("done", len(values))
    return cs.Jump("back", {"n": n - 1})


@cs.task
def ping(values, n=3):
    note()
    return cs.tail(pong, others=[Large()], n=n - 1) if n else len(values)


@cs.task
def pong(others, n=3):
    note()
    return cs.tail(ping, values=[Large(), Large()], n=n - 1) if n else len(others)


@cs.task
async def turning(values, n=2):
    await asyncio.sleep(0)
    note()
    if n == 0:
        return len(values)
    return cs.tail(turning, values=[Large()], n=n - 1)


@cs.task
async def jumping_later(values, n=2):
    await asyncio.sleep(0)
    note()
    if n == 0:
        return cs.Jump("done", len(values))
    return cs.Jump("again", {"values": [Large()], "n": n - 1})


@cs.task
async def ping_later(values, n=3):
    note()
    return cs.tail(pong_later, others=[Large()], n=n - 1) if n else len(values)


@cs.task
async def pong_later(others, n=3):
    note()
    return cs.tail(ping_later, values=[Large(), Large()], n=n - 1) if n else len(others)


@lived(0, 0, 0, 0)
def failed_attempts(n):
    """what a failed attempt had in its variables"""
    return seen(tried(n).with_retry(3))


@lived(0, 0, 0)
def failed_attempts_at_the_end(n):
    """the same where the attempt ends the workflow"""
    return tried(n).with_retry(3)


@lived(0, 0, 0, 1)
def failed_behind_the_value(n):
    """the value of an attempt that failed on its way out"""
    return seen(given_before_the_end(n).with_retry(3))


@lived(0, 0)
def checked_and_unread(n):
    """a value that is looked at and that nobody reads"""
    return seen(n).after(unproven(n))


@lived(0, 0)
def checked_on_a_condition(n):
    """the same under a condition"""
    return seen(n).after(unproven(n).run_if(n))


@lived(0, 0)
def checked_in_an_attempt(n):
    """the same in an attempt"""
    return seen(n).after(unproven(n).with_retry(2, retry_on=KeyError))


@lived(0, 1, 2, 3, 3, 0)
def shared_side_by_side(n):
    """what calls that run side by side share"""
    values = large_later(n)
    return pair(size_later(values), size_later(values))


@lived(0, 1, 2, 3, 3, 0)
def shared_by_bodies_side_by_side(n):
    """the same, one of them under a condition"""
    values = large_later(n)
    return pair(size_later(values), size_later(values).run_if(n))


@lived(0, 1, 2, 3, 0)
def mapped_by_statements(n):
    """the last item of a map, and what was made of it"""
    return seen(n).after(size_of(first_of.map(values=rows(n))))


@lived(0, 1, 2, 3, 0)
def mapped_with_a_policy(n):
    """the same where it is tried again"""
    return seen(n).after(size_of(identity.map(values=rows(n)).with_retry(2)))


@lived(0, 1, 2, 3, 1, 1)
def jumped_from(n):
    """what the first round of a loop by jumps was given"""
    node = jumping(large(n))
    cs.bind(node, cs.select_jump({"again": node, "back": node, "done": None}))
    return node


@lived(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3)
def jumped_without(n):
    """what is computed anew for each round"""
    node = jumping_without(large(n))
    cs.bind(node, cs.select_jump({"again": node, "back": node, "done": None}))
    return node


@lived(0, 1, 2, 3, 1, 0, 1, 2, 3)
def jumped_between(n):
    """what the rounds of another workflow computed and were given"""
    one, other = jumping(large(n)), jumping_without(large(2))
    choice = cs.select_jump({"again": other, "back": one, "done": None})
    cs.bind(one, choice)
    cs.bind(other, choice)
    return one


@lived(0, 1, 2, 3, 4, 5, 4)
def tailed_between(n):
    """the same by tail calls"""
    return ping(large(n))


@lived(0, 3, 1, 1, 0)
def turned_in_between(n):
    """what the first round of an async loop was given that isn't the end of the workflow"""
    return [turning(large_noted(n)), seen(0)]


@lived(0, 1, 2, 3, 1, 1, 0)
def jumped_in_between(n):
    """the same of a loop by jumps"""
    node = jumping_later(large(n))
    cs.bind(node, cs.select_jump({"again": node, "done": None}))
    return [node, seen(0)]


@lived(0, 3, 4, 1, 1, 0)
def turned_from_what_is_computed(n):
    """what the first values of such a loop are computed of"""
    return [turning(grown(large_noted(n))), seen(0)]


@lived(0, 3, 4, 5, 4, 0)
def tailed_in_between(n):
    """the same of a loop of several workflows"""
    return [ping_later(large_noted(n)), seen(0)]


@lived(0, 1, 2, 3, 0)
def shared_by_routes(n):
    """what only the routes of a Router share, where it isn't the end of the workflow"""
    values = large(n)
    return seen(0).after(cs.Router(n, {3: size_of(values), 4: second_size_of(values), 5: n}))


@lived(0, 1, 2, 3, 0)
def shared_by_routes_at_the_end(n):
    """the same where each route goes on"""
    values = large(n)
    one, other = size_of(values), second_size_of(values)
    return cs.Router(n, {3: seen(0).after(one), 4: seen(1).after(other), 5: n})


@lived(0, 1, 2, 3, 0, 0)
def shared_by_some_routes(n):
    """the same where each route goes on and another follows"""
    values = large(n)
    one, other = size_of(values), second_size_of(values)
    routes = {3: seen(0).after(one), 4: seen(1).after(other), 5: n}
    return seen(0).after(cs.Router(n, routes))


@lived(0, 1, 2, 3, 3, 0, 0)
def read_before_and_in_routes(n):
    """what is read before a Router, and in its routes for the last time"""
    values = large(n)
    size = size_of(values)
    routes = {3: seen(0).after(second_size_of(values)), 4: n}
    return seen(0).after(cs.Router(size, routes))


@lived(0, 1, 2, 3, 3, 0)
def read_before_and_in_routes_at_the_end(n):
    """the same where the Router ends the workflow"""
    values = large(n)
    routes = {3: seen(0).after(second_size_of(values)), 4: n}
    return cs.Router(size_of(values), routes)


@lived(0, 1, 2, 3, 3, 0, 0)
def read_on_a_condition(n):
    """what is read for the last time where something has a condition"""
    values = large(n)
    one = second_size_of(values).run_if(size_of(values))
    return seen(0).after(seen(1).after(one).run_if(n))


@lived(0, 1, 2, 3, 0, 0)
def shared_by_routes_of_routes(n):
    """what the routes of a Router share that is in a route of another"""
    values = large(n)
    inner = cs.Router(n, {3: size_of(values), 4: second_size_of(values)})
    return seen(0).after(cs.Router(n, {3: seen(0).after(inner), 4: seen(0).after(size_of(values))}))


@lived(0, 1, 2, 3, 4, 5, 6, 0)
def read_by_what_nobody_reads(n):
    """what a call within a call is given whose result nobody reads, in another order"""
    one, other = large(n), large(n)
    return seen(0).after(one, other, identity(pair(other, one)))
