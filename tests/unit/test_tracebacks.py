"""What a failing run shows: the user's files and lines alone, and a note that says which task has failed."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.util
import linecache
import os
import re
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import black
import pytest

import cascade as cs

ROOT = Path(__file__).parents[2]

ODD = "a name, with 'quotes' and \\\\"

MODULE = """
import asyncio

import cascade as cs


def check(url):
    if "!" in url:
        raise ValueError(f"bad url {url}")
    return url


@cs.task
def half(x: int) -> float:
    return 10 / x


@cs.task
def add(a, b):
    return a + b


@cs.task
def total(start: int, count: int):
    total = start
    for number in range(count):
        total += 1 / (3 - number)
    return total


@cs.task
def spread(a, b):
    found = dict(
        first=check(a),
        others=[check(b),
                2 / (len(a) - 1)]
    )
    return found


@cs.task
def looks_up(table, key):
    if key in table:
        return table[key]
    for other in table:
        if other == key.lower():
            return table[key]
    return None


@cs.task
def translated(x):
    try:
        return 1 / x
    except ZeroDivisionError as error:
        raise ValueError("no such share") from error


@cs.task
def shares(xs):
    return [1 / x for x in xs]


@cs.task
def ranked(xs):
    return sorted(xs, key=lambda x: 1 / x)


@cs.task
def poll(url, seen=0, tries=3):
    if tries == 0:
        return seen // tries
    page = check(url) * tries
    return cs.tail(poll, seen=seen + len(page), tries=tries - 1)


@cs.task
def stalls(n):
    n += 1
    if n == 4:
        raise ValueError("stalled")
    return cs.tail(stalls, n=n - 2) if n > 2 else n / 0


@cs.task
async def stalls_async(n):
    if n == 3:
        raise ValueError("stalled")
    return cs.tail(stalls_async, n=n - 1)


@cs.task
def turns(n):
    return cs.tail(turns_back, n=n - 1, text=str(n))


@cs.task
def turns_back(n, text):
    if n == 1:
        raise ValueError(text)
    return cs.tail(turns, n=n)


@cs.task
def steps(n):
    return cs.tail(steps, n=n - 6 // (n - 1))


@cs.task
def lazily(x):
    return cs.tail(lazily, half(x))


@cs.task
def grows(x):
    return add(half(x), 1)


@cs.task
def depth(n):
    if n == 0:
        raise LookupError("the end")
    return depth.func(n - 1)


@cs.task
async def fetch(url: str, limit: int = 3):
    await asyncio.sleep(0)
    raise KeyError(url)


@cs.task
async def slow(x):
    await asyncio.sleep(x)
    return 1 / (x - x)


@cs.task
async def grouped(names):
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(fetch.func(name))


@cs.task
def flaky(calls: list, good: int):
    calls.append(len(calls))
    if len(calls) < good:
        raise OSError(f"attempt {len(calls)}")
    return len(calls)


@cs.task(mode="blocking")
def reads(path):
    return open(path)


@cs.task(mode="compute")
def computes(x):
    return 8 / x


@cs.task
def parsed(text):
    return int(text)


number = cs.task(int, name="number")


@cs.resource
def database():
    yield {"open": True}
    raise RuntimeError("can't close")


@cs.task
def stores(key, db=cs.inject("database")):
    return db[key]


@cs.task(name=%ODD%)
def oddly_named(x):
    return 7 / x


@cs.task
def interrupted():
    raise KeyboardInterrupt
""".replace("%ODD%", repr(ODD))


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module of the failing tasks, in a folder and a package of its own."""
    folder = tmp_path_factory.mktemp("project")
    package = folder / "failing_agents"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "crawl.py").write_text(MODULE)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield importlib.import_module("failing_agents.crawl")
    sys.path.remove(str(folder))


def aot(workflow: Any) -> Any:
    """Compiled, with the bodies moved in."""
    return cs.aot(workflow).run()


def called(workflow: Any) -> Any:
    """Compiled, with every task called."""
    return cs.aot(workflow, inline=False).run()


def interpreted(workflow: Any) -> Any:
    """Interpreted."""
    return cs.run(workflow)


def beside(workflow: Any) -> Any:
    """Compiled, and run within a running event loop."""

    async def main() -> Any:
        return await cs.Engine().run(workflow, use_vm=True)

    return asyncio.run(main())


