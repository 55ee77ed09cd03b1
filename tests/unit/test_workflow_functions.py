"""What `@cs.workflow` goes on: plain functions, methods among them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes


@cs.task
def scaled(value: int, factor: int = 1) -> int:
    return value * factor


class Gauge:
    factor = 3

    @cs.workflow
    def twice(self, value: Any) -> Any:
        return [scaled(value, self.factor), scaled(value)]


GAUGE = Gauge()

CALLS: dict[str, Callable[[], Any]] = {
    "of an object": lambda: GAUGE.twice(2),
    "of the class": lambda: Gauge.twice(GAUGE, 2),
    "by keyword": lambda: GAUGE.twice(value=2),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_method_binds(name: str, tmp_path: Path) -> None:
    build = CALLS[name]
    for path, found in {**outcomes(build), **saved_outcomes(build, tmp_path)}.items():
        assert found == [6, 2], path


def test_it_nests_in_another() -> None:
    @cs.workflow
    def around(value: Any) -> Any:
        return scaled(GAUGE.twice(value)[0], 2)

    for path, found in outcomes(lambda: around, {"value": 5}).items():
        assert found == 30, path


@cs.task
def lower(n: int, by: int = 1) -> int:
    return cs.TailCall([n - by], target_blueprint_id="lowered") if n > 0 else n


@cs.workflow
def lowered(n: int, by: int = 2) -> Any:
    return lower(n, scaled(by, 2))


@pytest.mark.filterwarnings("error")
def test_a_tail_call_finds_one_of_its_module_by_its_name(tmp_path: Path) -> None:
    def build() -> Any:
        return lower(5)

    for path, found in {**outcomes(build), **saved_outcomes(build, tmp_path)}.items():
        assert found == 0, path


def test_a_method_that_is_not_called_says_what_to_do() -> None:
    for method in (GAUGE.twice, Counter().count):
        with pytest.raises(cs.CompileError, match="compile the call of it"):
            cs.aot(method)


class Counter:
    @cs.task
    def count(self, n: int) -> int:
        return n


async def a_coroutine(value: int) -> int:
    return value


def a_generator(value: int) -> Iterator[int]:
    yield value


async def an_async_generator(value: int) -> AsyncIterator[int]:
    yield value


@pytest.mark.parametrize(
    ("function", "kind"),
    [(a_coroutine, "async"), (a_generator, "a generator"), (an_async_generator, "an async generator")],
)
@pytest.mark.parametrize("decorator", [cs.workflow, cs.workflow(), cs.workflow(name="other")])
def test_no_other_kind_of_function(
    function: Callable[[int], Coroutine[Any, Any, int]], kind: str, decorator: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError) as caught:
        decorator(function)
    text = str(caught.value)
    assert text.startswith(f"@cs.workflow goes on a plain function, which declares the graph; {function.__name__!r}")
    assert f" is {kind}: return the calls of tasks" in text
