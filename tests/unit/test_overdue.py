"""What a timeout says on every path: who took too long and how long, and the line where it waited."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from cascade_gen.runtime import events

from .all_paths import saved

ROOT = Path(__file__).parents[2]

MODULE = """
import asyncio
import time

import cascade as cs


@cs.task
async def waits(seconds=5.0):
    await asyncio.sleep(seconds)


@cs.task
async def fetches(name):
    return name


@cs.task
async def joins(first, second):
    return first, second


@cs.task
async def gathers(seconds):
    async with asyncio.TaskGroup() as group:
        group.create_task(waits.func(seconds))


@cs.task
async def rounds(n):
    if n == 0:
        await asyncio.sleep(5)
    return cs.tail(rounds, n - 1)


@cs.task
def sleeps(seconds):
    time.sleep(seconds)


@cs.task(mode="compute")
def computes(seconds):
    time.sleep(seconds)


@cs.task
async def gives_up():
    async with asyncio.timeout(0.01):
        await asyncio.sleep(5)


@cs.task
async def explains():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError as error:
        raise ValueError("no answer") from error


@cs.task
async def raises():
    raise TimeoutError


@cs.resource
async def connection():
    try:
        yield 1
    finally:
        raise ValueError("can't be closed")


@cs.task
async def connects(n, to=cs.inject("connection")):
    await asyncio.sleep(n)


MADE = [waits]


@cs.task
async def returns_a_graph(n):
    return MADE[0](n).with_timeout(0.02)
"""

AWAITED = "waits: await asyncio.sleep(seconds)"

CASES: dict[str, tuple[str, str, str, str]] = {
    "a task": ("waits().with_timeout(0.02)", "waits", AWAITED, "task 'waits'; inputs: seconds: float"),
    "seconds that are an int": (
        "waits(1e3).with_timeout(1)",
        "waits",
        AWAITED,
        "task 'waits'; inputs: seconds: float",
    ),
    "beside another": (
        "joins(waits().with_timeout(0.02), fetches('a'))",
        "waits",
        AWAITED,
        "task 'waits'; inputs: seconds: float",
    ),
    "each of several": (
        "waits.map(seconds=[3, 4]).with_timeout(0.02)",
        "waits",
        AWAITED,
        "task 'waits'; inputs: seconds: int",
    ),
    "the last attempt": (
        "waits().with_retry(2).with_timeout(0.02)",
        "waits",
        AWAITED,
        "task 'waits', attempt 2 of 2; inputs: seconds: float",
    ),
    "a later round": (
        "rounds(2).with_timeout(0.02)",
        "rounds",
        "rounds: await asyncio.sleep(5)",
        "task 'rounds', round 3; inputs: n: int",
    ),
    "a group of asyncio's": (
        "gathers(5).with_timeout(0.02)",
        "gathers",
        "gathers: async with asyncio.TaskGroup() as group:",
        "task 'gathers'; inputs: seconds: int",
    ),
    "a graph that a task returned": (
        "returns_a_graph(5)",
        "waits",
        AWAITED,
        "task 'waits'; inputs: seconds: int",
    ),
    "a thread": (
        "sleeps(0.1).with_timeout(0.02)",
        "sleeps",
        "sleeps: def sleeps(seconds):",
        "task 'sleeps'; inputs: seconds: float",
    ),
    "a process": (
        "computes(5).with_timeout(0.02)",
        "computes",
        "computes: def computes(seconds):",
        "task 'computes'; inputs: seconds: int",
    ),
}


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module of the tasks, in a folder of its own."""
    folder = tmp_path_factory.mktemp("overdue")
    (folder / "overdue_tasks.py").write_text(MODULE)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield importlib.import_module("overdue_tasks")
    sys.path.remove(str(folder))


def build(text: str, tasks: ModuleType) -> Any:
    return eval(text, {"cs": cs, **vars(tasks)})


def failure(act: Callable[[], Any]) -> BaseException:
    """What a run raises, once it is awaited."""

    async def wait(awaitable: Any) -> Any:
        return await awaitable

    with pytest.raises(BaseException) as caught:
        result = act()
        if inspect.isawaitable(result):
            asyncio.run(wait(result))
    return caught.value


def vm(workflow: Any, resources: list[Any]) -> Any:
    blueprint = cs.BlueprintBuilder(resources).build(workflow, template=True)
    return cs.VirtualMachine().execute(blueprint, (), {})