def walked(workflow: Any) -> Any:
    """Interpreted by an engine."""

    async def main() -> Any:
        return await cs.Engine().run(workflow)

    return asyncio.run(main())


WAYS = [aot, called, interpreted, beside, walked]


def failure(run: Callable[[], Any]) -> BaseException:
    """What a run raises."""
    with pytest.raises(BaseException) as caught:
        run()
    return caught.value


def shown(error: BaseException) -> list[str]:
    """The entries of a traceback but for this file's and those above it: `crawl.py:12 half: return 10 / x`."""
    found = []
    for entry in traceback.extract_tb(error.__traceback__):
        name = os.path.basename(entry.filename)
        if entry.filename == __file__ or name in ("runners.py", "base_events.py"):
            continue
        found.append(f"{name}:{entry.lineno} {entry.name}: {entry.line}")
    return found


def lines_of(*wanted: str) -> list[str]:
    """`half: return 10 / x` with the line in which that stands."""
    rows = MODULE.split("\n")
    found = []
    for one in wanted:
        (number,) = [number for number, row in enumerate(rows, 1) if row.strip() == one.partition(": ")[2]]
        found.append(f"crawl.py:{number} {one}")
    return found


CASES: dict[str, tuple[str, list[str], str]] = {
    "expression": ("half(0)", ["half: return 10 / x"], "task 'half'; inputs: x: int"),
    "two in a line": (
        "add(half(1), half(0))",
        ["half: return 10 / x"],
        "task 'half'; inputs: x: int",
    ),
    "the outer of two in a line": (
        "add(half(1), b='c')",
        ["add: return a + b"],
        "task 'add'; inputs: a: float, b: str",
    ),
    "statements": (
        "total(1, 4)",
        ["total: total += 1 / (3 - number)"],
        "task 'total'; inputs: start: int, count: int",
    ),
    "statements that aren't the root": (
        "add(total(1, 4), 2)",
        ["total: total += 1 / (3 - number)"],
        "task 'total'; inputs: start: int, count: int",
    ),
    "several lines joined, the second": (
        "spread('a', 'b!')",
        ["spread: others=[check(b),", 'check: raise ValueError(f"bad url {url}")'],
        "task 'spread'; inputs: a: str, b: str",
    ),
    "several lines joined, the last": (
        "spread('a', 'b')",
        ["spread: 2 / (len(a) - 1)]"],
        "task 'spread'; inputs: a: str, b: str",
    ),
    "tail call's argument": (
        "steps(1)",
        ["steps: return cs.tail(steps, n=n - 6 // (n - 1))"],
        "task 'steps'; inputs: n: int",
    ),
    "loop": (
        "poll('a!')",
        ["poll: page = check(url) * tries", 'check: raise ValueError(f"bad url {url}")'],
        "task 'poll'; inputs: url: str, seen: int, tries: int",
    ),
    "comprehension": (
        "add(shares([0]), 1)",
        ["shares: return [1 / x for x in xs]"],
        "task 'shares'; inputs: xs: list",
    ),
    "lambda": (
        "ranked([0])",
        ["ranked: return sorted(xs, key=lambda x: 1 / x)", "<lambda>: return sorted(xs, key=lambda x: 1 / x)"],
        "task 'ranked'; inputs: xs: list",
    ),
    "recursion": (
        "depth(2)",
        [*["depth: return depth.func(n - 1)"] * 2, 'depth: raise LookupError("the end")'],
        "task 'depth'; inputs: n: int",
    ),
    "async": (
        "fetch('a')",
        ["fetch: raise KeyError(url)"],
        "task 'fetch'; inputs: url: str, limit: int",
    ),
    "side by side": (
        "add(fetch('a'), slow(0.2))",
        ["fetch: raise KeyError(url)"],
        "task 'fetch'; inputs: url: str, limit: int",
    ),
    "attempts": (
        "flaky([], 9).with_retry(3)",
        ['flaky: raise OSError(f"attempt {len(calls)}")'],
        "task 'flaky', attempt 3 of 3; inputs: calls: list, good: int",
    ),
    "attempts of what isn't to be tried again": (
        "flaky([], 9).with_retry(3, retry_on=KeyError)",
        ['flaky: raise OSError(f"attempt {len(calls)}")'],
        "task 'flaky', attempt 1 of 3; inputs: calls: list, good: int",
    ),
    "async attempts": (
        "add(fetch('a').with_retry(2), slow(0.2))",
        ["fetch: raise KeyError(url)"],
        "task 'fetch', attempt 2 of 2; inputs: url: str, limit: int",
    ),
    "retry of another": (
        "add(half(0), flaky([], 1).with_retry(3))",
        ["half: return 10 / x"],
        "task 'half'; inputs: x: int",
    ),
    "route": (
        "cs.Router(parsed('1'), {1: half(0), 2: half(1)})",
        ["half: return 10 / x"],
        "task 'half'; inputs: x: int",
    ),
    "condition": (
        "half(1).run_if(half(0))",
        ["half: return 10 / x"],
        "task 'half'; inputs: x: int",
    ),
    "worker thread": (
        "reads('/nowhere/at/all')",
        ["reads: return open(path)"],
        "task 'reads'; inputs: path: str",
    ),
    "a function of C's": ("number('x')", [], "task 'number'"),
    "odd name": (
        "oddly_named(0)",
        ["oddly_named: return 7 / x"],
        f"task {ODD!r}; inputs: x: int",
    ),
}

