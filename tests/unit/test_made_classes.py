"""Bodies that make a class by a call stay where they are; those that ask for the type of something move."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs


class Base:
    pass


@cs.task
def same(n: Any) -> Any:
    return type(n)(n)


@cs.task
def told(n: Any) -> Any:
    kind = type(n)
    return kind.__name__, kind is int, isinstance(n, type), n.__class__.__name__, [kind(one) for one in (n, n)]


@cs.task
def unrelated(n: Any) -> Any:
    kind = type(n).__name__
    return max(n, 1, 2), kind


@cs.task
def by_type(n: Any) -> Any:
    return type(n)("Made", (n,), {})


@cs.task
def by_variable(n: Any) -> Any:
    kind = type(n)
    return kind("Made", (n,), {})


@cs.task
def by_attribute(n: Any) -> Any:
    return n.__class__("Made", (n,), {})


@pytest.mark.parametrize("task", [same, told, unrelated])
def test_they_move(task: Any) -> None:
    run = cs.aot(task)
    assert run.explain() == f"{task.name}: inlined"
    assert run(1) == task.func(1)


@pytest.mark.parametrize("task", [by_type, by_variable, by_attribute])
def test_they_stay_and_their_classes_are_of_this_module(task: Any) -> None:
    run = cs.aot(task)
    assert run.explain() == f"{task.name}: called; it makes a class"
    assert run(Base).__module__ == __name__
