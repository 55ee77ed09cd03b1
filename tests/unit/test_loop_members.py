"""Which call a round of a loop is, and with what it is bound: tasks that share a function, resources, `**kwargs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes

pytestmark = pytest.mark.filterwarnings("ignore:CS303")

MADE: list[str] = []


def _rows(n: int) -> list[int]:
    return [n, n]


rows = cs.task(_rows)


def _down(n: int, x: str = "default") -> Any:
    return x if n == 0 else cs.tail(down, n - 1)


down = cs.task(_down)


def _turn(n: int, x: str = "default") -> Any:
    return x if n == 0 else cs.tail(there, n - 1)


here, there = cs.task(name="here")(_turn), cs.task(name="there")(_turn)


@cs.task
def num(n: int) -> int:
    return n


@cs.task
def merging(n: int, **more: Any) -> Any:
    return cs.Jump("done", more) if n == 0 else cs.Jump("again", {"n": n - 1})


@cs.task
def adding(n: int, **more: Any) -> Any:
    return cs.Jump("again", {"n": n - 1, "more": 1})


@cs.resource(scope="task")
def cursor() -> Iterator[int]:
    MADE.append("open")
    yield len(MADE)
    MADE.append("close")


@cs.task
def asking(n: int, x: int | None = None) -> Any:
    MADE.append(f"round {n}")
    return n if n == 0 else asking(n - 1, x=cs.inject("cursor"))


def machine(task: Any) -> Any:
    first = task(2, w=num(1))
    cs.bind(first, cs.select_jump({"again": first, "done": None}))
    return first


def test_a_task_made_by_assignment_has_its_function_in_a_standalone_file(tmp_path: Path) -> None:
    assert set(map(str, saved_outcomes(lambda: rows.map(n=[1, 2]), tmp_path).values())) == {"[[1, 1], [2, 2]]"}
    assert set(saved_outcomes(lambda: down(2, "bound").with_retry(2), tmp_path).values()) == {"bound"}


@pytest.mark.parametrize("inline", [True, False])
def test_two_tasks_of_one_function_are_two_workflows(inline: bool, tmp_path: Path) -> None:
    run = cs.aot(here(3, "here's"), blueprints=[there(7, "there's")], inline=inline)
    assert run() == "there's"
    assert cs.aot(here(3, "here's"), inline=inline)() == "default"


def test_a_jump_keeps_kwargs_that_are_bound_to_lazies(tmp_path: Path) -> None:
    found = outcomes(lambda: machine(merging)) | saved_outcomes(lambda: machine(merging), tmp_path)
    assert found == {path: {"w": 1} for path in found}


def test_a_jump_says_that_it_cant_add_to_kwargs_bound_to_lazies(tmp_path: Path) -> None:
    found = outcomes(lambda: machine(adding)) | saved_outcomes(lambda: machine(adding), tmp_path)
    said = (
        "CascadeError: 'more' can't be merged into the **more of 'adding', which is bound to something lazy;"
        " bind it to values, or name its inputs in the signature"
    )
    assert found == dict.fromkeys(found, said)


@pytest.mark.parametrize("inline", [True, False])
def test_a_returned_call_is_given_a_resource_of_each_round(inline: bool) -> None:
    MADE.clear()
    assert cs.aot(asking(2), resources=[cursor], inline=inline)() == 0
    assert MADE == ["round 2", "open", "round 1", "close", "open", "round 0", "close"]