IN_PLACE = {"the outer of two in a line": "task 'add'; inputs: b: str"}
"""The notes that say less where the body has moved, since no variable holds the input."""


def same(found: str, wanted: str) -> bool:
    """Whether a note says what is wanted; the round is known to some executors only."""
    parts = [part for part in found.split("; ")[0].split(", ") if not part.startswith("round ")]
    rest = found.partition("; ")[2]
    return "; ".join(filter(None, (", ".join(parts), rest))) == wanted


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    ("text", "number"),
    [("poll('it', tries=3)", 4), ("stalls(5)", 3), ("stalls_async(5)", 3), ("turns(6)", 10), ("translated(0)", 0)],
)
def test_the_note_names_the_round(text: str, number: int, way: Callable[[Any], Any], tasks: ModuleType) -> None:
    error = failure(lambda: way(eval(text, {"cs": cs, **vars(tasks)})))
    (note,) = error.__notes__
    assert re.findall(r"round (\d+)", note) == ([str(number)] if number else [])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "_"))
def test_what_a_failing_run_shows(case: str, way: Callable[[Any], Any], tasks: ModuleType) -> None:
    text, frames, note = CASES[case]
    error = failure(lambda: way(eval(text, {"cs": cs, **vars(tasks)})))
    found = [one for one in shown(error) if " <listcomp>: " not in one]
    assert [one for one in found if one.startswith("crawl.py:")] == lines_of(*frames)
    assert case == "a function of C's" or found == lines_of(*frames)
    notes = error.__notes__
    assert len(notes) == 1
    assert same(notes[0], IN_PLACE.get(case, note) if way is aot else note), notes


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("text", ["grows(0)", "lazily(0)"])
def test_lazies_and_graphs_met_at_run_time(text: str, way: Callable[[Any], Any], tasks: ModuleType) -> None:
    error = failure(lambda: way(eval(text, vars(tasks))))
    found = shown(error)
    assert found[-1:] == lines_of("half: return 10 / x")
    assert found[:-1] in (
        [],
        lines_of("grows: return add(half(x), 1)"),
        lines_of("lazily: return cs.tail(lazily, half(x))"),
    )
    assert [same(one, "task 'half'; inputs: x: int") for one in error.__notes__] == [True]


# exceptions that aren't plain


def test_a_timeout_names_the_task_that_took_too_long(tasks: ModuleType) -> None:
    for way in (aot, called, interpreted):
        error = failure(lambda way=way: way(tasks.slow(5).with_timeout(0.01)))
        assert type(error) is TimeoutError
        assert error.__notes__ == ["task 'slow'; inputs: x: int"]
        assert not any("cascade" in one for one in shown(error))
        assert error.__cause__ is not None
        assert shown(error.__cause__)[:1] == lines_of("slow: await asyncio.sleep(x)")


def test_causes_are_shown_in_the_users_file_too(tasks: ModuleType) -> None:
    for way in (aot, called, interpreted):
        error = failure(lambda way=way: way(tasks.translated(0)))
        assert shown(error) == lines_of('translated: raise ValueError("no such share") from error')
        assert str(error) == "no such share"
        cause = error.__cause__
        assert type(cause) is ZeroDivisionError
        assert cause is error.__context__
        rows = MODULE.split("\n")
        number = next(number for number, row in enumerate(rows) if "def translated" in row) + 3
        assert shown(cause) == [f"crawl.py:{number} translated: return 1 / x"]


