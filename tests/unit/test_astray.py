"""Redirects that lead nowhere: the traceback ends in the line that has returned them, and a note names the task."""

from __future__ import annotations

import gc
import linecache
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import saved

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


@cs.task
def jumps(n: int) -> object:
    if n:
        return cs.Jump("agian", {"n": n - 1})
    return cs.Jump("done", n)


@cs.task
async def jumps_later(n: int) -> object:
    return cs.Jump("agian", {"n": n - 1})


@cs.task
def computed(n: int) -> object:
    key = f"key {n}"
    return cs.Jump(key)


@cs.task
def wrong_data(n: int) -> object:
    return cs.Jump("again", {"m": 1}) if n else "never"


@cs.task
def unbound(n: int) -> object:
    if n == 0:
        return "never"
    return cs.Jump("again")


@cs.task
def misnames(n: int) -> object:
    if n == 0:
        return "never"
    return cs.TailCall([n], target_blueprint_id="misname")


@cs.task
def misnamed_input(n: int) -> object:
    if n == 0:
        return "never"
    return cs.tail(misnamed_input, m=n - 1)


def bound(task: Any, n: int = 1) -> Any:
    step = task(n)
    return cs.bind(step, cs.select_jump({"again": step, "done": None}))


def called(workflow: Any) -> Any:
    return cs.aot(workflow, inline=False).run()


WAYS = [lambda workflow: cs.aot(workflow).run(), called, cs.run]


