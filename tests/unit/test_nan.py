"""A NaN equals nothing, itself among that: what was given is found again by being the very object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes

NAN = float("nan")


@cs.task
def same(value: Any) -> Any:
    return value


@cs.task
def one() -> int:
    return 1


@cs.task
def found(where: Any, value: Any) -> bool:
    return value in where


CASES: dict[str, tuple[Callable[[], Any], Any]] = {
    "a key of a Router": (lambda: cs.Router(same(NAN), {NAN: 2, 1: 3}), 2),
    "another key of it": (lambda: cs.Router(one(), {NAN: 2, 1: 3}), 3),
    "a key of a Router in an argument": (lambda: same(cs.Router(same(NAN), {1: 3, NAN: one()})), 1),
    "an item beside something lazy": (lambda: found([same(NAN), one()], same(NAN)), True),
    "a key beside something lazy": (lambda: found({NAN: one()}, same(NAN)), True),
    "an item of a literal": (lambda: found([NAN, one()], same(NAN)), True),
    "a complex one": (lambda: cs.Router(same(BOTH), {BOTH: 2}), 2),
}

BOTH = complex("nan")


@pytest.mark.parametrize("name", CASES)
def test_it_is_found_on_every_path(name: str, tmp_path: Path) -> None:
    build, wanted = CASES[name]
    paths = outcomes(build) | saved_outcomes(build, tmp_path)
    assert paths == dict.fromkeys(paths, wanted)


def test_another_one_is_no_key() -> None:
    for path, text in outcomes(lambda: cs.Router(same(float("nan")), {NAN: 2, 1: 3})).items():
        assert text == "RouteNotFoundError: no route for nan; there are nan, 1", path
