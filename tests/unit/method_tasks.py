"""Tasks that are methods, in a module of their own: standalone files take along all that its top level does."""

from __future__ import annotations

from typing import Any

import cascade as cs


class Crawler:
    """Counts pages, `width` a round."""

    def __init__(self, width: int) -> None:
        self.width = width

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crawler) and other.width == self.width

    @cs.task
    def pages(self, times: int, *, more: int = 0) -> int:
        """How many pages there are."""
        return self.width * times + more

    @cs.task
    async def pages_later(self, times: int) -> int:
        return self.width * times

    @cs.task
    def all_pages(self, times: int) -> Any:
        return self.pages.map(times=[times, less(times)])

    @cs.task
    def step(self, n: int) -> Any:
        return cs.Jump("again", n - 1) if n else cs.Jump("done", self.width)

    @cs.task
    def step_by_name(self, *, n: int) -> Any:
        return cs.Jump("again", n - 1) if n else cs.Jump("done", self.width)

    @cs.task
    def step_with_anything(self, n: Any) -> Any:
        return cs.Jump("again", given(n)) if n else cs.Jump("done", self.width)

    @cs.task
    def step_later(self, n: int) -> Any:
        return cs.Jump("again", less(n)) if n else cs.Jump("done", self.width)

    @cs.task
    def hands_over(self, n: int) -> Any:
        return cs.Jump("again", n - 1) if n > 2 else cs.Jump("other", n)

    @cs.task
    def size(self) -> int:
        return self.width

    @cs.task
    def nothing(self) -> Any:
        return cs.Jump("again", 1)


@cs.task
def less(n: int) -> int:
    return n - 1


@cs.task
def counts() -> list[int]:
    return [1, 2, 3]


def given(n: int) -> Any:
    """Data of any kind: the first input, or inputs by name."""
    return {"n": n - 1} if n % 2 else n - 1


NARROW, WIDE = Crawler(2), Crawler(10)
