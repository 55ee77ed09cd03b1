"""Classes whose instances calling them surely gives, so that a task that returns one needs no check."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import io
import types
import uuid
from typing import Any, Generic, NamedTuple, TypeVar

import pytest

import cascade as cs
from cascade_gen.tasks.names import makes_instances

T = TypeVar("T")


class Point(NamedTuple):
    x: int


class Box(Generic[T]):
    def __init__(self, held: T) -> None:
        self.held = held


class Money(decimal.Decimal):
    """A subclass without a `__new__` of its own."""


class Anything:
    def __new__(cls, given: Any) -> Any:
        return given


class Odd(decimal.Decimal):
    def __new__(cls, given: Any) -> Any:  # type: ignore[misc]
        return given


class Colour(enum.Enum):
    RED = 1


class Meta(type):
    def __call__(cls, *args: Any) -> Any:
        return args[0]


class Called(metaclass=Meta):
    pass


@cs.task
def total(amounts: Any) -> Any:
    return sum((one for one in amounts), decimal.Decimal())


@cs.task
def as_money(amount: Any) -> Any:
    return Money(amount)


@cs.task
def anything(given: Any) -> Any:
    return Anything(given)


@cs.task
def plus(left: Any, right: Any) -> Any:
    return left + right


SURE = (
    *(int, dict, object, decimal.Decimal, fractions.Fraction, collections.deque, collections.Counter, io.StringIO),
    *(array.array, types.SimpleNamespace, datetime.timezone, uuid.UUID, Point, Box, Money),
)


@pytest.mark.parametrize("kind", SURE)
def test_calling_it_gives_an_instance(kind: type) -> None:
    assert makes_instances(kind)


@pytest.mark.parametrize("kind", [Anything, Odd, Colour, Called, len, Point(1), None])
def test_calling_it_may_give_anything(kind: object) -> None:
    assert not makes_instances(kind)


def test_what_they_give_needs_no_check() -> None:
    for call, expected in ((plus(total([1, 2]), 0), 3), (plus(as_money("1.5"), 0), decimal.Decimal("1.5"))):
        assert "Redirect" not in cs.aot(call).source
        assert cs.aot(call)() == cs.run(call) == expected


def test_what_may_be_anything_is_looked_at() -> None:
    assert "misplaced" in cs.aot(plus(anything(1), 2)).source
    with pytest.raises(cs.MisplacedTailCallError):
        cs.aot(plus(anything(cs.tail(plus, 1, 2)), 2))()
