"""The plain tasks that random workflows are made of: importable, deterministic, and each notes its calls.

A parameter called `n` counts rounds, `kind` picks an exception, `token` names a flaky call: the strategies fill
them accordingly. Any other parameter takes anything.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from typing import Any, NamedTuple

import cascade as cs

from . import clock

calls: list[tuple[str, str]] = []
times: list[float] = []
attempts: Counter[str] = Counter()


class Point(NamedTuple):
    """A named tuple, for lazies inside."""

    x: Any
    y: Any = "y"


class OddError(Exception):
    """An exception of the user's own."""


def reset() -> None:
    """Forget calls and attempts: before each run."""
    calls.clear()
    times.clear()
    attempts.clear()


def shown(value: Any) -> str:
    """A text that is the same for values of the same types and contents, in this process and order."""
    kind = type(value).__name__
    if isinstance(value, cs.LazyResult):
        return f"<lazy {value.task.name}>"
    if isinstance(value, dict):
        return f"{kind}({', '.join(f'{shown(key)}={shown(item)}' for key, item in value.items())})"
    if isinstance(value, set | frozenset):
        return f"{kind}({', '.join(sorted(map(shown, value)))})"
    if isinstance(value, list | tuple):
        return f"{kind}({', '.join(map(shown, value))})"
    return f"{kind} {value!r}"


def note(name: str, *values: Any) -> None:
    """Record a call, what it was given and when."""
    calls.append((name, ", ".join(map(shown, values))))
    times.append(clock.now())


# plain tasks


@cs.task
def ident(x):
    note("ident", x)
    return x


@cs.task
def num(x):
    note("num", x)
    return zlib.crc32(shown(x).encode()) % 4


@cs.task
def join(*parts, **named):
    note("join", parts, named)
    return [*parts, *named.items()]


@cs.task
def opt(a, b=10, *, c="c"):
    note("opt", a, b, c)
    return {"a": a, "b": b, "c": c}


@cs.task
def pos(a, /, b=(), *rest):
    note("pos", a, b, rest)
    return (a, b, *rest)


@cs.task
def nothing():
    note("nothing")


@cs.task(pure=True)
def pure(x, y=1):
    return [x, y]


@cs.task
def lazy_default(x, y=num("default")):  # noqa: B008
    note("lazy_default", x, y)
    return x, y


@cs.task(name="renamed task")
def renamed(x=0):
    note("renamed", x)
    return f"renamed {shown(x)}"


@cs.task
def fail(x, kind):
    note("fail", x, kind)
    raise_chosen(kind, x)
    return x


def raise_chosen(kind: Any, x: Any) -> None:
    """Raise the exception that `kind` names, if any."""
    if kind == "value":
        raise ValueError(f"no good value: {shown(x)}")
    if kind == "key":
        raise KeyError("key", 3)
    if kind == "odd":
        raise OddError
    if kind == "num" and zlib.crc32(shown(x).encode()) % 3 == 0:
        raise LookupError(f"it depends on {shown(x)}")


@cs.task
def flaky(token, fails, x=0):
    note("flaky", token, fails, x)
    attempts[token] += 1
    if attempts[token] <= fails:
        raise (ConnectionError if attempts[token] % 2 else OddError)(f"{token} attempt {attempts[token]}")
    return x


@cs.task
async def a_ident(x):
    note("a_ident", x)
    await asyncio.sleep(0)
    return x


@cs.task
async def a_num(x):
    await asyncio.sleep(0)
    note("a_num", x)
    return zlib.crc32(shown(x).encode()) % 4


@cs.task(pure=True)
async def a_pure(x, y=1):
    await asyncio.sleep(0)
    return [x, y]


@cs.task
async def a_join(*parts, **named):
    note("a_join", parts, named)
    return [*parts, *named.items()]


@cs.task
async def a_fail(x, kind):
    note("a_fail", x, kind)
    await asyncio.sleep(0)
    raise_chosen(kind, x)
    return x


@cs.task
async def a_flaky(token, fails, x=0):
    await asyncio.sleep(0)
    return flaky.func(token, fails, x)


@cs.task(mode="blocking")
def b_ident(x):
    note("b_ident", x)
    return x


@cs.task(mode="blocking")
def b_fail(x, kind):
    note("b_fail", x, kind)
    raise_chosen(kind, x)
    return x


@cs.task
def items(x):
    note("items", x)
    return [x, zlib.crc32(shown(x).encode()) % 3]


PLAIN = (ident, num, join, opt, pos, nothing, pure, renamed, lazy_default)
PLAIN_ASYNC = (a_ident, a_num, a_join, a_pure, b_ident)
FAILING = (fail,)
FAILING_ASYNC = (a_fail, b_fail)
