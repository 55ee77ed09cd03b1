"""Tasks that take their time, which is virtual: see `clock`. A parameter called `seconds` says how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import cascade as cs

from . import clock
from .pool import attempts, note, raise_chosen


@cs.resource
async def slow_channel() -> AsyncIterator[str]:
    await asyncio.sleep(0.375)
    note("open slow_channel")
    try:
        yield "slow_channel"
    finally:
        try:
            await asyncio.sleep(0.125)
        finally:  # a cancellation during the teardown reaches it
            note("close slow_channel")


@cs.task
async def a_nap(x, seconds):
    note("a_nap", x, seconds)
    await asyncio.sleep(seconds)
    note("a_nap ends", x)
    return x


@cs.task
async def a_two_naps(x, seconds, y=None):
    note("a_two_naps", x, y)
    try:
        await asyncio.sleep(seconds)
        note("a_two_naps goes on", x)
        await asyncio.sleep(seconds)
    finally:
        note("a_two_naps ends", x)
    return [x, y]


@cs.task
async def a_nap_fail(x, seconds, kind):
    note("a_nap_fail", x, kind)
    await asyncio.sleep(seconds)
    raise_chosen(kind, x)
    return x


@cs.task
async def a_nap_flaky(token, fails, seconds, x=0):
    note("a_nap_flaky", token, fails, x)
    await asyncio.sleep(seconds)
    attempts[token] += 1
    if attempts[token] <= fails:
        raise ConnectionError(f"{token} attempt {attempts[token]}")
    return x


@cs.task
async def a_nap_reads(x, seconds, source=cs.inject("slow_channel")):
    note("a_nap_reads", x, source)
    await asyncio.sleep(seconds)
    note("a_nap_reads ends", x)
    return [x, source]


@cs.task(mode="blocking")
def b_nap(x, seconds):
    note("b_nap", x, seconds)
    clock.nap(seconds)
    return x


@cs.task
def s_nap(x, seconds):
    """In a thread, and so really asleep, only where it has a timeout."""
    note("s_nap", x, seconds)
    clock.nap(seconds)
    return x


@cs.task
async def a_nap_count(n, seconds, x=0):
    note("a_nap_count", n, x)
    await asyncio.sleep(seconds)
    return cs.TailCall(kwargs={"n": n - 1, "x": a_nap(n, seconds)}) if n > 1 else x


@cs.task
async def a_nap_down(n, seconds, x=0, source=cs.inject("slow_channel")):
    note("a_nap_down", n, x)
    await asyncio.sleep(seconds)
    return a_nap_down(n - 1, seconds, [a_nap("left", seconds), a_nap("right", seconds + 1)]) if n > 1 else x


@cs.task
async def a_nap_step(n, seconds, x=0):
    note("a_nap_step", n, x)
    await asyncio.sleep(seconds)
    return cs.Jump("exit", x) if n <= 0 else cs.Jump("again" if n != 2 else "other", {"n": n - 1})


OF_RUN = ("slow_channel",)
RESOURCES = (slow_channel,)
PLAIN = (a_nap, a_two_naps, a_nap_reads, b_nap, s_nap)
FAILING = (a_nap_fail,)
LOOPS = (a_nap_count, a_nap_down)
STEPS = (a_nap_step,)
MAPPED = {"a_nap": ["x", "seconds"], "b_nap": ["x", "seconds"], "a_nap_fail": ["x", "seconds", "kind"]}
