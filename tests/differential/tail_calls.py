"""Tasks that tail-call themselves and others: by name, by position, inputs left out, in many shapes of source."""

from __future__ import annotations

import asyncio
from typing import Any

import cascade as cs

from .pool import OddError, fail, ident, join, note, num, shown

# tail calls of the task itself


@cs.task
def count(n, acc=0, step=1):
    note("count", n, acc, step)
    if n <= 0:
        return acc
    return cs.TailCall(kwargs={"n": n - 1, "acc": acc + step})


@cs.task
def by_position(n, acc=0, *rest):
    note("by_position", n, acc, rest)
    if n <= 0:
        return (acc, rest)
    if n % 2:
        return cs.TailCall(args=[n - 1, acc + 1])
    return cs.TailCall([n - 1, acc, n, *rest])


@cs.task
def keep(n, x=None, *, y="y"):
    note("keep", n, x, y)
    return cs.tail(keep, n=n - 1) if n > 0 else [x, y]


@cs.task
def starred(n, *rest, **more):
    note("starred", n, rest, more)
    if n <= 0:
        return rest, more
    return cs.tail(starred, n - 1, **{f"k{n}": n})


@cs.task
def through_variable(n, x=0):
    note("through_variable", n, x)
    again = cs.TailCall(kwargs={"n": n - 1})
    result = x
    try:
        for _ in range(n):
            return again
    finally:
        x = "left behind"
    return result


def _again(n: int) -> cs.TailCall:
    return cs.TailCall([n - 1])


@cs.task
def through_helper(n, x=0):
    note("through_helper", n, x)
    return _again(n) if n > 0 else x


@cs.task
def lazy_values(n, x=0, y=0):
    note("lazy_values", n, x, y)
    if n <= 0:
        return [x, y]
    shared = ident(n)
    return cs.tail(lazy_values, y=[num(shared), {"k": shared}], n=n - 1, x=join(shared, n))


@cs.task
def fail_round(n, x=0):
    note("fail_round", n, x)
    if n == 1:
        raise OddError(f"round {shown(x)}")
    return cs.tail(fail_round, n=n - 1) if n > 0 else x


@cs.task
def bad_name(n):
    note("bad_name", n)
    if n <= 0:
        return n
    return cs.TailCall(kwargs={"n": n - 1} if n != 2 else {"nope": 1})


@cs.task
def bad_target(n):
    note("bad_target", n)
    return cs.TailCall([n - 1], target_blueprint_id="nowhere" if n == 2 else None) if n > 0 else n


@cs.task
def bad_tail_value(n, x=0):
    note("bad_tail_value", n, x)
    return cs.tail(bad_tail_value, n=n - 1, x=fail(n, "num")) if n > 0 else x


# tail calls of others


@cs.task
def ping(n, tag="ping", log=()):
    note("ping", n, tag, log)
    if n <= 0:
        return [tag, log]
    return cs.tail(pong, n - 1, log=(*log, tag))


@cs.task
def pong(n, tag="pong", *, log=()):
    note("pong", n, tag, log)
    if n <= 0:
        return [tag, log]
    return cs.TailCall(kwargs={"n": n - 1, "log": (*log, tag)}, target_blueprint_id="ping")


@cs.task
def must(n, x):
    note("must", n, x)
    return cs.tail(must_too, n=n - 1) if n > 0 else x


@cs.task
def must_too(n, x):
    note("must_too", n, x)
    return cs.tail(must, n=n - 1, x=x) if n > 0 else x


def _hop(name: str, n: int, x: Any) -> Any:
    note(name, n, x)
    if n <= 0:
        return (name, x)
    return cs.TailCall(kwargs={"n": n - 1}, target_blueprint_id=f"hop{(n * 3 + 1) % 5}")


@cs.task
def hop0(n, x=0):
    return _hop("hop0", n, x)


@cs.task
def hop1(n, x=1):
    return _hop("hop1", n, x)


@cs.task
def hop2(n, x=2):
    return _hop("hop2", n, x)


@cs.task
def hop3(n, x=3):
    return _hop("hop3", n, x)


@cs.task
def hop4(n, x=4):
    return _hop("hop4", n, x)


@cs.task
def red(n, x="red"):
    note("red", n, x)
    if n <= 0:
        return x
    if n % 3 == 0:
        return cs.tail(red, n=n - 1)
    return cs.tail(green, n - 1) if n % 3 == 1 else cs.tail(blue, x=x, n=n - 1)


@cs.task
def green(n, x="green"):
    note("green", n, x)
    return cs.tail(blue, n=n - 1) if n > 0 else x


@cs.task
def blue(n, x="blue"):
    note("blue", n, x)
    return cs.tail(red, n=n - 1, x=ident(x)) if n > 0 else x


# that await


@cs.task
async def a_count(n, acc=0, step=1):
    note("a_count", n, acc, step)
    await asyncio.sleep(0)
    if n <= 0:
        return acc
    return cs.TailCall(kwargs={"n": n - 1, "acc": acc + step})


@cs.task
async def a_ping(n, tag="a_ping"):
    note("a_ping", n, tag)
    return cs.tail(s_pong, n=n - 1) if n > 0 else tag


@cs.task
def s_pong(n, tag="s_pong"):
    note("s_pong", n, tag)
    return cs.tail(a_ping, n - 1) if n > 0 else tag


@cs.task(mode="blocking")
def b_count(n, acc=0):
    note("b_count", n, acc)
    return cs.tail(b_count, n=n - 1, acc=acc + 1) if n > 0 else acc


LOOPS = (
    count, by_position, keep, starred, through_variable, through_helper, lazy_values, fail_round, bad_name,
    bad_target, bad_tail_value, ping, pong, must, hop0, hop2, red, green, blue,
)  # fmt: skip
LOOPS_ASYNC = (a_count, a_ping, s_pong, b_count)
