"""Sync tasks in worker processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cascade_gen.runtime import processes
from cascade_gen.runtime.errors import CascadeError, NotPicklableError, WorkerDiedError
from cascade_gen.runtime.workers import compute

from . import worker_jobs as jobs

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs signals and fork")


def call(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(compute(func, *args, **kwargs))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fails if it doesn't come true."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_calls_in_another_process() -> None:
    assert call(jobs.add, 1, b=2) == 3
    assert call(jobs.process_id) != os.getpid()


def test_finds_functions_behind_task_objects_and_in_classes() -> None:
    assert call(jobs.doubled.func, 21) == 42
    assert call(jobs.Holder.inner, 1) == 2
    assert call(len, "abc") == 3


def test_processes_are_used_again_and_work_at_the_same_time() -> None:
    async def main() -> None:
        ids = [await compute(jobs.process_id) for _ in range(5)]
        assert len(set(ids)) == 1
        assert await asyncio.gather(*(compute(jobs.add, n, n) for n in range(20))) == list(range(0, 40, 2))

    asyncio.run(main())


def test_large_arguments_pass() -> None:
    assert call(jobs.echo_size, bytes(5_000_000)) == 5_000_000


@pytest.mark.parametrize("error", [KeyError("k"), ValueError(1, "two"), SystemExit(3), OSError(2, "gone", "f")])
def test_exceptions_come_out_with_their_type_and_arguments(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        call(jobs.raise_this, error)
    assert type(caught.value) is type(error)
    assert caught.value.args == error.args
    assert str(caught.value) == str(error)
    assert "in raise_this" in str(caught.value.__cause__)  # the traceback of the worker


def test_the_traceback_ends_in_the_lines_that_failed_in_the_worker() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        call(jobs.open_missing)
    told = traceback.extract_tb(caught.value.__traceback__)
    first = next(number for number, one in enumerate(told) if one.filename == jobs.__file__)
    assert (told[first].name, told[first].line) == (
        "open_missing",
        'Path("/does/not/exist").read_text(encoding="utf-8")',
    )
    assert told[-1].filename.endswith("pathlib.py")
    shown = "".join(traceback.format_list(told[first:]))
    assert shown in textwrap.dedent(str(caught.value.__cause__))


def test_a_traceback_that_is_deep_comes_out_too() -> None:
    with pytest.raises(RecursionError) as caught:
        call(jobs.recurse)
    told = traceback.extract_tb(caught.value.__traceback__)
    assert [one.name for one in told].count("recurse") > 100


def test_exceptions_that_pickle_badly_come_out_unchanged_too() -> None:
    with pytest.raises(jobs.NeedsTwo) as two:
        call(jobs.raise_needs_two)
    assert (two.value.args, two.value.code) == (("404: not found",), 404)
    with pytest.raises(jobs.Prefixing) as prefixing:
        call(jobs.raise_prefixing)
    assert prefixing.value.args == ("prefixed text",)
    with pytest.raises(FileNotFoundError) as missing:
        call(jobs.open_missing)
    assert missing.value.filename == "/does/not/exist"


def test_an_exception_of_a_local_class_is_told_in_words() -> None:
    with pytest.raises(NotPicklableError, match=r"raise_local.*\n[^$]*nobody finds this class"):
        call(jobs.raise_local)


def test_stop_iteration_becomes_what_it_becomes_in_a_coroutine() -> None:
    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        call(jobs.stop_iteration)


def local_function() -> Callable[[], int]:
    def inner() -> int:
        return 1

    return inner


class Callable_:
    def __call__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("func", "name"),
    [
        (lambda: 1, "<lambda>"),
        (local_function(), "local_function.<locals>.inner"),
        (jobs.Holder().method, "Holder.method"),
        (Callable_(), "Callable_"),
    ],
)
def test_a_function_that_names_cannot_find_is_an_error_naming_it(func: Callable[[], Any], name: str) -> None:
    with pytest.raises(NotPicklableError) as caught:
        call(func)
    assert name in str(caught.value)
    assert isinstance(caught.value, CascadeError)
    assert isinstance(caught.value, TypeError)


def test_a_function_of_an_interactive_session_is_an_error_naming_it() -> None:
    program = """
        import asyncio
        from cascade_gen.runtime.workers import compute

        def task(): pass

        asyncio.run(compute(task))
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    last = ended.stderr.strip().splitlines()[-1]
    assert "NotPicklableError: __main__.task cannot run in a worker process" in last
    assert "interactive session" in last


def test_an_argument_that_cannot_be_sent_is_named() -> None:
    with pytest.raises(NotPicklableError, match=r"argument 2 of .*jobs\.add"):
        call(jobs.add, 1, lambda: 2)
    with pytest.raises(NotPicklableError, match=r"argument 'b' of .*jobs\.add"):
        call(jobs.add, 1, b=lambda: 2)
    with pytest.raises(NotPicklableError, match=r"jobs\.echo_size.*could not make the call"):
        call(jobs.echo_size, jobs.Unreadable())


def test_a_result_that_cannot_be_sent_back_is_an_error_naming_the_function() -> None:
    with pytest.raises(NotPicklableError, match=r"jobs\.lambdas"):
        call(jobs.lambdas)
    with pytest.raises(NotPicklableError, match=r"jobs\.unreadable"):
        call(jobs.unreadable)


