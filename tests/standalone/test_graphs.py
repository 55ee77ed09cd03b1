"""Calls that tasks return and that the file has no code for: run as they are nested, or refused when they are met."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standalone.support import Package, printed, refusal, run

STEPS = """
    import cascade as cs

    from . import asyncs

    seen = []


    @cs.task
    def note(n):
        seen.append(n)
        return n


    @cs.task
    def add(a, b):
        return a + b


    @cs.task
    def total(n: int, acc=0, rest=()):
        items = [n]
        if items[0] == 0:
            return [acc, list(rest), seen]
        same = note(n)
        return cs.tail(total, n=n - 1, acc=add(same, add(acc, b=same)), rest=(same, {"x": same}))


    @cs.task
    def policies(n: int):
        found = [add(n, 1).with_retry(2)]
        return found.pop()


    @cs.task
    def meets(n: int):
        return asyncs.make(n)


    @cs.task
    def back(n: int, x: int = 0):
        if n <= 0:
            return x
        return cs.tail(back, n=n - 1) if n % 2 else back(n - 1, note(n))


    def half(n):
        return n // 2


    halved = cs.task(name="halved")(half)


    def go_on(n, acc):
        return cs.tail(halves, n - 1, halved(half(acc + 8))) if n else acc


    @cs.task
    def halves(n: int, acc: int = 0):
        return go_on(n, acc)


    @cs.task
    def routes(n: int):
        return cs.Router(n, {1: note(1)})
"""
ASYNCS = """
    import cascade as cs


    @cs.task
    async def later(n):
        return n


    def make(n):
        return later(n)
"""


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path, steps=STEPS, asyncs=ASYNCS)


def test_lazies_in_a_tail_call_run_once_and_in_order(package: Package) -> None:
    assert printed(package.save(package.load().total), "--n", "2") == '[6, [1, {"x": 1}], [2, 1]]'


def test_tasks_that_a_call_makes_are_tasks_too(package: Package) -> None:
    assert printed(package.save(package.load().halves), "--n", "2") == "2"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("policies", "CascadeError: a task returned a graph that this standalone file was not compiled for"),
        ("meets", "CascadeError: 'later' is async"),
    ],
)
def test_what_needs_the_compiler_is_an_error_when_it_is_met(package: Package, name: str, says: str) -> None:
    done = run(package.save(getattr(package.load(), name)), "--n", "1")
    assert done.returncode == 1
    assert says in done.stderr


def test_a_call_that_goes_round_with_inputs_of_its_own_is_an_error_when_it_is_met(package: Package) -> None:
    done = run(package.save(package.load().back(4, 7).with_retry(2)))
    assert done.returncode == 1
    assert "CascadeError: a task returned a graph that this standalone file was not compiled for" in done.stderr


def test_a_router_made_in_a_body_is_refused(package: Package) -> None:
    assert "cs.Router makes a graph when a task runs" in refusal(package, package.load().routes)
