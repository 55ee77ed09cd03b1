"""Items of a comprehension are called as the parameters that they are given to, where that hides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes


@cs.task
def square(x: int) -> int:
    return x * x


@cs.task
def listed(len: Any) -> Any:
    return [len, 1]


@cs.task
def around(x: int, y: int) -> list[int]:
    return [x + y for y in range(x + y)]


@cs.task
def named(x: int, **words: int) -> tuple[int, list[Any]]:
    return x, sorted(words.items())


@cs.task
def spare(_x: int, n: int) -> int:
    return _x - n


@cs.workflow
def squares(xs: list[int]) -> Any:
    return square.map(x=xs)


@cs.workflow
def of_input(x: list[int]) -> Any:
    return square.map(x=x)


@cs.workflow
def of_builtin(xs: list[int]) -> Any:
    return listed.map(len=xs)


@cs.workflow
def of_own(xs: list[int]) -> Any:
    return around.map(x=xs, y=xs)


@cs.workflow
def of_words(xs: list[int]) -> Any:
    return named.map(x=xs, sorted=xs, square=xs)


@cs.workflow
def of_private(n: list[int]) -> Any:
    return spare.map(_x=n, n=n)


@pytest.mark.parametrize(
    ("workflow", "name", "text"),
    [
        (squares, "xs", "return [x * x for x in "),
        (of_input, "x", "for x_item in "),
        (of_builtin, "xs", "for len_item in "),
        (of_own, "xs", "for x, y_item in "),
        (of_words, "xs", "for x, sorted_item, square in "),
        (of_private, "n", "item, n_item in "),
    ],
)
def test_items_hide_nothing(workflow: Any, name: str, text: str, tmp_path: Path) -> None:
    given = {name: [3, 1, 2]}
    assert text in cs.aot(workflow).source
    found = outcomes(lambda: workflow, given) | saved_outcomes(lambda: workflow, tmp_path, given)
    assert list(found.values()) == [found["cs.run"]] * len(found)
    assert isinstance(found["cs.run"], list)
