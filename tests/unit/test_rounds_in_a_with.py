"""What dies when a round ends dies behind the `with` that its tail call stands in."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs

TOLD: list[str] = []


class Lock:
    """Tells when it is left."""

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        TOLD.append("left")


class Page:
    """Tells when it dies."""

    def __del__(self) -> None:
        TOLD.append("dies")


@cs.task
def with_a_variable(n: int) -> Any:
    with Lock():
        page = [Page()]
        return len(page) if n == 0 else cs.tail(with_a_variable, n - 1)


@cs.task
def with_an_input(n: int, page: Any = None) -> Any:
    with Lock():
        assert page is None or type(page) is Page
        return 1 if n == 0 else cs.tail(with_an_input, n - 1, Page())


@cs.task
def with_an_input_that_is_not_read(n: int, page: Any = None) -> Any:
    with Lock():
        return 1 if n == 0 else cs.tail(with_an_input_that_is_not_read, n - 1, Page())


@pytest.mark.parametrize("task", [with_a_variable, with_an_input, with_an_input_that_is_not_read])
def test_it_dies_behind_the_with(task: Any) -> None:
    told = []
    for options in ({"inline": False}, {}):
        run = cs.aot(task, **options)
        TOLD.clear()
        assert run(3) == 1
        told.append(list(TOLD))
    assert told[0] == told[1]
    assert told[0][:2] in (["left", "dies"], ["left", "left"])


@cs.task
def with_numbers(n: int, pages: Any, total: int = 0) -> Any:
    with Lock():
        if n == 0:
            return "done"
        return cs.tail(with_numbers, n - 1, total=total + len(pages))


def test_numbers_and_what_is_handed_on_need_no_call() -> None:
    run = cs.aot(with_numbers)
    assert run(3, []) == "done"
    assert "_with_numbers(" not in run.source
