"""Sync tasks in worker threads."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from cascade_gen.runtime.threads import Threads
from cascade_gen.runtime.workers import blocking

ROOT = Path(__file__).resolve().parents[2]

user: ContextVar[str] = ContextVar("user", default="nobody")


class Gate:
    """A function that tells when it begins and waits to be let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        self.begun.set()
        assert self.open.wait(30)
        return self.calls

    async def entered(self) -> None:
        while not self.begun.is_set():
            await asyncio.sleep(0.001)


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_calls_with_its_arguments_in_another_thread() -> None:
    def where(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs, threading.current_thread()

    args, kwargs, thread = asyncio.run(blocking(where, 1, func=2))
    assert (args, kwargs) == ((1,), {"func": 2})
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_context_variables_are_copied() -> None:
    def look() -> str:
        seen = user.get()
        user.set("changed in the thread")
        return seen

    async def main() -> None:
        user.set("somebody")
        assert await blocking(look) == "somebody"
        assert user.get() == "somebody"

    asyncio.run(main())


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3), asyncio.CancelledError()])
def test_exceptions_come_out_as_themselves(error: BaseException) -> None:
    def fail() -> None:
        raise error

    async def main() -> None:
        with pytest.raises(type(error)) as caught:
            await blocking(fail)
        assert caught.value is error

    asyncio.run(main())


def test_stop_iteration_becomes_what_it_becomes_in_a_coroutine() -> None:
    def stop() -> None:
        raise StopIteration("over")

    async def plain() -> None:
        stop()

    for awaited in (plain, lambda: blocking(stop)):
        with pytest.raises(RuntimeError, match="coroutine raised StopIteration") as caught:
            asyncio.run(awaited())
        assert isinstance(caught.value.__cause__, StopIteration)


def test_the_event_loop_goes_on_meanwhile() -> None:
    async def main() -> None:
        gate = Gate()
        task = asyncio.create_task(blocking(gate))
        await gate.entered()
        gate.open.set()
        assert await task == 1

    asyncio.run(main())


def test_a_full_default_executor_does_not_starve_it() -> None:
    async def main() -> None:
        gate = Gate()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        occupied = loop.run_in_executor(None, gate)
        await gate.entered()
        assert await blocking(lambda: "done") == "done"
        gate.open.set()
        await occupied

    asyncio.run(main())


def test_a_hundred_may_wait_for_each_other() -> None:
    async def main() -> None:
        barrier = threading.Barrier(100)
        await asyncio.gather(*(blocking(barrier.wait, 30) for _ in range(100)))

    asyncio.run(main())


def test_threads_are_used_again() -> None:
    async def main() -> set[threading.Thread]:
        threads = Threads(8, "reused")
        return {await threads.run(threading.current_thread) for _ in range(20)}

    assert len(asyncio.run(main())) == 1


def test_never_more_threads_than_allowed_and_all_jobs_done_in_order() -> None:
    async def main() -> None:
        threads, started, at_work, most = Threads(3, "few"), list[int](), set[threading.Thread](), 0
        lock = threading.Lock()

        def job(number: int) -> int:
            nonlocal most
            with lock:
                started.append(number)
                at_work.add(threading.current_thread())
                most = max(most, len(at_work))
            time.sleep(0.001)
            with lock:
                at_work.discard(threading.current_thread())
            return number

        def bound(number: int) -> Callable[[], int]:
            return lambda: job(number)

        numbers = list(range(30))
        assert await asyncio.gather(*(threads.run(bound(number)) for number in numbers)) == numbers
        assert sorted(started) == numbers
        assert 1 <= most <= 3

    asyncio.run(main())


def test_a_cancelled_call_is_abandoned_and_its_place_is_free() -> None:
    async def main() -> None:
        threads, gate = Threads(1, "alone"), Gate()
        running = asyncio.create_task(threads.run(gate))
        await gate.entered()
        waiting = asyncio.create_task(threads.run(lambda: "next"))
        await asyncio.sleep(0)
        await cancelled(running)
        assert await waiting == "next"  # the gate is still shut
        gate.open.set()
        assert await threads.run(lambda: "after") == "after"

    asyncio.run(main())


def test_a_call_cancelled_before_it_has_a_thread_is_never_made() -> None:
    async def main() -> None:
        threads, gate, never = Threads(1, "alone"), Gate(), Gate()
        running = asyncio.create_task(threads.run(gate))
        await gate.entered()
        waiting = asyncio.create_task(threads.run(never))
        await asyncio.sleep(0)
        await cancelled(waiting)
        gate.open.set()
        assert await running == 1
        assert await threads.run(lambda: "later") == "later"
        assert never.calls == 0

    asyncio.run(main())


def test_a_timeout_does_not_wait_for_the_thread() -> None:
    async def main() -> None:
        gate = Gate()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await blocking(gate)
        assert not gate.open.is_set()
        gate.open.set()

    asyncio.run(main())


def test_a_thread_that_outlives_its_event_loop_does_no_harm() -> None:
    gate = Gate()

    async def main() -> None:
        task = asyncio.create_task(blocking(gate))
        await gate.entered()
        task.cancel()

    asyncio.run(main())
    gate.open.set()
    assert asyncio.run(blocking(lambda: "still fine")) == "still fine"


def test_an_abandoned_thread_does_not_hold_up_the_end_of_the_program() -> None:
    program = """
        import asyncio, time
        from cascade_gen.runtime.workers import blocking

        async def main():
            async with asyncio.timeout(0.05):
                await blocking(time.sleep, 3600)

        asyncio.run(main())
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith("TimeoutError\n")


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_forked_child_has_threads_of_its_own() -> None:
    program = """
        import asyncio, os, sys
        from cascade_gen.runtime.workers import blocking

        assert asyncio.run(blocking(int, "1")) == 1
        child = os.fork()
        if child == 0:
            asyncio.run(asyncio.wait_for(blocking(int, "2"), 30))
            os._exit(7)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, timeout=60)
    assert ended.returncode == 7
