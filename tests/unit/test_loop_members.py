"""Which call a round of a loop is, and with what it is bound: tasks that share a function, resources, `**kwargs`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import linked_outcomes, outcomes, saved_outcomes

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


@cs.task
def pull(n: int, source: str = "default", way: str = "name", changed: bool = True) -> Any:
    """A loop that goes on elsewhere, in this way; what comes back finds what it is bound to, not what has changed."""
    if n == 0:
        return source
    if not changed:
        return cs.tail(pull, n=n, source="another", changed=True)
    if way == "retry":
        return push(n - 1).with_retry(2)
    if way == "condition":
        return push(n - 1).run_if(True)
    if way == "route":
        return cs.Router("again", {"again": push(n - 1)})
    if way == "helper":
        return pushed(n - 1)
    return cs.TailCall([n - 1], {}, "push")


def pushed(n: int) -> Any:
    return push(n).with_retry(2)


@cs.task
def push(n: int) -> Any:
    return cs.TailCall([n - 1], {}, "pull")


def _where(n: int, main: bool = True) -> Any:
    is_main = threading.current_thread() is threading.main_thread()
    return is_main if n == 0 else (aside if n == 1 else ahead)(n - 1)


ahead, aside = cs.task(name="ahead")(_where), cs.task(name="aside", mode="blocking")(_where)


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


@pytest.mark.parametrize("way", ["name", "retry", "condition", "route", "helper"])
@pytest.mark.parametrize("changed", [True, False])
def test_what_comes_back_from_a_returned_graph_finds_what_the_loop_is_bound_to(way: str, changed: bool) -> None:
    found = outcomes(lambda: pull(2, "bound", way, changed))
    assert found == dict.fromkeys(found, "bound")


@pytest.mark.parametrize("changed", [True, False])
def test_what_comes_back_from_a_linked_workflow_finds_what_the_loop_is_bound_to(changed: bool) -> None:
    for linked in (lambda: push(9), lambda: push(9).run_if(cs.task(lambda: True)())):
        found = linked_outcomes(lambda linked=linked: (pull(2, "bound", changed=changed), [linked()]))
        assert found == dict.fromkeys(found, "bound")


def test_what_comes_back_has_the_policies_of_the_root() -> None:
    tries: list[int] = []

    @cs.task
    def flaky(n: int) -> Any:
        tries.append(n)
        if n == 0 and tries.count(0) == 1:
            raise OSError("once more")
        return n if n == 0 else cs.TailCall([n - 1], {}, "hand")

    @cs.task
    def hand(n: int) -> Any:
        return cs.TailCall([n - 1], {}, "flaky")

    found = linked_outcomes(lambda: (tries.clear() or flaky(2).with_retry(2), [hand(9).run_if(cs.task(lambda: 1)())]))
    assert found == dict.fromkeys(found, 0)


def test_two_tasks_of_one_function_run_in_their_own_mode(tmp_path: Path) -> None:
    found = outcomes(lambda: ahead(2)) | saved_outcomes(lambda: ahead(2), tmp_path)
    assert found == dict.fromkeys(found, False)
