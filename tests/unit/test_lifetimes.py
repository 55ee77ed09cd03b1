"""Values of an interpreted run die at their last use, on the way that the run takes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

import cascade as cs
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.engine.lifetimes import lifetimes

ALIVE: set[str] = set()


class Large:
    """A value that is known to be alive."""

    def __init__(self, name: str) -> None:
        self.name = name
        ALIVE.add(name)

    def __del__(self) -> None:
        ALIVE.discard(self.name)


@cs.task
def large(name: str, *others: object) -> Large:
    return Large(name)


@cs.task
def grown(value: Large) -> Large:
    return Large(value.name + "'")


@cs.task
def alive(*args: object, **values: object) -> list[str]:
    return sorted(ALIVE)


@cs.task
async def alive_later(*values: object) -> list[str]:
    return sorted(ALIVE)


@cs.task
def truth(value: bool) -> bool:
    return value


@cs.task
def spin(value: Large | None, n: int, seen: list[str] | None = None) -> Any:
    if n == 0:
        return seen
    return cs.tail(spin, None, n=n - 1, seen=sorted(ALIVE) if n == 1 else None)


@cs.task
def flaky(value: Large) -> Large:
    if len(FAILED) < 2:
        FAILED.append(value.name)
        raise OSError(value.name)
    return Large("after")


FAILED: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No value of another test; and none that only the collector would find."""
    ALIVE.clear()
    FAILED.clear()
    gc.disable()
    yield
    gc.enable()


def test_a_chain_holds_the_last_value_only() -> None:
    value = large("a")
    for _ in range(4):
        value = grown(value)
    assert cs.run(alive(value)) == ["a''''"]


def test_what_is_read_again_lives_till_then() -> None:
    kept = large("kept")
    first = alive(grown(kept))
    second = alive(kept)
    assert cs.run([first, second, alive().after(second)]) == [["kept", "kept'"], ["kept"], []]


def test_what_nobody_reads_dies_at_once() -> None:
    assert cs.run(alive().after(large("unread"))) == []


def test_a_value_dies_within_the_way_that_is_taken() -> None:
    value = large("a")
    chosen = alive().after(grown(value).run_if(truth(True)))
    assert cs.run(chosen) == []
    left = cs.Router(truth(True), {True: alive().after(grown(value)), False: alive(value)})
    assert cs.run([left, alive()]) == [[], []]


def test_of_a_skipped_chain_the_value_that_is_passed_on_lives() -> None:
    value = large("a")
    for _ in range(3):
        value = grown(value).run_if(truth(False))
    assert cs.run([alive(value), alive()]) == [["a"], []]


def test_a_mapped_iterable_dies_with_the_map() -> None:
    sizes = alive.map(values=[large("a")])
    assert cs.run([sizes, alive().after(sizes)]) == [[["a"]], []]


def test_a_loop_holds_no_value_of_its_beginning() -> None:
    assert cs.run(spin(large("first"), 3)) == []


def test_what_is_tried_again_keeps_its_arguments() -> None:
    result = flaky(large("a")).with_retry(3)
    assert cs.run(alive(result)) == ["after"]
    assert FAILED == ["a", "a"]


def test_branches_side_by_side_hold_no_more_than_they_need() -> None:
    one = alive_later(grown(large("a")))
    other = alive_later(grown(large("b")))
    assert cs.run([one, other, alive().after(one, other)])[2] == []


def test_a_deferred_value_lives_for_all_who_may_ask() -> None:
    value = grown(large("a"))
    routes = [cs.Router(truth(yes), {True: alive(value), False: 0}) for yes in (False, True, True)]
    assert cs.run([*routes, alive()]) == [0, ["a'"], ["a'"], []]


def test_a_block_that_stands_in_two_places_lets_nothing_die_too_early() -> None:
    text = """
        blueprint twice:
          task f = shop:f
          a = call f()
          if a:
            b = call f(a)
          else:
            b = 1
          c = call f(b)
          return c
        """
    blueprint = parse_blueprint(dedent(text).strip("\n") + "\n")
    body = (*blueprint.body[:2], *blueprint.body[1:])
    found = lifetimes(type(blueprint)("twice", (), body, blueprint.result, blueprint.tasks))
    assert [names for one, names in found.steps[id(body)]] == [(), (), (), ("a",), ("b",)]


def test_lifetimes_are_worked_out_once_and_forgotten_with_the_blueprint() -> None:
    from cascade_gen.engine import lifetimes as module

    blueprint = cs.BlueprintBuilder().build(alive(1))
    before = len(module._known)
    assert lifetimes(blueprint) is lifetimes(blueprint)
    assert len(module._known) == before + 1
    del blueprint
    assert len(module._known) == before
