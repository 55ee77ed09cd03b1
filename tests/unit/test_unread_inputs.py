"""Inputs that a task's body doesn't read are computed all the same, and stored nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes

TRIES: list[int] = []


@cs.resource
def lock() -> Iterator[str]:
    yield "held"


@cs.task
def load() -> list[int]:
    return [1]


@cs.task
def flaky() -> int:
    TRIES.append(1)
    if len(TRIES) % 2:
        raise OSError("once more")
    return 1


@cs.task
def ignoring(n: int, other: object = None) -> int:
    """Two statements, so that the body is no mere expression."""
    n += n
    return n


@cs.task
def locked(n: int, held: str = cs.inject("lock")) -> int:
    n += n
    return n


@cs.task
def add(a: int, b: int) -> int:
    return a + b


@cs.task
def down(n: int, x: int) -> Any:
    return x if n == 0 else down(n - 1, x + 1)


UNREAD: dict[str, Any] = {
    "a call": lambda: add(1, ignoring(2, load())),
    "a retried call": lambda: add(1, ignoring(2, flaky().with_retry(2))),
    "a variable of the environment": lambda: add(1, ignoring(2, cs.Env("HOME", default=""))),
    "a map": lambda: add(1, ignoring(2, add.map(a=[1], b=[2]))),
}


@pytest.mark.parametrize("case", UNREAD)
def test_an_unread_argument(case: str, tmp_path: Path) -> None:
    found = outcomes(UNREAD[case]) | saved_outcomes(UNREAD[case], tmp_path)
    assert found == dict.fromkeys(found, 5)


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("workflow", [lambda: add(locked(2), 1), lambda: down(1, locked(2))], ids=["call", "loop"])
def test_an_unread_resource(workflow: Any, inline: bool) -> None:
    assert cs.aot(workflow(), resources=[lock], inline=inline)() == 5
