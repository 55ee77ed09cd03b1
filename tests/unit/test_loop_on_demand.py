"""Loops that are made when a redirect turns up: their inputs are the parameters of the function."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from cascade_gen.runtime.plain_loop import PlainLoop
from cascade_gen.runtime.redirects import TailCall


def _count(n: int, /, step: int = 1, *rest: int, note: str = "", **more: Any) -> Any:
    if n <= 0:
        return n, step, rest, note, more
    return TailCall(args=[n - step])


def test_inputs_that_are_not_named_keep_their_values() -> None:
    inputs = (3, 2, (7,), "kept", {"a": 1})
    assert PlainLoop("count", _count).finish(_count(3, 2), inputs) == (-1, 2, (7,), "kept", {"a": 1})


def test_what_does_not_bind_fails_in_the_words_of_the_function() -> None:
    with pytest.raises(TypeError, match=r"^_plain\(\) got an unexpected keyword argument 'm'"):
        PlainLoop("plain", _plain).finish(TailCall(kwargs={"m": 1}), (1,))


def _plain(n: int) -> Any:
    return n


def test_functions_of_equal_code_have_loops_of_their_own() -> None:
    def made(end: str) -> Any:
        def poll(n: int) -> Any:
            return TailCall(args=[n - 1]) if n else end

        return poll

    first, second = made("first"), made("second")
    assert PlainLoop("poll", first).finish(first(2), (2,)) == "first"
    assert PlainLoop("poll", second).finish(second(2), (2,)) == "second"


def test_a_wrapper_binds_as_what_it_wraps() -> None:
    @functools.wraps(_plain)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return _plain(*args, **kwargs)

    assert PlainLoop("plain", wrapper).finish(TailCall(kwargs={"n": 5}), (1,)) == 5