def failure(run: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        run()
    return caught.value


def last_line(error: BaseException) -> str:
    """The last entry's function and line, as it stands in the file."""
    entry = traceback.extract_tb(error.__traceback__)[-1]
    assert entry.filename == __file__
    return f"{entry.name}: {linecache.getline(entry.filename, entry.lineno or 0).strip()}"


@pytest.mark.parametrize("way", WAYS, ids=["compiled", "called", "interpreted"])
@pytest.mark.parametrize(
    ("make", "line", "name"),
    [
        (lambda: bound(jumps), 'return cs.Jump("agian", {"n": n - 1})', "jumps"),
        (lambda: bound(jumps_later), 'return cs.Jump("agian", {"n": n - 1})', "jumps_later"),
        (lambda: bound(computed), "return cs.Jump(key)", "computed"),
        (lambda: bound(wrong_data), 'return cs.Jump("again", {"m": 1}) if n else "never"', "wrong_data"),
        (lambda: unbound(1), 'return cs.Jump("again")', "unbound"),
        (lambda: misnames(1), 'return cs.TailCall([n], target_blueprint_id="misname")', "misnames"),
        (lambda: misnamed_input(1), "return cs.tail(misnamed_input, m=n - 1)", "misnamed_input"),
    ],
)
def test_the_line_and_the_task(way: Callable[[Any], Any], make: Callable[[], Any], line: str, name: str) -> None:
    error = failure(lambda: way(make()))
    assert isinstance(error, cs.JumpError | cs.UnknownBlueprintError | TypeError)
    assert last_line(error) == f"{name}: {line}"
    assert error.__notes__ == [f"task {name!r}, round 1; inputs: n: int"]


def test_a_later_round_is_told_with_its_inputs() -> None:
    @cs.task
    def steps(n: int | str) -> object:
        return cs.Jump("again", "text") if n == 1 else cs.Jump(str(n))

    for way in WAYS:
        error = failure(lambda way=way: way(bound(steps)))
        assert str(error) == "'steps' has no jump 'text'; it has 'again', 'done'"
        assert error.__notes__ == ["task 'steps', round 2; inputs: n: str"]


def test_where_it_may_be_several_lines_the_note_has_the_def() -> None:
    @cs.task
    def either(n: int) -> object:
        key = "else" + "where"
        if n:
            return cs.Jump(key)
        return cs.Jump(key, n)

    line = either.func.__code__.co_firstlineno + 1
    for way in (called, cs.run):
        error = failure(lambda way=way: way(bound(either)))
        assert error.__notes__ == [f"task 'either' at tests/unit/test_astray.py:{line}, round 1; inputs: n: int"]


def test_what_a_misspelt_key_was_meant_to_be() -> None:
    for way in WAYS:
        assert str(failure(lambda way=way: way(bound(jumps)))) == (
            "'jumps' has no jump 'agian'; it has 'again', 'done'; did you mean 'again'?"
        )


def test_an_unknown_workflow_is_shown_where_it_is_named() -> None:
    for way in WAYS:
        error = failure(lambda way=way: way(misnames(1)))
        assert isinstance(error, cs.UnknownBlueprintError)
        assert error.location is not None
        row = linecache.getline(__file__, error.location.line)
        assert row[error.location.column : error.location.end_column] == '"misname"'
        assert error.hint.startswith("did you mean 'misnames'? ")


def test_the_def_is_shown_where_the_name_is_not_in_the_source() -> None:
    @cs.task
    def somewhere(n: int) -> object:
        name = "no" + str(n)
        if n:
            return cs.TailCall([], target_blueprint_id=name)
        return cs.TailCall([n], target_blueprint_id=name)

    for way in WAYS:
        error = failure(lambda way=way: way(somewhere(1)))
        assert isinstance(error, cs.UnknownBlueprintError)
        assert error.location is not None
        assert linecache.getline(__file__, error.location.line).strip() == "def somewhere(n: int) -> object:"


def test_what_fails_while_lazies_are_computed_is_the_other_tasks() -> None:
    @cs.task
    def fails(n: int) -> float:
        return 1 / n

    @cs.task
    def carries(n: int) -> object:
        return cs.Jump("again", fails(0))

    for way in WAYS:
        error = failure(lambda way=way: way(bound(carries)))
        assert type(error) is ZeroDivisionError
        assert last_line(error) == "fails: return 1 / n"
        assert [one.split(";")[0] for one in error.__notes__] == ["task 'fails'"]


@cs.resource
def database() -> Iterator[int]:
    yield 7


@cs.task
def counts() -> int:
    return 3


COUNTED = counts()


@cs.task
def injected(n: int, lazy: Any = COUNTED, db: Any = cs.inject("database")) -> object:
    if n == 0:
        return "never"
    return cs.Jump("nowhere")


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_inputs_that_a_round_computes_are_not_told_between_rounds(way: str, inline: bool) -> None:
    def run() -> object:
        if way == "interpreted":
            return cs.run(bound(injected), resources=[database])
        return cs.aot(bound(injected), resources=[database], inline=inline)()

    error = failure(run)
    assert error.__notes__ == ["task 'injected', round 1; inputs: n: int, lazy: int"]
    assert last_line(error) == 'injected: return cs.Jump("nowhere")'
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    assert entry is not None
    assert entry.tb_frame.f_locals == {"n": 1, "lazy": 3}


@cs.task
async def later(n: int) -> int:
    return n


MADE = [later]  # out of the compiler's sight


@cs.task
def meets(n: int) -> object:
    if n == 0:
        return MADE[0](n)
    return cs.tail(meets, n - 1)


@pytest.mark.parametrize("retried", [False, True])
def test_a_graph_that_cannot_be_run_is_told_of_the_round_that_returned_it(retried: bool, tmp_path: Path) -> None:
    def build() -> Any:
        return meets(2).with_retry(2) if retried else meets(2)

    moved = f"task 'meets'{PLACE if retried else ''}, round 3; inputs: n: int"
    wanted = {
        "run": f"task 'meets'{PLACE}, round 3; inputs: n: int",
        "vm": f"task 'meets'{PLACE}, round 3; inputs: n: int",
        "called": f"task 'meets'{PLACE}, round 3; inputs: n: int",
        "compiled": moved,
        "saved": moved,
    }
    blueprint = cs.BlueprintBuilder().build(build(), template=True)
    ways: dict[str, Callable[[], Any]] = {
        "run": lambda: cs.run(build()),
        "vm": lambda: cs.VirtualMachine().execute(blueprint),
        "called": lambda: called(build()),
        "compiled": lambda: cs.aot(build())(),
        "saved": lambda: saved(cs.aot(build()), tmp_path / "meets.py")(),
    }
    for name, way in ways.items():
        error = failure(way)
        assert str(error).startswith("the workflow 'later' is async, but it was met only now")
        assert error.__notes__ == [wanted[name]], name


PLACE = f" at tests/unit/test_astray.py:{meets.func.__code__.co_firstlineno + 1}"
"""Where there are several lines that may have returned it."""


def test_a_graph_that_cannot_be_run_ends_in_the_line_that_returned_it() -> None:
    @cs.task
    def returns(n: int) -> object:
        return MADE[0](n)

    for way in WAYS:
        error = failure(lambda way=way: way(returns(1)))
        assert last_line(error) == "returns: return MADE[0](n)"
        assert [one.replace(", round 1", "") for one in error.__notes__] == ["task 'returns'; inputs: n: int"]


MISNAMING = [misnamed_input]


@cs.task
def goes_to_another(n: int) -> object:
    return MISNAMING[0](n)


def test_what_a_returned_graph_cannot_follow_is_its_own() -> None:
    for way in WAYS:
        error = failure(lambda way=way: way(goes_to_another(1)))
        assert isinstance(error, TypeError)
        assert last_line(error) == "misnamed_input: return cs.tail(misnamed_input, m=n - 1)"
        assert error.__notes__ == ["task 'misnamed_input', round 1; inputs: n: int"]


class Large:
    """Something whose end can be seen."""


def test_nothing_is_kept_once_the_error_is_gone() -> None:
    seen: list[weakref.ref[Large]] = []

    @cs.task
    def carries(large: Large | None) -> object:
        if large is None:
            large = Large()
            seen.append(weakref.ref(large))
            return cs.Jump("again", {"large": large})
        return cs.Jump("nowhere")

    gc.collect()
    gc.disable()
    try:
        for way in WAYS:
            try:
                way(bound(carries, None))  # type: ignore[arg-type]
            except cs.JumpError:
                assert seen[-1]() is not None
            assert seen[-1]() is None
    finally:
        gc.enable()
