"""Resources, tasks that are given them, and what remembers results: every step of theirs is noted.

A resource's value has a number, so that it can be told whether it is shared or made anew.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import cascade as cs

from . import pool
from .pool import ident, join, note, num

UNNUMBERED = "CASCADE_FUZZ_UNNUMBERED"
"""Set where resources are not told apart by numbers: in async runs it isn't said which one is made first."""

_made: Counter[str] = Counter()


def _made_one(name: str) -> str:
    _made[name] += 1
    return name if UNNUMBERED in os.environ else f"{name} {_made[name]}"


def _hold(name: str, *bases: Any) -> Iterator[str]:
    """The life of a resource, written down."""
    value = _made_one(name)
    note(f"open {name}", *bases)
    try:
        yield value
    except BaseException as error:
        note(f"{name} sees", _kind(error))
        raise
    finally:
        note(f"close {name}", value)


def _kind(error: BaseException) -> str:
    """The name of an error's class, be it the oracle's stand-in; of Cascade's own classes only that."""
    kind: type = getattr(error, "kind", type(error))
    known = kind is pool.OddError or kind.__module__ in ("builtins", "asyncio.exceptions")
    return kind.__name__ if known else "Cascade's own"


# resources


@cs.resource
def base():
    yield from _hold("base")


@cs.resource
def session(inner=cs.inject("base")):
    yield from _hold("session", inner)


@cs.resource(scope="task")
def cursor(inner=cs.inject("session")):
    yield from _hold("cursor", inner)


@cs.resource(scope="task", name="a ticket")
def ticket():
    yield from _hold("ticket")


@cs.resource
def stubborn():
    try:
        yield from _hold("stubborn")
    except Exception:
        note("stubborn swallows")


@cs.resource
def torn():
    yield from _hold("torn")
    raise pool.OddError("torn down badly")


@cs.resource
def broken(inner=cs.inject("base")):
    note("broken", inner)
    raise pool.OddError("can't be made")
    yield  # so that it is a generator


@cs.resource
async def channel():
    await asyncio.sleep(0)
    value = _made_one("channel")
    note("open channel")
    try:
        yield value
    except Exception as error:
        note("channel sees", _kind(error))
        raise
    finally:
        try:
            await asyncio.sleep(0)
        finally:  # a cancellation during the teardown reaches it
            note("close channel", value)


@cs.resource
async def link(one=cs.inject("base"), two=cs.inject("channel")):
    value = _made_one("link")
    note("open link", one, two)
    try:
        yield value
    finally:
        note("close link", value)


@cs.resource(scope="task")
async def lease(inner=cs.inject("channel")):
    value = _made_one("lease")
    await asyncio.sleep(0.25)
    note("open lease", inner)
    try:
        yield value
    finally:
        try:
            await asyncio.sleep(0.25)
        finally:
            note("close lease", value)


RESOURCES = (base, session, cursor, ticket, stubborn, torn, broken, channel, link, lease)
OF_RUN = ("base", "session", "stubborn", "torn", "channel", "link")
NAMES = ("base", "session", "cursor", "a ticket", "base", "session", "stubborn", "torn", "broken")
NAMES_ASYNC = ("channel", "link", "lease")

# tasks


@cs.task
def reads(x, source=cs.inject("session")):
    note("reads", x, source)
    return [x, source]


@cs.task
def reads_two(source=cs.inject("a ticket"), *more, other=cs.inject("base")):
    note("reads_two", source, more, other)
    return (source, *more, other)


@cs.task
def reads_fresh(x, source=cs.inject("cursor")):
    note("reads_fresh", x, source)
    return [x, source]


@cs.task
async def a_reads(x, source=cs.inject("link")):
    note("a_reads", x, source)
    await asyncio.sleep(0)
    return [x, source]


@cs.task
async def a_reads_fresh(x, source=cs.inject("lease"), other=cs.inject("a ticket")):
    note("a_reads_fresh", x, source, other)
    return [x, source, other]


@cs.task
def uses(n, x=0, source=cs.inject("cursor")):
    note("uses", n, x, source)
    if n <= 0:
        return [x, source]
    if n == 3:
        return cs.tail(uses, n=n - 1, source="given")
    return cs.tail(uses, n - 1, x=reads(x) if n == 2 else source)


@cs.task
def uses_down(n, x=0, source=cs.inject("base"), other=cs.inject("a ticket")):
    note("uses_down", n, x, source, other)
    if n <= 0:
        return [x, source]
    return uses_down(n - 1, x=reads_fresh(n)) if n % 2 else uses_down(n - 1, source, other="given")


@cs.task
def uses_graph(n, x=0, source=cs.inject("base")):
    note("uses_graph", n, x, source)
    if n <= 0:
        return x
    return join(reads(num(n)), ident(source), reads(x, "given"))


@cs.task
def uses_other(n, x=0):
    note("uses_other", n, x)
    if n <= 0:
        return x
    return cs.tail(uses, n=n - 1) if n % 2 else cs.TailCall([n - 1, x], target_blueprint_id="uses_other")


@cs.task
async def a_uses(n, x=0, source=cs.inject("lease"), other=cs.inject("a ticket")):
    note("a_uses", n, x, source, other)
    await asyncio.sleep(0)
    if n <= 0:
        return [x, source, other]
    return cs.tail(a_uses, n=n - 1, other="given") if n == 2 else cs.tail(a_uses, n=n - 1, x=source)


@cs.task
def uses_step(n, x=0, source=cs.inject("cursor")):
    note("uses_step", n, x, source)
    if n <= 0:
        return cs.Jump("exit", [x, source])
    return cs.Jump("again" if n % 2 else "other", {"n": n - 1} if n != 2 else {"n": 1, "source": "given"})


PLAIN = (reads, reads_two, reads_fresh)
PLAIN_ASYNC = (a_reads, a_reads_fresh)
LOOPS = (uses, uses_down, uses_graph, uses_other)
LOOPS_ASYNC = (a_uses,)
STEPS = (uses_step,)

# caches


class Notebook:
    """Keeps results and notes what it is asked and told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept: dict[str, Any] = {}

    def check(self, key: str, inputs: Mapping[str, Any]) -> Any:
        note(f"{self.name} checks", dict(sorted(inputs.items())))
        return self.kept.get(key, cs.MISS)

    def save(self, key: str, inputs: Mapping[str, Any], value: Any) -> None:
        note(f"{self.name} saves", dict(sorted(inputs.items())), value)
        self.kept[key] = value


class SlowNotebook(Notebook):
    """Takes its time."""

    async def check(self, key: str, inputs: Mapping[str, Any]) -> Any:
        await asyncio.sleep(0)
        return super().check(key, inputs)

    async def save(self, key: str, inputs: Mapping[str, Any], value: Any) -> None:
        super().save(key, inputs, value)
        await asyncio.sleep(0)


class Memory:
    """A `MemoryCache` that can be emptied."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.cache = cs.MemoryCache()

    def check(self, key: str, inputs: Mapping[str, Any]) -> Any:
        return self.cache.check(key, inputs)

    def save(self, key: str, inputs: Mapping[str, Any], value: Any) -> None:
        self.cache.save(key, inputs, value)


notes = Notebook("notes")
slow_notes = SlowNotebook("slow_notes")
memory = Memory()
CACHES = ("notes", "notes", "memory")
CACHES_ASYNC = ("slow_notes",)


def forget() -> None:
    """Begin anew: no resource made, nothing kept."""
    _made.clear()
    notes.kept.clear()
    slow_notes.kept.clear()
    memory.forget()