def engine(workflow: Any, resources: list[Any]) -> Any:
    one = cs.Engine()
    for resource in resources:
        one.register(resource)
    return one.run(workflow)


WAYS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "cs.run": lambda workflow, resources: cs.run(workflow, resources=resources),
    "Engine": engine,
    "VirtualMachine": vm,
    "compiled": lambda workflow, resources: cs.aot(workflow, resources=resources)(),
    "run": lambda workflow, resources: cs.aot(workflow, resources=resources).run(),
    "not inlined": lambda workflow, resources: cs.aot(workflow, resources=resources, inline=False)(),
}


def entries(error: BaseException | None) -> list[str]:
    """The entries behind those of this file and of what it runs: `waits: await asyncio.sleep(seconds)`."""
    assert error is not None
    found = traceback.extract_tb(error.__traceback__)
    own = [number for number, one in enumerate(found) if one.filename == __file__]
    behind = found[own[-1] + 1 :] if own else found
    return [
        f"{one.name}: {one.line}"
        for one in behind
        if os.path.basename(one.filename) not in ("runners.py", "base_events.py")
    ]


def check(error: BaseException, case: str) -> None:
    text, name, line, note = CASES[case]
    assert type(error) is TimeoutError
    seconds = re.search(r"with_timeout\(([\d.]+)\)", text)
    assert str(error) == f"{name!r} took more than {seconds[1] if seconds else '0.02'} s"
    assert entries(error)[-1] == line
    assert not any("cascade" in one.filename for one in traceback.extract_tb(error.__traceback__)[-1:])
    assert error.__notes__ == [note]
    assert isinstance(error.__cause__, asyncio.CancelledError)
    assert entries(error.__cause__) == [line]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_who_took_too_long_and_where_it_waited(case: str, way: str, tasks: ModuleType) -> None:
    error = failure(lambda: WAYS[way](build(CASES[case][0], tasks), []))
    check(error, case)
    graph = case == "a graph that a task returned"  # of a moved one the line that went on with it is there too
    assert entries(error)[int(graph and len(entries(error)) == 2) :] == [CASES[case][2]]


@pytest.mark.parametrize("case", [one for one in CASES if one != "a graph that a task returned"])
def test_saved_modules_say_so_too(case: str, tasks: ModuleType, tmp_path: Path) -> None:
    compiled = cs.aot(build(CASES[case][0], tasks))
    check(failure(saved(compiled, tmp_path / "late.py")), case)


def interpreted(workflow: Any, bus: cs.MessageBus, resources: list[Any]) -> Any:
    return cs.run(workflow, bus=bus, resources=resources)


def compiled(workflow: Any, bus: cs.MessageBus, resources: list[Any]) -> Any:
    return cs.aot(workflow, observer=bus, resources=resources)()


def told(text: str, way: Callable[..., Any], tasks: ModuleType) -> tuple[BaseException, list[tuple[str, str]]]:
    """What a run raises, and what the errors of its events said when they were told."""
    bus, heard = cs.MessageBus(), list[tuple[str, str]]()
    for kind in (events.TaskRetrying, events.TaskExecutionFinished, events.RunFinished):
        bus.subscribe(kind, lambda one: heard.append((type(one).__name__, str(one.error))) if one.error else None)
    return failure(lambda: way(build(text, tasks), bus, [tasks.connection])), heard


@pytest.mark.parametrize("way", [interpreted, compiled])
@pytest.mark.parametrize("case", CASES)
def test_with_an_observer_it_is_the_same(case: str, way: Callable[..., Any], tasks: ModuleType) -> None:
    error, heard = told(CASES[case][0], way, tasks)
    check(error, case)
    assert heard[-1] == ("RunFinished", str(error))


@pytest.mark.parametrize("way", [interpreted, compiled])
def test_who_listens_hears_it_at_once(way: Callable[..., Any], tasks: ModuleType) -> None:
    text, said = "waits().with_timeout(0.02).with_retry(2)", "'waits' took more than 0.02 s"
    _, heard = told(text, way, tasks)
    assert heard == [("TaskRetrying", said), ("TaskExecutionFinished", said), ("RunFinished", said)]
    _, heard = told("joins(waits().with_timeout(0.02), fetches('a'))", way, tasks)
    assert heard == [("TaskExecutionFinished", ""), ("RunFinished", said)]  # what was struck was cancelled


