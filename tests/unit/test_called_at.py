"""The place that errors of a run name is the call of it, whoever starts what it gave: no line of asyncio's."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

import cascade as cs


def plain() -> None:
    raise NotImplementedError


async def in_a_group(given: Any) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(given)


STARTS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "await": lambda given: given,
    "task": asyncio.ensure_future,
    "gather": asyncio.gather,
    "wait_for": partial(asyncio.wait_for, timeout=30),
    "group": in_a_group,
}


def refused(error: BaseException) -> cs.CascadeError:
    """The error itself, out of the groups around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, cs.CascadeError)
    return error


def line() -> int:
    return sys._getframe(1).f_lineno


@pytest.mark.parametrize("use_vm", [False, True])
@pytest.mark.parametrize("start", STARTS)
def test_the_call_of_run_is_named(start: str, use_vm: bool) -> None:
    called = 0

    async def main() -> None:
        nonlocal called
        called = line() + 1
        given = cs.Engine().run(plain, use_vm=use_vm)  # type: ignore[call-overload]
        await STARTS[start](given)

    with pytest.raises((cs.CascadeError, BaseExceptionGroup)) as caught:
        asyncio.run(main())
    place = refused(caught.value).location  # type: ignore[attr-defined]
    assert (place.path, place.line) == (__file__, called)


def test_run_may_be_given_to_asyncio_itself() -> None:
    with pytest.raises(cs.CascadeError) as caught:
        asyncio.run(cs.Engine().run(plain))  # type: ignore[call-overload]
    place = caught.value.location  # type: ignore[attr-defined]
    assert (place.path, "cs.Engine().run(plain)" in str(caught.value)) == (__file__, True)


def test_what_a_task_compiles_is_its_own_call() -> None:
    called = 0

    @cs.task
    def compiles() -> None:
        nonlocal called
        called = line() + 1
        cs.aot(plain)

    with pytest.raises(cs.CascadeError) as caught:
        asyncio.run(cs.Engine().run(compiles))
    assert caught.value.location.line == called  # type: ignore[attr-defined]


def test_a_thread_of_nobody_names_no_place() -> None:
    found: list[Exception] = []

    before, threading.excepthook = threading.excepthook, lambda given: found.append(given.exc_value)  # type: ignore
    try:
        thread = threading.Thread(target=cs.run, args=(plain,))
        thread.start()
        thread.join(30)
    finally:
        threading.excepthook = before
    assert [getattr(one, "location", "none") for one in found] == [None]


def test_it_is_a_coroutine_like_those_of_coroutine_functions() -> None:
    given = cs.Engine().run(cs.task(plain))
    assert inspect.iscoroutine(given)
    assert (given.__name__, given.__qualname__) == ("run", "Engine.run")
    given.close()
    if sys.version_info >= (3, 12):
        assert inspect.iscoroutinefunction(cs.Engine().run)