def test_groups_of_exceptions(tasks: ModuleType) -> None:
    for way in (aot, called, interpreted):
        error = failure(lambda way=way: way(tasks.grouped(["a", "b"])))
        assert isinstance(error, ExceptionGroup)
        assert error.__notes__ == ["task 'grouped'; inputs: names: list"]
        assert [shown(one)[-1:] for one in error.exceptions] == [lines_of("fetch: raise KeyError(url)")] * 2
        assert not any("cascade" in one for one in shown(error))


def test_what_fails_in_a_resource(tasks: ModuleType) -> None:
    def compiled() -> Any:
        return cs.aot(tasks.stores("open"), resources=[tasks.database]).run()

    for run in (compiled, lambda: cs.run(tasks.stores("open"), resources=[tasks.database])):
        error = failure(run)
        assert shown(error) == lines_of('database: raise RuntimeError("can\'t close")')
        assert not hasattr(error, "__notes__")


def test_a_task_fails_while_its_resource_is_open(tasks: ModuleType) -> None:
    def compiled() -> Any:
        return cs.aot(tasks.stores("shut"), resources=[tasks.database]).run()

    for run in (compiled, lambda: cs.run(tasks.stores("shut"), resources=[tasks.database])):
        error = failure(run)
        assert type(error) is KeyError
        assert shown(error) == lines_of("stores: return db[key]")
        assert [same(one, "task 'stores'; inputs: key: str, db: dict") for one in error.__notes__] == [True]


def test_ctrl_c_is_shown_in_place_and_has_no_note(tasks: ModuleType) -> None:
    for way in (aot, called, interpreted):
        error = failure(lambda way=way: way(tasks.interrupted()))
        assert shown(error) == lines_of("interrupted: raise KeyboardInterrupt")
        assert not hasattr(error, "__notes__")


def test_cancellation_has_no_note(tasks: ModuleType) -> None:
    async def main() -> BaseException:
        work = asyncio.create_task(cs.aot(tasks.slow(60))())
        await asyncio.sleep(0)
        work.cancel()
        try:
            await work
        except asyncio.CancelledError as error:
            return error
        raise AssertionError

    error = asyncio.run(main())
    assert not hasattr(error, "__notes__")
    assert lines_of("slow: await asyncio.sleep(x)")[0] in shown(error)


def test_an_exception_that_refuses_notes_stays_itself(tasks: ModuleType) -> None:
    class Refuses(Exception):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

        def __getattr__(self, name: str) -> object:
            raise ValueError(name)

    error = Refuses("no")

    @cs.task
    def refuse() -> None:
        raise error

    for way in (aot, called, interpreted):
        assert failure(lambda way=way: way(refuse())) is error
        assert error.args == ("no",)


def test_one_exception_raised_in_two_runs_is_told_once(tasks: ModuleType) -> None:
    run = cs.aot(tasks.half(0))
    error = failure(run)

    @cs.task
    def again() -> None:
        raise error

    assert failure(cs.aot(again)) is error
    assert failure(cs.aot(again)) is error
    assert error.__notes__ == ["task 'half'; inputs: x: int", "task 'again'"]


def test_a_compiled_function_within_a_task(tasks: ModuleType) -> None:
    inner = cs.aot(tasks.half)

    @cs.task
    def outer(x: int) -> float:
        return inner(x)

    error = failure(lambda: cs.aot(outer)(0))
    assert shown(error) == lines_of("half: return 10 / x")
    assert error.__notes__ == ["task 'half'; inputs: x: int", "task 'outer'; inputs: x: int"]


def test_endless_recursion_through_compiled_functions(tasks: ModuleType) -> None:
    runs: list[Any] = []

    @cs.task
    def endless(n: int) -> int:
        return runs[0](n + 1)

    runs.append(cs.aot(endless))
    error = failure(lambda: runs[0](0))
    assert type(error) is RecursionError


def test_wrong_input_ends_in_the_line_that_gave_it(tasks: ModuleType) -> None:
    for run in (
        lambda: cs.aot(tasks.half).run(bad=1),
        lambda: cs.run(tasks.half, {"bad": 1}),
        lambda: cs.run(tasks.half),
        lambda: cs.run(cs.Router(tasks.half(1), {1: tasks.half(2)})),
    ):
        error = failure(run)
        assert isinstance(error, TypeError | cs.RouteNotFoundError)
        assert shown(error) == []


