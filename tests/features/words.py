"""The tasks that most features are made of."""

from __future__ import annotations

from typing import Any

import cascade as cs

from .table import note


@cs.task
def one():
    note("one")
    return 1


@cs.task
def two():
    note("two")
    return 2


@cs.task
def give(x):
    note("give", x)
    return x


@cs.task
def double(n):
    note("double", n)
    return 2 * n


@cs.task
def add(a, b=10):
    note("add", a, b)
    return a + b


@cs.task
def pair(a, b="b"):
    note("pair", a, b)
    return (a, b)


@cs.task
def kind_of(x):
    note("kind_of", x)
    return type(x).__name__, x


@cs.task
def join(*parts, **named):
    note("join", *parts, *(f"{name}={value}" for name, value in named.items()))
    return [*parts, *named.items()]


@cs.task
def fail(text, kind=ValueError):
    note("fail", text)
    raise kind(text)


def plain(value: Any) -> Any:
    """A function that is no task."""
    return value
