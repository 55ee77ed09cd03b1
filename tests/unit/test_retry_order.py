"""A retry without a delay tries again at once, whatever runs beside it."""

from __future__ import annotations

from typing import Any

import cascade as cs

from .all_paths import outcomes

SEEN: list[int] = []


@cs.task
async def fetch(n: int) -> int:
    SEEN.append(n)
    if n == 2 and SEEN.count(2) % 2:
        raise OSError("once more")
    return n


@cs.task
def both(*pages: int) -> list[int]:
    return list(pages)


def items() -> Any:
    return fetch.map(n=[1, 2, 3]).with_retry(2)


def arguments() -> Any:
    return both(*(fetch(n).with_retry(2) for n in (1, 2, 3)))


def test_the_order_of_attempts() -> None:
    for build in (items, arguments):
        SEEN.clear()
        found = outcomes(build)
        assert found == {path: [1, 2, 3] for path in found}
        assert [1, 2, 2, 3] * len(found) == SEEN


def test_the_order_of_attempts_that_are_told() -> None:
    for run in (
        lambda: cs.run(items(), bus=cs.MessageBus()),
        lambda: cs.aot(items(), observer=cs.MessageBus()).run(),
    ):
        SEEN.clear()
        assert run() == [1, 2, 3]
        assert SEEN == [1, 2, 2, 3]
