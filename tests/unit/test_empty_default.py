"""A default that is `inspect.Parameter.empty`, which a signature can't tell from none."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import cascade as cs

EMPTY = inspect.Parameter.empty


@cs.task
def shown(first: int = 1, second: Any = EMPTY, *, third: Any = EMPTY) -> list[Any]:
    return [first, second is EMPTY, third is EMPTY]


@cs.task
def spin(n: int, mark: Any = EMPTY) -> Any:
    return cs.tail(spin, n=n - 1) if n else mark is EMPTY


@cs.task
def down(n: int, mark: Any = EMPTY) -> Any:
    return down(n - 1) if n else mark is EMPTY


@pytest.mark.parametrize("inline", [True, False])
def test_it_is_the_value_where_nothing_is_given(inline: bool) -> None:
    kept = shown().with_cache(cs.MemoryCache())
    workflow = [shown(), shown(2), shown(third=3), shown.map(first=[4]), spin(2), down(2, 5), kept]
    expected = [[1, True, True], [2, True, True], [1, True, False], [[4, True, True]], True, True, [1, True, True]]
    assert cs.run(workflow) == expected
    assert cs.aot(workflow, inline=inline)() == expected


def test_it_is_the_default_of_an_input() -> None:
    run = cs.aot(shown)
    assert run() == [1, True, True]
    assert run(2, third=4) == [2, True, False]
    assert cs.run(shown) == [1, True, True]
    assert cs.aot(spin)(3) is True


def test_what_has_no_default_has_to_be_given() -> None:
    with pytest.raises(TypeError, match=r"spin\(\) missing 1 required positional argument: 'n'"):
        spin()
