"""A `StopIteration` that a task raises comes out as it does of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cascade as cs


@cs.task
def stop(word: str) -> str:
    raise StopIteration(word)


@cs.task
def give(value: Any) -> Any:
    return value


@cs.task
def returned(word: str) -> Any:
    return give(stop(word))


@cs.task
async def stop_later(word: str) -> str:
    raise StopIteration(word)


def shared() -> list[Any]:
    node = stop("deferred")
    return [give(cs.Router(give("k"), {"k": give(node)})), give(node)]


RUNS: list[Callable[[Any], Any]] = [cs.run, lambda workflow: cs.aot(workflow).run()]


@pytest.mark.parametrize("run", RUNS, ids=["interpreted", "compiled"])
@pytest.mark.parametrize(
    ("workflow", "word"), [(stop("root"), "root"), (returned("graph"), "graph"), (shared(), "deferred")]
)
def test_as_itself(run: Callable[[Any], Any], workflow: Any, word: str) -> None:
    with pytest.raises(StopIteration, match=word) as caught:
        run(workflow)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("run", RUNS, ids=["interpreted", "compiled"])
def test_from_a_coroutine_it_is_a_runtime_error(run: Callable[[Any], Any]) -> None:
    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        run(stop_later("x"))
