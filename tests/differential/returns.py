"""Tasks that return what is to run next: calls, graphs, workflows, routes, maps, skipped nodes, jumps."""

from __future__ import annotations

import asyncio

import cascade as cs

from .pool import Point, a_ident, attempts, fail, ident, items, join, note, num, opt, pure
from .tail_calls import count, ping

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


# what rounds return besides: routes, maps, skipped and retried nodes


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
    return rounds_of_flaky(n, f"{token} inner", fails, x).with_retry(maxattempts=2)


@cs.task
def rounds_of_flaky(n, token, fails, x=0):
    note("rounds_of_flaky", n, token, fails, x)
    attempts[token] += 1
    if attempts[token] <= fails:
        raise ConnectionError(f"{token} attempt {attempts[token]}")
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


LOOPS = (
    down, down_lazy, odd, even, mixed, leave, graph, several, looped_graph, through_flow
)  # fmt: skip
LOOPS_ASYNC = (a_down, to_async)
MORE_LOOPS = (
    to_router, to_map, to_skipped, to_skipped_root, tail_skipped, to_retry, rounds_of_flaky, walk
)  # fmt: skip
STEPS = (walk, stride)
STEPS_ASYNC = (a_walk,)
