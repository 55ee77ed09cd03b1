"""Cancellations and failures at any point of a run leave nothing behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

import cascade as cs

from .async_runs import PATIENCE, WAYS, Runs, forget, log

MOST_STEPS = 43
"""The steps that the workflow makes when nothing disturbs it."""

steps: list[int] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()
    steps.clear()


@pytest.fixture(params=WAYS)
def runs(request: pytest.FixtureRequest) -> Runs:
    return Runs(request.param)


async def step() -> None:
    """A turn for others, counted."""
    steps.append(1)
    await asyncio.sleep(0)


def hold(name: str, base: Any = None) -> Iterator[str]:
    log.append(f"open {name}")
    try:
        yield name
    finally:
        log.append(f"close {name}")


@cs.resource
def pool():
    yield from hold("pool")


@cs.resource
async def session(base=cs.inject("pool")):
    await step()
    log.append("open session")
    try:
        await step()
        yield base
    finally:
        log.append("close session")
        await step()


@cs.resource(scope="task")
async def cursor(base=cs.inject("session")):
    log.append("open cursor")
    try:
        yield base
    finally:
        log.append("close cursor")
        await step()


@cs.task
async def query(name, source=cs.inject("session")):
    for _ in range(2):
        await step()
    return name


@cs.task
async def shaky(name, tries, source=cs.inject("pool")):
    await step()
    tries.append(name)
    if len(tries) % 3:
        raise OSError(name)
    return name


@cs.task
async def rounds(n, start, source=cs.inject("cursor")):
    await step()
    if n == 0:
        return ["end", *start]
    if n % 2:
        return cs.tail(rounds, n=n - 1)
    return rounds(n - 1, [query(f"round {n}"), query("beside").with_constraints(gpu=2)])


@cs.task(mode="blocking")
def in_a_thread(name):
    return name


class AsyncCache:
    """A policy that takes its time."""

    async def check(self, key, inputs):
        await step()
        return cs.MISS

    async def save(self, key, inputs, value):
        await step()


CACHE = AsyncCache()
RESOURCES = (pool, session, cursor)
CAPACITY = {"gpu": 2}


def everything() -> Any:
    """A workflow of rows in rows, maps, policies, resources, and a loop at the end."""
    shared = query("shared").with_constraints(gpu=1)
    tries: list[str] = []
    left = flat(
        query.map(name=["x", "y", shared])
        .with_constraints(gpu=1)
        .with_cache(CACHE)
        .after(shared)
        .run_if(query("yes"))
    )
    right = [shared, shaky("z", tries).with_retry(max_attempts=3).with_constraints(gpu=2), in_a_thread("t")]
    return rounds(4, [joined(left, right).with_timeout(PATIENCE), query("last")])


@cs.task
async def joined(left, right):
    await step()
    return f"{left}{right}"


@cs.task
async def flat(parts):
    return "".join(map(str, parts))


async def passes(most: int, task: asyncio.Task[Any]) -> None:
    """Let the event loop pass so often, or until the task is done."""
    for _ in range(most):
        if not task.done():
            await asyncio.sleep(0)


async def until(most: int, task: asyncio.Task[Any]) -> None:
    """Let the run make so many steps, or end."""
    while len(steps) < most and not task.done():
        await asyncio.sleep(0)


async def nothing_left(runs: Runs) -> None:
    """Nobody runs, nothing is held, and what was opened was closed in reverse."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    open_now: list[str] = []
    for line in log:
        what, _, name = line.partition(" ")
        if what == "open":
            open_now.append(name)
        elif what == "close":
            assert open_now.pop() == name, log
    assert open_now == []
    async with asyncio.timeout(PATIENCE), runs.governor.hold_async(CAPACITY):
        pass


@pytest.mark.parametrize("seed", range(40))
def test_a_cancellation_at_any_point_leaves_nothing_behind(runs: Runs, seed: int) -> None:
    dice = random.Random(seed)

    async def main() -> None:
        task = asyncio.ensure_future(runs.start(everything(), RESOURCES, CAPACITY))
        await until(dice.randrange(MOST_STEPS), task)
        await passes(dice.randrange(4), task)
        was_done = task.done()
        for _ in range(dice.choice([1, 1, 2, 3])):
            task.cancel()
            await passes(dice.randrange(4), task)
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.cancelled() != was_done, task
        await nothing_left(runs)

    asyncio.run(main())


def test_without_a_cancellation_that_workflow_ends(runs: Runs) -> None:
    async def main() -> None:
        async with asyncio.timeout(PATIENCE):
            assert await runs.start(everything(), RESOURCES, CAPACITY) == ["end", "round 2", "beside"]
        await nothing_left(runs)

    asyncio.run(main())
    assert len(steps) == MOST_STEPS
    assert {"open pool", "open session", "open cursor"} <= set(log)


@pytest.mark.parametrize("seed", range(10))
def test_a_failure_at_any_point_leaves_nothing_behind(runs: Runs, seed: int) -> None:
    most = random.Random(seed).randrange(MOST_STEPS)

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await runs.start([everything(), breaks(most)], RESOURCES, CAPACITY)
        await nothing_left(runs)

    asyncio.run(main())


@cs.task
async def breaks(most):
    while len(steps) < most:
        await asyncio.sleep(0)
    raise ZeroDivisionError(most)
