"""A loop remembers the types that can't hold anything lazy, and no others."""

from __future__ import annotations

import weakref
from collections import Counter, deque
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pytest

import cascade as cs
from cascade_gen.runtime.loops import Loop
from cascade_gen.runtime.redirects import MADE, Lazy


@dataclass
class State:
    left: int = 0


class Point(NamedTuple):
    x: object


class Pair(tuple[Any, ...]):
    """A tuple that isn't looked into, but for fields that it may get."""


class Forwarding:
    """Reads its attributes off another object, its class among them."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "value"), name)


class Pretending(State):
    """Says that it is of another class."""

    kind: type = State

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.kind


def settled(loop: Loop, *values: object) -> bool:
    """Whether the type of the first value is remembered."""
    loop.settle(values, MADE[0])
    return type(values[0]) in loop.inert


@pytest.mark.parametrize(
    "value", [State(), deque(), Counter(), date(2024, 1, 1), object(), State, iter([]), {}.keys()]
)
def test_a_type_that_is_never_looked_into_is_remembered(value: object) -> None:
    loop = Loop()
    assert type(value) not in loop.inert
    assert settled(loop, value)
    assert type(value) not in Loop().inert


@pytest.mark.parametrize("value", [[], (), {}, set(), frozenset(), Point(1), Pair(), Forwarding(1), Pretending()])
def test_a_type_whose_next_instance_may_be_looked_into_is_not(value: object) -> None:
    assert not settled(Loop(), value)


def test_what_points_to_anything_is_not() -> None:
    state = State()
    assert not settled(Loop(), weakref.proxy(state))


def test_a_lazy_is_computed_and_not_remembered() -> None:
    @cs.task
    def one() -> int:
        return 1

    loop = Loop()
    values, _ = loop.settle((one(), State()), MADE[0])
    assert values == (1, State())
    assert not any(issubclass(kind, Lazy) for kind in loop.inert)


def test_a_loop_remembers_so_many_types() -> None:
    loop = Loop()
    for number in range(1000):
        settled(loop, type(f"Made{number}", (), {})())
    assert len(loop.inert) < 100


def test_an_async_loop_remembers_them_too() -> None:
    import asyncio

    loop = Loop()
    asyncio.run(loop.settle_async((State(), []), MADE[0]))
    assert State in loop.inert
    assert list not in loop.inert


def test_a_value_that_becomes_lazy_by_its_class_is_computed() -> None:
    """A proxy that was none of a lazy value says nothing of the next."""

    @cs.task
    def go(n: int, value: object) -> object:
        if n == 0:
            return type(value).__name__
        return cs.tail(go, n=n - 1, value=NEXT[n]())

    made = cs.aot(go)
    assert made(2, None) == "int"


@cs.task
def two() -> int:
    return 2


NEXT = {2: lambda: Forwarding(3), 1: lambda: Forwarding(two())}