@pytest.mark.parametrize("way", [interpreted, compiled])
def test_who_listens_hears_of_a_tasks_own_what_it_says(way: Callable[..., Any], tasks: ModuleType) -> None:
    error, heard = told("gives_up().with_timeout(3).with_retry(2)", way, tasks)
    assert error.args == ()
    assert {said for _, said in heard} == {""}
    assert len(heard) == 3


@pytest.mark.parametrize("standalone", [False, True])
def test_a_saved_program_ends_in_the_users_line(standalone: bool, tasks: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "late.py"
    cs.aot(build("waits().with_timeout(0.02)", tasks)).save(path, standalone=standalone)
    done = _script(path, str(Path(tasks.__file__ or "").parent))
    line = MODULE.split("\n").index("    await asyncio.sleep(seconds)") + 1
    entry = f'  File "{tasks.__file__}", line {line}, in waits\n    await asyncio.sleep(seconds)\n'
    said = "TimeoutError: 'waits' took more than 0.02 s\ntask 'waits'; inputs: seconds: float\n"
    assert done.endswith(f"Traceback (most recent call last):\n{entry}{said}")
    assert "asyncio/" not in done


def test_a_standalone_file_without_the_users_shows_its_own(tasks: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "late.py"
    cs.aot(build("sleeps(0.1).with_timeout(0.02)", tasks)).save(path, standalone=True)
    done = _script(path, "")
    assert f'File "{path}", line' in done
    assert done.endswith(
        "    def _sleeps(seconds):\n"
        "TimeoutError: 'sleeps' took more than 0.02 s\ntask 'sleeps'; inputs: seconds: float\n"
    )


def _script(path: Path, folder: str) -> str:
    """What Python prints of a program that fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), folder)), "PYTHON_COLORS": "0"}
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ["gives_up().with_timeout(3)", "raises().with_timeout(3)", "gives_up()", "raises()"])
def test_what_a_task_raises_itself_stays_as_it_is(text: str, way: str, tasks: ModuleType) -> None:
    error = failure(lambda: WAYS[way](build(text, tasks), []))
    assert type(error) is TimeoutError
    assert error.args == ()
    name = text.partition("(")[0]
    line = {"gives_up": "async with asyncio.timeout(0.01):", "raises": "raise TimeoutError"}[name]
    assert entries(error)[0] == f"{name}: {line}"
    assert error.__notes__ == [f"task {name!r}"]


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_that_a_task_makes_something_of(way: str, tasks: ModuleType) -> None:
    error = failure(lambda: WAYS[way](build("explains().with_timeout(3)", tasks), []))
    assert str(error) == "no answer"
    assert isinstance(error.__cause__, TimeoutError)
    assert error.__cause__.args == ()


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_behind_what_a_resource_raises(way: str, tasks: ModuleType) -> None:
    error = failure(lambda: WAYS[way](build("connects(5).with_timeout(0.02)", tasks), [tasks.connection]))
    assert str(error) == "can't be closed"
    late = error.__context__
    assert type(late) is TimeoutError
    assert str(late) == "'connects' took more than 0.02 s"
    assert entries(late) == entries(late.__cause__) == ["connects: await asyncio.sleep(n)"]


def test_a_compiled_function_within_a_task_has_the_word(tasks: ModuleType) -> None:
    inner = cs.aot(build("waits().with_timeout(0.02)", tasks))

    @cs.task
    async def asks() -> Any:
        return await inner()

    for way in WAYS.values():
        error = failure(lambda way=way: way(asks().with_timeout(3), []))
        assert str(error) == "'waits' took more than 0.02 s"
        assert [note[:12] for note in error.__notes__] == ["task 'waits'", "task 'asks',"]


def test_the_debug_ladder_keeps_what_struck(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = cs.aot(build("waits().with_timeout(0.02)", tasks))
    monkeypatch.setenv("CASCADE_DEBUG", "1")
    error = failure(compiled)
    assert str(error) == "'waits' took more than 0.02 s"
    lines = [one.line for one in traceback.extract_tb(error.__traceback__)]
    assert lines[-2] == "async with timeout(0.02):"
    assert "await asyncio.sleep(seconds)" in lines
