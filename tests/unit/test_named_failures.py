"""Which task the note on a failure names where it isn't plain to see."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import saved


def share(x: int) -> float:
    return 10 / x


first = cs.task(name="first")(share)
second = cs.task(name="second")(share)


@cs.task
def half(x: int) -> float:
    return 10 / x


@cs.task
def add(a: float, b: float) -> float:
    return a + b


@cs.task
def quarter(x: int) -> float:
    print(end="")
    return 2.5 / x


@cs.task
def counts(n: int, seen: float = 0) -> Any:
    print(end="")
    return cs.tail(counts, n - 1, half(n - 1))


@cs.task
def calls(n: int, seen: float = 0) -> Any:
    print(end="")
    return cs.tail(calls, n - 1, quarter(n - 1))


@cs.task
def turns(n: int) -> Any:
    print(end="")
    return cs.tail(turns, n - 1) if n else quarter(quarter(n))


@cs.task
async def calls_later(n: int, seen: float = 0) -> Any:
    print(end="")
    return cs.tail(calls_later, n - 1, quarter(n - 1))


@cs.task
def walks(n: float, seen: int = 0) -> Any:
    print(end="")
    return cs.tail(walks, n - 1, seen + 1) if n else seen


root = cs.task(int, name="root")


@cs.task
async def fetch(n: int) -> float:
    await asyncio.sleep(0)
    return 10 / n


def inner(name: str, n: int) -> Any:
    """A graph that the compiler can't see where it is returned."""
    graphs: dict[str, Callable[[int], Any]] = {
        "the root": half,
        "an argument": lambda n: add(1, half(n)),
        "a function of C's": lambda n: add(1, root(f"{n} pages")),
        "async": lambda n: add(1, fetch(n)),
        "side by side": lambda n: add(fetch(1), b=fetch(n)),
    }
    return graphs[name](n)


@cs.task
def meets(name: str, n: int = 2) -> Any:
    return inner(name, 0) if n == 0 else cs.tail(meets, n=n - 1)


@cs.task
async def meets_later(name: str, n: int = 2) -> Any:
    return inner(name, 0) if n == 0 else cs.tail(meets_later, n=n - 1)


def notes(act: Callable[[], Any]) -> list[str]:
    """What is noted on the exception that a run raises, once it is awaited."""

    async def wait(awaitable: Any) -> Any:
        return await awaitable

    with pytest.raises(Exception) as caught:
        result = act()
        if inspect.isawaitable(result):
            asyncio.run(wait(result))
    return caught.value.__notes__


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize(
    ("task", "name", "note"),
    [
        (meets, "the root", "task 'half'; inputs: x: int"),
        (meets, "an argument", "task 'half'; inputs: x: int"),
        (meets, "a function of C's", "task 'root'"),
        (meets_later, "an argument", "task 'half'; inputs: x: int"),
        (meets_later, "async", "task 'fetch'; inputs: n: int"),
        (meets_later, "side by side", "task 'fetch'; inputs: n: int"),
    ],
)
def test_a_task_of_a_graph_that_another_returned(
    task: Any, name: str, note: str, standalone: bool, tmp_path: Path
) -> None:
    assert notes(lambda: cs.run(task(name))) == [note]
    assert notes(saved(cs.aot(task(name)), tmp_path / "agent.py", standalone=standalone)) == [note]


def test_a_graph_that_a_standalone_file_refuses_is_the_fault_of_who_returned_it(tmp_path: Path) -> None:
    agent = saved(cs.aot(meets("async")), tmp_path / "agent.py", standalone=True)
    assert notes(agent) == ["task 'meets', round 3; inputs: name: str, n: int"]


@pytest.mark.parametrize(
    ("build", "note"),
    [
        (lambda: calls(2), "task 'quarter'; inputs: x: int"),
        (lambda: turns(2), "task 'quarter'; inputs: x: int"),
        (lambda: calls_later(2), "task 'quarter'; inputs: x: int"),
        (lambda: walks(quarter(0)), "task 'quarter'; inputs: x: int"),
        (lambda: [walks(3), walks(quarter(0))], "task 'quarter'; inputs: x: int"),
        (lambda: walks("x"), "task 'walks', round 1; inputs: n: str, seen: int"),
    ],
)
def test_what_a_round_is_given_is_computed_in_no_round(build: Callable[[], Any], note: str, tmp_path: Path) -> None:
    assert notes(lambda: cs.run(build())) == [note]
    for inline in (True, False):
        assert notes(cs.aot(build(), inline=inline)) == [note]
        for standalone in (True, False):
            agent = saved(cs.aot(build(), inline=inline), tmp_path / "agent.py", standalone=standalone)
            (said,) = notes(agent)  # which has the text of what is called, and says where that is from
            assert (re.sub(r" at tests/unit/\w+\.py:\d+", "", said) if standalone else said) == note


def test_a_task_whose_body_stands_in_a_tail_call_is_in_no_round(tmp_path: Path) -> None:
    assert notes(lambda: cs.run(counts(2))) == ["task 'half'; inputs: x: int"]
    for standalone in (True, False):
        agent = saved(cs.aot(counts(2)), tmp_path / "agent.py", standalone=standalone)
        assert notes(agent) == notes(cs.aot(counts(2))) == ["task 'half'"]


@pytest.mark.parametrize("inline", [True, False])
def test_two_tasks_of_one_function(inline: bool) -> None:
    for workflow, name in ((add(first(0), second(1)), "first"), (add(first(1), second(0)), "second")):
        assert notes(cs.aot(workflow, inline=inline)) == notes(lambda w=workflow: cs.run(w))
        assert notes(cs.aot(workflow, inline=inline)) == [f"task {name!r}; inputs: x: int"]


def test_a_module_that_is_saved_anew_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "agent.py"
    assert notes(saved(cs.aot(add(half(1), half(0))), path)) == ["task 'half'; inputs: x: int"]
    tried = cs.aot(half(0).with_retry(3), inline=False)
    assert notes(saved(tried, path)) == ["task 'half', attempt 3 of 3; inputs: x: int"]


@cs.task
def widened(row: Any) -> Any:
    row = list(row)
    row.append(1 / len(row))
    return row


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize(("given", "kind"), [(3, "int"), ([], "list")])
def test_a_parameter_that_the_first_statement_binds_anew(given: Any, kind: str, ends: bool, tmp_path: Path) -> None:
    def build() -> Any:
        call = widened(given)
        return call if ends else [call, add(1, 2)]

    note = [f"task 'widened'; inputs: row: {kind}"]
    assert notes(lambda: cs.run(build())) == note
    for standalone in (True, False):
        assert notes(saved(cs.aot(build()), tmp_path / "agent.py", standalone=standalone)) == note
