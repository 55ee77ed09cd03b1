"""Routers among the inputs of a machine, which its rounds compute anew where a jump leaves them out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes


@cs.task
def page(number: int) -> list[int]:
    return [number]


@cs.task
def choice(number: int) -> int:
    return len(page.func(number))


@cs.task
def turn(n: int, pages: Any, mark: str = "*") -> Any:
    return cs.Jump("again", {"n": n - 1}) if n else cs.Jump("done", [pages, mark])


def machine(several: bool) -> Any:
    chosen = cs.Router(choice(1), {1: page(7), 2: page(choice(2))} if several else {1: page(7)})
    first = turn(2, chosen)
    cs.bind(first, cs.select_jump({"again": first, "done": None}))
    return [chosen, first]


@pytest.mark.parametrize("several", [False, True])
def test_a_route_has_its_value_in_each_round(several: bool, tmp_path: Path) -> None:
    found = outcomes(lambda: machine(several)) | saved_outcomes(lambda: machine(several), tmp_path)
    assert all(value == [[7], [[7], "*"]] for value in found.values())
