"""The tasks that random workflows are made of: importable, deterministic, and each notes its calls.

A parameter called `n` counts rounds, `kind` picks an exception, `token` names a flaky call: the strategies fill
them accordingly. Any other parameter takes anything.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from typing import Any, NamedTuple

import cascade as cs

calls: list[tuple[str, str]] = []
_attempts: Counter[str] = Counter()


class Point(NamedTuple):
    """A named tuple, for lazies inside."""

    x: Any
    y: Any = "y"


class OddError(Exception):
    """An exception of the user's own."""


def reset() -> None:
    """Forget calls and attempts: before each run."""
    calls.clear()
    _attempts.clear()


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
    """Record a call and what it was given."""
    calls.append((name, ", ".join(map(shown, values))))


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
    _attempts[token] += 1
    if _attempts[token] <= fails:
        raise (ConnectionError if _attempts[token] % 2 else OddError)(f"{token} attempt {_attempts[token]}")
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


# natural recursion


@cs.task
def down(n, x="left out"):
    note("down", n, x)
    if n <= 0:
        return x
    return down(n - 1)


@cs.task
def down_lazy(n, dep=None):
    note("down_lazy", n, dep)
    if n <= 0:
        return dep
    inner = num(n)
    return down_lazy(n - 1, dep=[ident(inner), inner, dep])


@cs.task
def odd(n, x=1):
    note("odd", n, x)
    return even(n - 1, x) if n > 0 else "odd"


@cs.task
def even(n, x=2):
    note("even", n, x)
    return odd(n - 1) if n > 0 else x


@cs.task
def mixed(n, x=0, y=0):
    note("mixed", n, x, y)
    if n <= 0:
        return x, y
    if n % 2:
        return cs.tail(mixed, n=n - 1, y=n)
    return mixed(n - 1, x=num(n))


@cs.task
def leave(n, x=0):
    note("leave", n, x)
    if n > 1:
        return cs.TailCall([n - 1])
    return ping(n + 1, log=(num(x),))


@cs.task
def graph(n, x=0):
    note("graph", n, x)
    if n <= 0:
        return x
    shared = num(n)
    return join(shared, [shared, x], Point(ident(n)), k=count(n) if n < 0 else pure(shared))


@cs.task
def several(n):
    note("several", n)
    return [ident(n), n]


@cs.task
def looped_graph(n, x=0):
    note("looped_graph", n, x)
    if n <= 0:
        return x
    return count(n, acc=num(n), step=num(x))


@cs.workflow
def flow(n, x=7):
    return join(num(n), [x, ident(n)], x=x)


@cs.workflow
def looping_flow(n, x=8):
    return through_flow(ident(n), x)


@cs.task
def through_flow(n, x=0):
    note("through_flow", n, x)
    if n <= 0:
        return x
    if n == 3:
        return looping_flow(n - 1)
    return flow(n - 1) if n % 2 else cs.tail(flow, n - 1, x=num(x))


# loops that await


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


@cs.task
async def a_down(n, dep=0):
    note("a_down", n, dep)
    if n <= 0:
        return dep
    return a_down(n - 1, [a_ident(n), ident(dep)])


@cs.task
def to_async(n, x=0):
    note("to_async", n, x)
    return a_ident(n) if n > 0 else x


@cs.task(mode="blocking")
def b_count(n, acc=0):
    note("b_count", n, acc)
    return cs.tail(b_count, n=n - 1, acc=acc + 1) if n > 0 else acc


# what rounds return besides: routes, maps, skipped and retried nodes


@cs.task
def items(x):
    note("items", x)
    return [x, zlib.crc32(shown(x).encode()) % 3]


@cs.task
def to_router(n, x=0):
    note("to_router", n, x)
    if n <= 0:
        return x
    return cs.Router(num(n), {0: to_router(n - 1), 1: count(n, x), 2: [ident(n), n], 3: n, 4: fail(n, "odd")})


@cs.task
def to_map(n, x=0):
    note("to_map", n, x)
    return opt.map(a=[ident(n), x], b=items(n)) if n > 0 else x


@cs.task
def to_skipped(n, x=0):
    note("to_skipped", n, x)
    if n <= 0:
        return x
    return join(ident(num(n)).run_if(num(x)), opt(3, b=n).run_if(n > 2), x)


@cs.task
def to_skipped_root(n, x=0):
    note("to_skipped_root", n, x)
    skipped = count(n).run_if(n != 2)
    return skipped.after(ident(x).run_if(n != 3)) if n > 0 else x


@cs.task
def tail_skipped(n, x=0):
    note("tail_skipped", n, x)
    return cs.tail(tail_skipped, n=n - 1, x=ident(num(n)).run_if(num(x))) if n > 0 else x


@cs.task
def to_retry(n, token, fails, x=0):
    note("to_retry", n, token, fails, x)
    if n <= 0:
        return x
    return rounds_of_flaky(n, f"{token} inner", fails, x).with_retry(max_attempts=2)


@cs.task
def rounds_of_flaky(n, token, fails, x=0):
    note("rounds_of_flaky", n, token, fails, x)
    _attempts[token] += 1
    if _attempts[token] <= fails:
        raise ConnectionError(f"{token} attempt {_attempts[token]}")
    return cs.tail(rounds_of_flaky, n=n - 1, token=f"{token}'") if n > 0 else x


# steps of jump machines: each goes on by a key, with data that overrides inputs


@cs.task
def walk(n, x=0, y="bound"):
    note("walk", n, x, y)
    if n <= 0:
        return cs.Jump("exit", [x, y])
    if n == 5:
        return cs.Jump("other", {"n": 2, "x": ident(x)})
    return cs.Jump("again", {"n": n - 1} if n % 2 else {"n": n - 2, "x": n})


@cs.task
def stride(n, x="stride"):
    note("stride", n, x)
    if n == 4:
        return cs.Jump("nowhere")
    if n == 3:
        return {"left": x}
    return cs.Jump("exit", {"x": x, "lazy": ident(n)}) if n <= 0 else cs.Jump("again" if n != 2 else "other", n - 1)


@cs.task
async def a_walk(n, x=0):
    note("a_walk", n, x)
    await asyncio.sleep(0)
    return cs.Jump("exit", x) if n <= 0 else cs.Jump("again" if n != 2 else "other", {"n": n - 1})


PLAIN = (ident, num, join, opt, pos, nothing, pure, renamed)
PLAIN_ASYNC = (a_ident, a_num, a_join, b_ident)
FAILING = (fail,)
FAILING_ASYNC = (a_fail, b_fail)
LOOPS = (
    count, by_position, keep, starred, through_variable, through_helper, lazy_values, fail_round, bad_name,
    bad_target, bad_tail_value, ping, pong, must, hop0, hop2, red, green, blue, down, down_lazy, odd, even,
    mixed, leave, graph, several, looped_graph, through_flow,
)  # fmt: skip
MORE_LOOPS = (
    to_router, to_map, to_skipped, to_skipped_root, tail_skipped, to_retry, rounds_of_flaky, walk
)  # fmt: skip
STEPS = (walk, stride)
LOOPS_ASYNC = (a_count, a_ping, s_pong, a_down, to_async, b_count)