@pytest.mark.parametrize("shipped", ["saved", "standalone"])
def test_the_cause_of_a_wrong_input_has_no_frame_of_cascade(
    tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: str
) -> None:
    monkeypatch.setenv("AGENT_START", "x")
    run = cs.aot(tasks.half(cs.Env("AGENT_START", type=int)))
    for way in (run, run.run):
        error = failure(way)
        assert isinstance(error.__cause__, ValueError)
        assert error.__cause__.__traceback__ is None
    run.save(tmp_path / "agent.py", standalone=shipped == "standalone")
    said = script(["agent.py"], tmp_path, Path(str(tasks.__file__)).parents[1]).stderr
    assert said.startswith("ValueError: invalid literal for int() with base 10: 'x'\n\nThe above")
    assert re.findall(r'File "(.*)", line', said) == [str(tmp_path / "agent.py")]


def test_a_worker_process_names_its_task(tasks: ModuleType) -> None:
    for way in (aot, called, interpreted):
        error = failure(lambda way=way: way(tasks.computes(0)))
        assert type(error) is ZeroDivisionError
        assert error.__notes__[-1].startswith("task 'computes'")
        assert len(error.__notes__) == 1 or not error.__notes__[0].startswith("task ")


# where nothing fails, and what is left behind


def test_nothing_is_imported_or_noted_until_something_fails(tasks: ModuleType, tmp_path: Path) -> None:
    cs.aot(tasks.half(4)).save(tmp_path / "agent.py")
    text = (
        "import sys, agent\nprint(agent.half())\nprint(*sorted(one for one in sys.modules if 'cascade_gen' in one))"
    )
    done = script(["-c", text], tmp_path)
    assert done.stdout == "2.5\ncascade_gen cascade_gen.runtime cascade_gen.runtime.tracebacks\n"


class Large:
    """Something whose end can be seen."""


def test_a_failed_run_keeps_nothing_once_the_exception_is_gone() -> None:
    seen: list[weakref.ref[Large]] = []

    @cs.task
    def loads(n: int) -> float:
        large = Large()
        seen.append(weakref.ref(large))
        return 1 / n

    @cs.task
    async def loads_later(n: int) -> float:
        large = Large()
        seen.append(weakref.ref(large))
        return 1 / n

    later = cs.aot(loads_later)

    async def fail_later() -> None:  # in one loop: on 3.13.0, `asyncio.run` itself keeps what ends it
        try:
            await later(0)
        except ZeroDivisionError:
            assert seen[-1]() is not None
        assert seen[-1]() is None

    gc.collect()
    gc.disable()
    try:
        for run in (cs.aot(loads), cs.aot(loads, inline=False), lambda n: cs.run(loads(n))):
            try:
                run(0)
            except ZeroDivisionError:
                assert seen[-1]() is not None
            assert seen[-1]() is None
        asyncio.run(fail_later())
    finally:
        gc.enable()


def test_entries_of_moved_code_have_their_variables(tasks: ModuleType) -> None:
    error = failure(cs.aot(tasks.total(1, 4)))
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    assert entry is not None
    assert entry.tb_frame.f_locals["number"] == 3
    assert entry.tb_frame.f_globals is vars(tasks)


