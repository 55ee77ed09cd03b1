"""Tasks that are methods: the instance is the first input, of tail calls too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import linked_outcomes, outcomes, saved


class Crawler:
    """Counts pages, `width` a round."""

    def __init__(self, width: int) -> None:
        self.width = width

    @cs.task
    def step(self, n: int, seen: int = 0) -> Any:
        return seen if n == 0 else cs.tail(self.step, n - 1, seen=seen + self.width)

    @cs.task
    def keeps(self, n: int, seen: int = 0) -> Any:
        return (self.width, seen) if n == 0 else cs.tail(self.keeps, n=n - 1)

    @cs.task
    async def step_later(self, n: int, seen: int = 0) -> Any:
        return seen if n == 0 else cs.tail(self.step_later, n - 1, seen=seen + self.width)

    @cs.task
    def turns(self, n: int, other: Any, seen: int = 0) -> Any:
        return seen if n == 0 else cs.tail(other.turns, n - 1, self, seen + self.width)

    @cs.task
    def ping(self, n: int, seen: int = 0) -> Any:
        return seen if n == 0 else cs.tail(self.pong, n - 1)

    @cs.task
    def pong(self, n: int, seen: int = 5) -> Any:
        return seen + self.width if n == 0 else cs.tail(self.ping, n - 1, seen)

    @cs.task
    def lazily(self, n: int) -> Any:
        return self.width if n == 0 else cs.tail(self.lazily, less(n))

    @cs.task
    def width_of(self, times: int) -> int:
        return self.width * times

    @cs.workflow
    def walk(self, n: int) -> Any:
        return walks(self, n)

    @classmethod
    @cs.task
    def shared(cls, n: int) -> Any:
        return cls.__name__ if n == 0 else cs.tail(cls.shared, n - 1)


class Wide(Crawler):
    """A subclass whose methods are those of its base."""


@cs.task
def less(n: int) -> int:
    return n - 1


@cs.task
def walks(crawler: Any, n: int) -> Any:
    return crawler.width if n == 0 else cs.tail(crawler.walk, n - 1)


@cs.task
def begins(n: int) -> Any:
    return cs.tail(NARROW.step, n)


NARROW = Crawler(2)


@pytest.mark.parametrize(
    ("build", "comes_to"),
    [
        (lambda: NARROW.step(3), 6),
        (lambda: Wide(10).step(3), 30),
        (lambda: NARROW.keeps(3, 7), (2, 7)),
        (lambda: NARROW.step_later(3), 6),
        (lambda: NARROW.turns(3, Wide(10)), 14),
        (lambda: NARROW.ping(3), 7),
        (lambda: NARROW.lazily(3), 2),
        (lambda: walks(NARROW, 3), 2),
        (lambda: Wide.shared(3), "Wide"),
        (lambda: begins(3), 6),
    ],
)
def test_it_goes_on_with_the_instance(build: Callable[[], Any], comes_to: Any) -> None:
    found = outcomes(build)
    assert found == dict.fromkeys(found, comes_to)


def test_a_method_of_another_workflow_of_the_compilation() -> None:
    for build, comes_to in (
        (lambda: (begins(3), [NARROW.step(1, 100)]), 106),
        (lambda: (NARROW.ping(3), [NARROW.pong(1, 50)]), 52),
    ):
        found = linked_outcomes(build)
        assert found == dict.fromkeys(found, comes_to)


@pytest.mark.parametrize("task", [Crawler.step, Crawler.keeps])
def test_the_method_is_what_is_compiled(task: Any, tmp_path: Path) -> None:
    for width in (2, 3):
        crawler = Crawler(width)
        wanted = cs.run(task, {"self": crawler, "n": 3})
        assert cs.aot(task)(crawler, 3) == cs.aot(task, inline=False)(crawler, 3) == wanted
        assert saved(cs.aot(task), tmp_path / "agent.py")(crawler, 3) == wanted
    for standalone in (False, True):
        assert saved(cs.aot(NARROW.step(3)), tmp_path / "bound.py", standalone=standalone)() == 6


def test_what_is_no_method_of_a_task_is_refused_by_its_name() -> None:
    for method in (NARROW.__init__, [].append):
        with pytest.raises(TypeError, match=r"tail takes a task or a workflow as its first argument; got <b"):
            cs.tail(method, 1)


def test_the_map_of_a_method_takes_its_instances() -> None:
    found = outcomes(lambda: Crawler.width_of.map(self=[NARROW, Wide(10)], times=[3, 1]))
    assert all(value == [6, 10] for value in found.values())
    with pytest.raises(TypeError, match=r"argument: 'self'; the map of a method takes an instance .*: self=\[...\]$"):
        Crawler.width_of.map(times=[1, 2])
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'size'$"):
        Crawler.width_of.map(self=[NARROW], size=[1])
