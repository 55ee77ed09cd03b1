"""Waiting for a coroutine from plain code, with and without a running event loop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from cascade_gen.runtime.wait import wait

ROOT = Path(__file__).resolve().parents[2]

user: ContextVar[str] = ContextVar("user", default="nobody")


async def inside(function: Any) -> Any:
    """Call a plain function while an event loop runs."""
    return function()


def both_ways(function: Any) -> list[Any]:
    """What `function` gives without a running event loop, and within one."""
    return [function(), asyncio.run(inside(function))]


async def give(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def fail(error: BaseException) -> Any:
    await asyncio.sleep(0)
    raise error


def test_gives_the_result() -> None:
    assert both_ways(lambda: wait(lambda: give([1]))) == [[1], [1]]


@pytest.mark.parametrize("error", [ValueError("bad"), TimeoutError("own"), SystemExit(3), KeyboardInterrupt()])
def test_raises_exceptions_as_themselves(error: BaseException) -> None:
    def call() -> BaseException:
        with pytest.raises(type(error)) as caught:
            wait(lambda: fail(error))
        return caught.value

    outside, within = both_ways(call)
    assert outside is error
    assert within is error


def test_a_cancellation_comes_out_as_one() -> None:
    def call() -> None:
        with pytest.raises(asyncio.CancelledError):
            wait(lambda: fail(asyncio.CancelledError()))

    both_ways(call)


def test_without_a_loop_it_stays_in_this_thread_and_with_one_it_does_not() -> None:
    async def thread() -> threading.Thread:
        return threading.current_thread()

    outside, within = both_ways(lambda: wait(thread))
    assert outside is threading.current_thread()
    assert within is not threading.current_thread()
    assert within.daemon


def test_context_variables_are_copied() -> None:
    async def look() -> str:
        seen = user.get()
        user.set("changed inside")
        return seen

    def call() -> tuple[str, str]:
        token = user.set("somebody")
        try:
            return wait(look), user.get()
        finally:
            user.reset(token)

    assert both_ways(call) == [("somebody", "somebody")] * 2


def test_tasks_left_over_are_cancelled() -> None:
    ended: list[str] = []

    async def left_over() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("ended")

    async def main() -> None:
        main.task = asyncio.create_task(left_over())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    both_ways(lambda: wait(main))
    assert ended == ["ended", "ended"]


def test_waits_nest() -> None:
    async def middle() -> Any:
        return wait(lambda: give("innermost"))

    assert both_ways(lambda: wait(middle)) == ["innermost", "innermost"]


def interrupted(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program and send it Ctrl-C when it says that it is ready; gives what it did then."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


SLEEPER = """
    import asyncio, signal
    from cascade_gen.runtime.wait import wait

    async def sleeper():
        try:
            print("ready", flush=True)
            await asyncio.sleep(3600)
        finally:
            print("cleaned up", flush=True)

    async def main():
        {before}
        wait(sleeper)

    try:
        {run}
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process there")
@pytest.mark.parametrize(
    ("before", "run"),
    [
        ("pass", "wait(sleeper)"),
        # asyncio makes a cancellation of the first Ctrl-C
        ("pass", "asyncio.run(main())"),
        # elsewhere, in notebooks for one, it is a KeyboardInterrupt at once
        ("signal.signal(signal.SIGINT, signal.default_int_handler)", "asyncio.run(main())"),
    ],
)
def test_ctrl_c_cancels_what_is_waited_for(before: str, run: str) -> None:
    ended = interrupted(SLEEPER.format(before=before, run=run))
    assert ended.stdout == "cleaned up\ninterrupted\n"
    assert ended.returncode == 0
