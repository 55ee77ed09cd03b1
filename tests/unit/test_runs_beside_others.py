"""Runs of one engine beside each other: a sync one that has to wait leaves the others the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import cascade as cs

PATIENCE = 60.0


@cs.task
async def holding(started: asyncio.Event, n: int = 3) -> Any:
    started.set()
    await asyncio.sleep(0.005)
    return n if n == 0 else cs.tail(holding, n=n - 1)


@cs.task
def plain(n: int) -> int:
    return n


@cs.task
def counting(n: int) -> Any:
    return n if n == 0 else cs.tail(counting, n - 1)


@cs.task
def handing_on(n: int) -> Any:
    return plain(n).with_constraints(gpu=1)


SYNC: dict[str, Any] = {
    "a call": lambda: plain(7).with_constraints(gpu=1),
    "a loop": lambda: counting(3).with_constraints(gpu=1),
    "a returned call": lambda: handing_on(7),
}


def outcome(main: Any) -> Any:
    """What a coroutine gives, in a thread of its own that is left alone if its event loop comes to a stop."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(main())), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found, "the event loop stands still"
    return found[0]


@pytest.mark.parametrize("use_vm", [False, True])
@pytest.mark.parametrize("workflow", SYNC)
def test_a_sync_run_waits_for_what_another_holds(workflow: str, use_vm: bool) -> None:
    async def main() -> Any:
        engine, started = cs.Engine(None, {"gpu": 1}), asyncio.Event()
        first = asyncio.create_task(engine.run(holding(started).with_constraints(gpu=1), use_vm=use_vm))
        await started.wait()
        return await engine.run(SYNC[workflow](), use_vm=use_vm), await first

    assert outcome(main) == (0 if workflow == "a loop" else 7, 0)


@pytest.mark.parametrize("use_vm", [False, True])
def test_a_sync_run_is_paused_and_resumed_by_the_event_loop(use_vm: bool) -> None:
    async def main() -> Any:
        engine = cs.Engine()
        engine.governor.pause("task:plain")
        asyncio.get_running_loop().call_later(0.02, engine.governor.resume, "task:plain")
        return await engine.run(plain(7), use_vm=use_vm)

    assert outcome(main) == 7


@cs.task
async def fetch(n: int) -> int:
    return n


def hidden(n: int) -> Any:
    return fetch(n)


@cs.task
def meeting(n: int) -> Any:
    return hidden(n)


@cs.task
def given(n: int, x: int = 0) -> Any:
    return x if n == 0 else cs.TailCall([n - 1, hidden(n)])


@pytest.mark.parametrize("use_vm", [False, True])
@pytest.mark.parametrize("task", [meeting, given])
def test_a_sync_run_refuses_async_work_that_it_meets_though_it_is_awaited(task: Any, use_vm: bool) -> None:
    async def main() -> Any:
        return await cs.Engine(None, {"gpu": 1}).run(task(1).with_constraints(gpu=1), use_vm=use_vm)

    with pytest.raises(cs.CascadeError, match=r"'fetch' is async, but it was met only now, in a sync run"):
        asyncio.run(main())
