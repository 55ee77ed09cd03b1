"""A lazy value that several workflows of a loop are bound to runs once a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cascade as cs

from .all_paths import linked_outcomes

RAN: list[str] = []


@cs.task
def load(name: str) -> str:
    RAN.append(name)
    return name


@cs.task
async def fetch(name: str) -> str:
    RAN.append(name)
    return name


@cs.task
def ping(n: int, config: object = "default") -> Any:
    return config if n == 0 else cs.tail(pong, n - 1)


@cs.task
def pong(n: int, config: object = "default") -> Any:
    return config if n == 0 else cs.tail(ping, n - 1)


def _of_root(one: Any) -> Any:
    return ping(3, one), [pong(0, one)]


def _of_target_before(one: Any) -> Any:
    return [one, ping(3)], [pong(0, one)]


def _of_target_behind(one: Any) -> Any:
    return [ping(3), one], [pong(0, one)]


WAYS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "the root and another": (_of_root, "page"),
    "a target before the loop and another": (_of_target_before, ["page", "page"]),
    "a target behind the loop and another": (_of_target_behind, ["page", "page"]),
}


@pytest.mark.parametrize("task", [load, fetch], ids=["sync", "async"])
@pytest.mark.parametrize("way", WAYS)
def test_runs_once(way: str, task: Any) -> None:
    RAN.clear()
    build, wanted = WAYS[way]
    found = linked_outcomes(lambda: build(task("page")))
    assert found == dict.fromkeys(found, wanted)
    assert len(RAN) == len(found)


@pytest.mark.parametrize("task", [load, fetch], ids=["sync", "async"])
def test_runs_at_the_first_entry_and_not_where_there_is_none(task: Any) -> None:
    RAN.clear()
    found = linked_outcomes(lambda: (ping(0, "own"), [pong(0, task("page"))]))
    assert found == dict.fromkeys(found, "own")
    assert not RAN


@cs.task
def size(n: int) -> int:
    RAN.append(f"size {n}")
    return n


@pytest.mark.parametrize("inline", [True, False])
def test_the_amounts_of_another_workflow_are_computed_once(inline: bool) -> None:
    RAN.clear()
    held = pong(0).with_constraints(memory=size(2))
    run = cs.aot(ping(4, "own"), blueprints=[held], system_resources={"memory": 4}, inline=inline)
    assert run() == "own"
    assert RAN == ["size 2"]


@pytest.mark.parametrize("inline", [True, False])
def test_an_amount_may_be_an_input_as_well(inline: bool) -> None:
    RAN.clear()
    one = size(2)
    held = pong(0, one).with_constraints(memory=one)
    run = cs.aot(ping(3, one), blueprints=[held], system_resources={"memory": 4}, inline=inline)
    assert run() == 2
    assert RAN == ["size 2"]
