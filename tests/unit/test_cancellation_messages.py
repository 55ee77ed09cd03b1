"""What a cancellation or a timeout says reaches all that it ends, as with plain coroutines."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import cascade as cs

from .async_runs import WAYS, Runs

told: list[tuple[str, type[BaseException], tuple[Any, ...]]] = []


@pytest.fixture(params=WAYS)
def runs(request: pytest.FixtureRequest) -> Runs:
    told.clear()
    return Runs(request.param)


def tell(name: str, error: BaseException) -> None:
    told.append((name, type(error), error.args))


@cs.resource
def plain():
    try:
        yield 1
    except BaseException as error:
        tell("plain", error)
        raise


@cs.resource(scope="task")
async def hosted():
    try:
        yield 1
    except BaseException as error:
        tell("hosted", error)
        raise


@cs.resource
async def endless():
    try:
        await asyncio.Event().wait()
        yield 1
    except BaseException as error:
        tell("endless", error)
        raise


@cs.task
async def waits(name: str) -> None:
    try:
        await asyncio.Event().wait()
    except BaseException as error:
        tell(name, error)
        raise


@cs.task
async def uses(name: str, one: int = cs.inject("plain"), other: int = cs.inject("hosted")) -> None:
    await asyncio.Event().wait()


@cs.task
async def begins(one: int = cs.inject("endless")) -> None:
    return None


@cs.task
def pair(*values: Any) -> None:
    return None


SHAPES = {
    "alone": (lambda: pair(waits("a")), ["a"]),
    "a row": (lambda: pair(waits("a"), waits("b")), ["a", "b"]),
    "rows in a row": (lambda: pair(pair(waits("a"), waits("b")), waits("c")), ["a", "b", "c"]),
    "a map": (lambda: waits.map(name=["a", "b"]), ["a", "b"]),
    "policies": (lambda: pair(waits("a").with_retry(2), waits("b").with_timeout(60)), ["a", "b"]),
    "resources": (lambda: pair(uses("a"), waits("b")), ["b", "hosted", "plain"]),
    "the making of a resource": (lambda: pair(begins(), waits("b")), ["b", "endless"]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_message_of_a_cancellation_reaches_all(runs: Runs, shape: str) -> None:
    make, names = SHAPES[shape]

    async def main() -> tuple[Any, ...]:
        task = asyncio.ensure_future(runs.start(make(), (plain, hosted, endless)))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel("because")
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        return caught.value.args

    assert asyncio.run(main()) == ("because",)
    assert sorted(told) == [(name, asyncio.CancelledError, ("because",)) for name in names]


@cs.task
async def goes_round(n: int, one: int = cs.inject("plain"), other: int = cs.inject("hosted")) -> Any:
    return cs.tail(goes_round, n=n - 1) if n else await asyncio.Event().wait()


TIMED = {
    "uses": lambda: uses("a").with_timeout(0.01),
    "a row": lambda: pair(uses("a").with_timeout(0.01), uses("b")),
    "goes_round": lambda: goes_round(3).with_timeout(0.01),
}


@pytest.mark.parametrize("shape", TIMED)
def test_resources_are_told_what_took_too_long(runs: Runs, shape: str) -> None:
    with pytest.raises(TimeoutError) as caught:
        asyncio.run(runs.start(TIMED[shape](), (plain, hosted)))
    name = "goes_round" if shape == "goes_round" else "uses"
    said = (f"'{name}' took more than 0.01 s",)
    assert caught.value.args == said
    assert told[-2:] == [("hosted", TimeoutError, said), ("plain", TimeoutError, said)]
