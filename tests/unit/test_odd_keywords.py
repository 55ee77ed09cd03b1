"""Keywords that are no names in Python, and calls with very many arguments that may be skipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes


@cs.task
def words(*args: Any, **named: Any) -> Any:
    return [*args, *sorted(named.items())]


@cs.task
def called(*args: Any, **named: Any) -> Any:
    def apart() -> Any:
        return [*args, *sorted(named.items())]

    return apart()


@cs.task
def goes_round(n: int, **named: Any) -> Any:
    def apart() -> Any:
        return sorted(named.items())

    return cs.tail(goes_round, n - 1, **{f"round {n}": n}) if n else apart()


@cs.task
def is_on() -> bool:
    return True


@pytest.mark.parametrize(
    ("build", "comes_to"),
    [
        (lambda: words(called(**{"a b": 1, "if": 2})), [[("a b", 1), ("if", 2)]]),
        (lambda: words(1, **{"a b": called(**{"c d": 1}).with_retry(2)}), [1, ("a b", [("c d", 1)])]),
        (lambda: called.map(**{"a b": [1, 2], "c": [3, 4]}), [[("a b", 1), ("c", 3)], [("a b", 2), ("c", 4)]]),
        (lambda: words.map(**{"class": called(5)}), [[("class", 5)]]),
        (lambda: goes_round(2, **{"is": 0}), [("is", 0), ("round 1", 1), ("round 2", 2)]),
    ],
)
def test_keywords_that_are_no_names(build: Callable[[], Any], comes_to: Any, tmp_path: Path) -> None:
    found = outcomes(build) | saved_outcomes(build, tmp_path)
    assert found == dict.fromkeys(found, comes_to)


def test_a_thousand_arguments_that_may_be_skipped() -> None:
    found = outcomes(lambda: words(*(called(n).run_if(is_on()) for n in range(1000))))
    assert all(value == [[n] for n in range(1000)] for value in found.values())
