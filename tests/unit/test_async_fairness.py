"""Loops that never await give others on the event loop their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import cascade as cs

from .async_runs import WAYS, Runs


@pytest.fixture(params=WAYS)
def runs(request: pytest.FixtureRequest) -> Runs:
    return Runs(request.param)


class Heart:
    """Beats beside a loop, which goes on until it has beaten often, or for so many rounds that it never will."""

    ENOUGH = 20

    def __init__(self) -> None:
        self.beats = 0

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self.beats += 1

    def goes_on(self, n: int) -> bool:
        return self.beats < self.ENOUGH and n < 20_000_000


@cs.task
async def spins(heart, n=0):
    return cs.tail(spins, n=n + 1) if heart.goes_on(n) else n


@cs.task
async def recurs(heart, n=0):
    return recurs(heart, n + 1) if heart.goes_on(n) else n


@cs.task
async def swings(heart, n=0):
    return cs.tail(swings_back, heart, n + 1) if heart.goes_on(n) else n


@cs.task
def swings_back(heart, n=0):
    return cs.tail(swings, heart, n + 1) if heart.goes_on(n) else n


@cs.task
async def turns(heart, n=0):
    if not heart.goes_on(n):
        return n
    return cs.tail(turns_left, heart, n + 1) if n % 2 else cs.tail(turns_right, heart, n + 1)


@cs.task
def turns_left(heart, n):
    return cs.tail(turns, heart, n + 1)


@cs.task
async def turns_right(heart, n):
    return cs.tail(turns, heart, n)


@cs.task
async def jumps(heart, n=0):
    return cs.Jump("again", {"n": n + 1}) if heart.goes_on(n) else cs.Jump("end", n)


@cs.task
def plainly(heart, n=0):
    return cs.tail(plainly, n=n + 1) if heart.goes_on(n) else n


@cs.task
async def retries(heart, n=0):
    return retries(heart, n + 1).with_retry(2) if heart.goes_on(100 * n) else n


@cs.task
async def routes(heart, n=0):
    return cs.Router("on", {"on": routes(heart, n + 1)}) if heart.goes_on(100 * n) else n


@cs.task
async def zero():
    return 0


def machine(heart: Heart) -> Any:
    step = jumps(heart)
    return cs.bind(step, cs.select_jump({"again": step, "end": None}))


async def beside_a_heart(start: Callable[[Heart], Awaitable[Any]]) -> Heart:
    """Run what `start` gives beside a heart that has begun to beat."""
    heart = Heart()
    beating = asyncio.create_task(heart.beat())
    await asyncio.sleep(0)
    await start(heart)
    beating.cancel()
    return heart


@pytest.mark.parametrize(
    "loop",
    [
        spins,
        recurs,
        swings,
        turns,
        machine,
        lambda heart: plainly(heart, zero()),
        lambda heart: [spins(heart), recurs(heart), spins(heart)],
        retries,
        routes,
    ],
    ids=[
        "tail calls",
        "recursion",
        "mutual",
        "a star",
        "jumps",
        "sync task",
        "three loops",
        "returned calls",
        "returned routes",
    ],
)
def test_others_have_their_turn_beside_a_spinning_loop(runs: Runs, loop: Callable[[Heart], Any]) -> None:
    heart = asyncio.run(beside_a_heart(lambda heart: runs.start(loop(heart))))
    assert heart.beats >= Heart.ENOUGH


@pytest.mark.parametrize("loop", [spins, swings], ids=["tail calls", "mutual"])
def test_a_loop_that_never_yields_keeps_the_event_loop(loop: Callable[..., Any]) -> None:
    async def start(heart: Heart) -> None:
        assert await cs.aot(loop(heart, 19_900_000), yield_every=0)() == 20_000_000
        assert heart.beats == 0

    asyncio.run(beside_a_heart(start))