def test_a_worker_that_dies_fails_its_own_call_only() -> None:
    async def main() -> None:
        results = await asyncio.gather(
            compute(jobs.die, 3), *(compute(jobs.add, n) for n in range(5)), return_exceptions=True
        )
        assert results[1:] == list(range(5))
        assert isinstance(results[0], WorkerDiedError)
        assert "exit code 3" in str(results[0])
        assert "jobs.die" in str(results[0])
        assert await compute(jobs.add, 1) == 1

    asyncio.run(main())


@POSIX
def test_the_signal_that_killed_a_worker_is_told() -> None:
    with pytest.raises(WorkerDiedError, match="signal 9"):
        call(jobs.be_killed)


@POSIX
def test_a_worker_that_dies_is_noticed_though_its_children_live() -> None:
    with pytest.raises(WorkerDiedError, match="exit code 5"):
        call(jobs.die_leaving_a_child)


@POSIX
def test_a_worker_that_died_at_rest_is_replaced() -> None:
    first = call(jobs.process_id)
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first))
    assert call(jobs.process_id) != first


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell")
def test_ctrl_c_does_not_reach_what_starts_workers() -> None:
    ignored, blocked, server = call(jobs.interrupts)
    assert (ignored, blocked) == (True, False)
    (mask,) = re.findall(r"^SigBlk:\s*(\w+)$", Path(f"/proc/{server}/status").read_text(encoding="utf-8"), re.M)
    assert int(mask, 16) & 1 << signal.SIGINT - 1


@POSIX
def test_cancelling_kills_the_process(tmp_path: Path) -> None:
    mark = tmp_path / "pid"

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60) as limit:
                task = asyncio.create_task(compute(jobs.sleep_after_touching, str(mark), 3600))
                while not (mark.exists() and mark.read_text()):
                    await asyncio.sleep(0.01)
                limit.reschedule(0)
                await task
        assert await compute(jobs.add, 1) == 1

    asyncio.run(main())
    process = int(mark.read_text())
    until(lambda: not alive(process))


def test_cancelling_does_not_wait_for_a_worker_that_starts() -> None:
    async def main() -> None:
        task = asyncio.create_task(compute(jobs.add, 1))
        with processes._pool.lock:  # as while a process starts
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert call(jobs.add, 1) == 1


def test_the_task_sees_the_callers_directory_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call(jobs.process_id)  # a worker started before either changes
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASCADE_TEST_VALUE", "set later")
    assert call(jobs.surroundings, "CASCADE_TEST_VALUE") == (str(tmp_path), "set later")
    monkeypatch.delenv("CASCADE_TEST_VALUE")
    assert call(jobs.surroundings, "CASCADE_TEST_VALUE")[1] is None


def test_modules_are_looked_up_where_the_caller_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        source = f"def which():\n    return {folder!r}\n"
        (tmp_path / folder / "worker_module_of_two_places.py").write_text(source)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / folder)
            patch.delitem(sys.modules, "worker_module_of_two_places", raising=False)
            module = __import__("worker_module_of_two_places")
            assert call(module.which) == folder
            patch.delitem(sys.modules, "worker_module_of_two_places")


def script(tmp_path: Path, body: str) -> list[str]:
    path = tmp_path / "script.py"
    head = f"""
        import asyncio, os, sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from cascade_gen.runtime.workers import compute

        def task(seconds=0.0):
            print("ready", flush=True)
            time.sleep(seconds)
            print("told late")
            return "done"
    """
    path.write_text(textwrap.dedent(head) + textwrap.dedent(body))
    return [sys.executable, str(path)]


def test_a_script_may_run_its_own_functions(tmp_path: Path) -> None:
    body = """
        if __name__ == "__main__":
            print(asyncio.run(compute(task)))
    """
    ended = subprocess.run(script(tmp_path, body), capture_output=True, text=True, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("ready\ntold late\ndone\n", "", 0)


def test_a_script_without_a_guard_is_told_what_is_wrong(tmp_path: Path) -> None:
    ended = subprocess.run(script(tmp_path, "asyncio.run(compute(task))"), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "if __name__ == '__main__':" in ended.stderr.strip().splitlines()[-1]


@POSIX
def test_ctrl_c_ends_the_program_at_once_and_leaves_no_process(tmp_path: Path) -> None:
    body = """
        if __name__ == "__main__":
            asyncio.run(compute(task, 3600))
    """
    process = subprocess.Popen(
        script(tmp_path, body),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all of them get it
    # the pipes end when the last process that holds them has ended
    _, err = process.communicate(timeout=60)
    assert err.count("Traceback (most recent call last)") <= 2  # the program's own: CancelledError, then Ctrl-C
    assert err.endswith("KeyboardInterrupt\n")


def test_a_task_may_use_processes_itself(tmp_path: Path) -> None:
    body = """
        def outer():
            return asyncio.run(compute(task)), os.getpid()

        if __name__ == "__main__":
            result, process = asyncio.run(compute(outer))
            print(result, process != os.getpid())
    """
    ended = subprocess.run(script(tmp_path, body), capture_output=True, text=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == "done True"
    assert ended.returncode == 0
