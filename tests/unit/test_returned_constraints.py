"""Constraints of a call that a task returns, of a workflow that has none else: they hold against no system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved


@cs.task
def cost(n: int) -> int:
    return n


@cs.task
def double(n: int) -> int:
    return 2 * n


@cs.task
async def later(n: int) -> int:
    return 2 * n


@cs.task
def call(n: int) -> Any:
    return double(n).with_constraints(gpu=n)


@cs.task
def lazily(n: int) -> Any:
    return double(n).with_constraints(gpu=cost(n))


@cs.task
def mapped(n: int) -> Any:
    return double.map(n=[n]).with_constraints(gpu=n)


@cs.task
def routed(n: int) -> Any:
    return cs.Router(n, {n: double(n).with_constraints(gpu=n)})


@cs.task
def in_an_argument(n: int) -> Any:
    return cs.tail(double, double(n).with_constraints(gpu=n))


@cs.task
def in_a_graph(n: int) -> Any:
    return double(double(n).with_constraints(gpu=n))


@cs.task
def awaited(n: int) -> Any:
    return later(n).with_constraints(gpu=n)


WAYS: dict[str, tuple[Callable[[int], Any], Any]] = {
    "a call": (call, 6),
    "lazy amounts": (lazily, 6),
    "a map": (mapped, [6]),
    "a route": (routed, 6),
    "in an argument of a tail call": (in_an_argument, 12),
    "of an input": (in_a_graph, 12),
    "async": (awaited, 6),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_limited_without_a_system(way: str) -> None:
    build, wanted = WAYS[way]
    found = outcomes(lambda: build(3))
    assert found == dict.fromkeys(found, wanted)
    again = outcomes(lambda: [build(3), double(1).with_constraints(gpu=1)])
    assert again == {path: [wanted, 2] for path in again}


@pytest.mark.parametrize("way", ["a call", "lazy amounts", "a map"])
def test_what_is_no_amount_is_told(way: str) -> None:
    found = outcomes(lambda: WAYS[way][0](-1))
    assert found == dict.fromkeys(found, "ValueError: Resource amount 'gpu=-1' must not be negative or NaN.")


def test_a_saved_module_holds_them_too(tmp_path: Path) -> None:
    assert saved(cs.aot(call(3)), tmp_path / "saved.py")() == 6