def test_the_debug_ladder_leaves_all_entries(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASCADE_DEBUG", "1")
    error = failure(cs.aot(tasks.half(0)).run)
    files = [entry.filename for entry in traceback.extract_tb(error.__traceback__)[1:]]
    assert any("compiled.py" in one for one in files)
    assert any(one.startswith("<cascade half") for one in files)
    assert shown(error)[-1:] == lines_of("half: return 10 / x")


def test_carets_where_the_users_line_has_the_text(tasks: ModuleType) -> None:
    in_place = traceback.format_exception(failure(cs.aot(tasks.poll("a!"))))
    by_call = traceback.format_exception(failure(cs.aot(tasks.poll("a!"), inline=False)))
    assert "^^^^" in in_place[-4]
    assert in_place[-4:-1] == by_call[-4:-1]


def test_tasks_of_text_that_is_no_file() -> None:
    text = "import cascade as cs\n\n@cs.task\ndef third(x):\n    return 3 / x\n"
    linecache.cache["<cell 7>"] = (len(text), None, text.splitlines(keepends=True), "<cell 7>")
    namespace: dict[str, Any] = {"__name__": "no_such_module"}
    exec(compile(text, "<cell 7>", "exec"), namespace)
    error = failure(cs.aot(namespace["third"](0)))
    assert shown(error) == ["<cell 7>:5 third: return 3 / x"]


# saved modules


def script(arguments: list[str], folder: Path, *path: Path) -> subprocess.CompletedProcess[str]:
    """What Python prints in that folder, with the project and further folders to import from."""
    places = os.pathsep.join(map(str, (ROOT, *path)))
    environment = {**os.environ, "PYTHONPATH": places, "PYTHON_COLORS": "0"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_saved_module_shows_the_users_file(tasks: ModuleType, tmp_path: Path) -> None:
    cs.aot(tasks.add(tasks.half(0), 1)).save(tmp_path / "agent.py")
    assert "import failing_agents" not in (tmp_path / "agent.py").read_text()
    assert tasks.__file__ is not None
    done = script(["agent.py"], tmp_path, Path(tasks.__file__).parents[1])
    assert done.returncode == 1
    (line,) = lines_of("half: return 10 / x")
    number = line.partition(":")[2].partition(" ")[0]
    assert f'  File "{tasks.__file__}", line {number}, in half\n    return 10 / x\n' in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\ntask 'half'; inputs: x: int\n")


def test_a_saved_module_without_the_users_file(tasks: ModuleType, tmp_path: Path) -> None:
    cs.aot(tasks.add(tasks.half(0), 1)).save(tmp_path / "agent.py")
    done = script(["agent.py"], tmp_path)
    (line,) = lines_of("half: return 10 / x")
    number = line.partition(":")[2].partition(" ")[0]
    assert f'{tmp_path / "agent.py"}", line' in done.stderr
    assert "return (10 / 0) + b" in done.stderr
    assert done.stderr.endswith(f"task 'half' at failing_agents/crawl.py:{number}; inputs: x: int\n")


def test_a_saved_module_that_is_imported(tasks: ModuleType, tmp_path: Path) -> None:
    cs.aot(tasks.poll("a!")).save(tmp_path / "polling.py")
    spec = importlib.util.spec_from_file_location("polling", tmp_path / "polling.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    error = failure(module.poll)
    assert shown(error) == lines_of("poll: page = check(url) * tries", 'check: raise ValueError(f"bad url {url}")')
    assert error.__notes__ == ["task 'poll', round 1; inputs: url: str, seen: int, tries: int"]


def test_the_table_names_no_folder_and_is_the_same_every_time(tasks: ModuleType) -> None:
    sources = {cs.aot(tasks.spread("a", "b")).source for _ in range(2)}
    (source,) = sources
    assert tasks.__file__ is not None
    assert str(Path(tasks.__file__).parents[1]) not in source
    assert '"failing_agents/crawl.py"' in source


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "_"))
def test_black_leaves_the_handler_and_the_table_alone(case: str, tasks: ModuleType) -> None:
    source = cs.aot(eval(CASES[case][0], {"cs": cs, **vars(tasks)})).source
    assert "    except BaseException as failure:\n        relocate(failure, _lines)\n        raise\n" in source
    assert black.format_str(source, mode=black.Mode()) == source


def test_a_workflow_in_which_nothing_can_fail_has_no_handler() -> None:
    assert "except" not in cs.aot([]).source


def test_a_run_that_is_interrupted_in_a_loop_ends_in_the_users_line(tmp_path: Path) -> None:
    path = tmp_path / "spinning.py"
    path.write_text(
        "import signal\n"
        "import cascade as cs\n"
        "@cs.task\n"
        "def spin(n: int):\n"
        "    return cs.tail(spin, n=n + 1)\n"
        "run = cs.aot(spin)\n"
        "signal.signal(signal.SIGALRM, signal.default_int_handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
        "run.run(0)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=ROOT, check=False)
    lines = [line.strip() for line in done.stderr.splitlines() if "~" not in line and "^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        f'File "{path}", line 9, in <module>',
        "run.run(0)",
        f'File "{path}", line 5, in spin',
        "return cs.tail(spin, n=n + 1)",
        "KeyboardInterrupt",
    ]
