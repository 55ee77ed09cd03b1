"""Jumps that can be seen become assignments: what comes of them is what comes of the trampoline, on every path."""

from __future__ import annotations

import functools
from typing import Any

import pytest

import cascade as cs

log: list[str] = []


@cs.task
def twice(n):
    return 2 * n


def machine(step: Any, *others: Any, **routes: Any) -> Any:
    """The steps, each bound to the same routes; it begins with the first."""
    for one in (step, *others):
        cs.bind(one, cs.select_jump({**routes, "end": None}))
    return step


def loop_of(step: Any) -> Any:
    return machine(step, again=step)


@cs.task
def appended(n, box):
    box.append(twice(n))
    return cs.Jump("end", box)


@cs.task
def spread(n):
    rest = [n, 5][:1]
    return cs.Jump("end", *rest)


class Odd:
    """Its difference is a dict, for once."""

    def __sub__(self, other):
        return {"n": 7, "k": 5}


@cs.task
def by_operator(n, k=0):
    return cs.Jump("again", n - 1) if k == 0 else cs.Jump("end", (n, k))


@cs.task
def bound_again(n, seen=0, log=()):
    if n == 0:
        return cs.Jump("end", (seen, log))
    return cs.Jump("again", {"n": n - 1, "log": (*log, (n, seen))})


@cs.task
def either(n, total=0):
    return cs.Jump("again" if n else "end", {"n": n - 1, "total": total + n})


@cs.task
def within(n):
    try:
        return cs.Jump("again" if n > 0 else "end", {"n": n - 1})
    finally:
        log.append(f"left {n}")


@cs.task
def handed_on(n, value=0):
    if n == 0:
        return cs.Jump("end", value)
    return cs.Jump("again", {"value": twice(value + n), "n": n - 1})


@cs.task
def to_none(n):
    return cs.Jump("again", None) if log.count("to_none") < log_once(n) else cs.Jump("end", n)


def log_once(n):
    log.append("to_none")
    return n


@cs.task
def mixed(n, word="w"):
    if n == 0:
        return cs.Jump("end", word)
    if n % 2:
        return cs.tail(mixed, n=n - 1, word=word + "t")
    return cs.Jump("again", {"n": n - 1})


@cs.task
def numbered(n):
    return cs.Jump(1 if n else 2.0, {"n": n - 1})


@cs.task
def named(n, k):
    if n == 0:
        return cs.Jump("end", k)
    if n == 2:
        return cs.TailCall(kwargs={"n": 1}, target_blueprint_id="named")
    return cs.Jump("again", {"n": n - 1})


def two_of_one_name() -> Any:
    first, second = named(3, "first"), named(9, "second")
    return machine(first, second, again=first, other=second)


def by_number() -> Any:
    step = numbered(3)
    return cs.bind(step, cs.select_jump({True: step, 2: None}))


def outcome(run: Any) -> Any:
    """What a run gives, and what it logs."""
    log.clear()
    try:
        return run(), list(log)
    except Exception as error:
        return type(error), str(error), list(log)


CASES = {
    "a lazy put into what it ends with": (lambda: loop_of(appended(2, [])), ([4], [])),
    "spread data": (lambda: loop_of(spread(3)), (3, [])),
    "an operator that gives a dict": (lambda: loop_of(by_operator(Odd())), ((7, 5), [])),
    "inputs that aren't overridden are as bound": (lambda: loop_of(bound_again(2, 1)), ((1, ((2, 1), (1, 1))), [])),
    "one of two keys": (lambda: loop_of(either(3)), ({"n": -1, "total": 6}, [])),
    "within a try": (lambda: loop_of(within(1)), ({"n": -1}, ["left 1", "left 0"])),
    "a task called for the data": (lambda: loop_of(handed_on(2, 1)), (14, [])),
    "no data": (lambda: loop_of(to_none(3)), (3, ["to_none"] * 4)),
    "tail calls between": (lambda: loop_of(mixed(3)), ("wt", [])),
    "keys that are equal numbers": (by_number, ({"n": -1}, [])),
    "two states of one name": (two_of_one_name, ("first", [])),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_the_trampoline_gives(name: str) -> None:
    build, wanted = CASES[name]
    paths = {
        "interpreted": lambda: cs.run(build()),
        "compiled": lambda: cs.aot(build())(),
        "called": lambda: cs.aot(build(), inline=False)(),
    }
    assert {path: outcome(run) for path, run in paths.items()} == dict.fromkeys(paths, wanted)


@cs.task
def count(n, total=0):
    if n == 0:
        return cs.Jump("end", total)
    return cs.Jump("again", {"n": n - 1, "total": total + n})


def test_a_machine_of_visible_jumps_makes_no_objects() -> None:
    function = cs.aot(loop_of(count(4)))
    assert "Jump" not in function.source
    assert "Loop" not in function.source
    assert function() == 10


@cs.task
def shown(state, more="bound", *, last=0):
    """Goes on with each of the things it is given, and ends with what the rounds have seen."""
    if not isinstance(state, list) or not state:
        return cs.Jump("end", (state, more, last))
    item, *_ = state
    return cs.Jump("again", item() if callable(item) else item)


@cs.task
async def shown_async(state, more="bound", *, last=0):
    if not isinstance(state, list) or not state:
        return cs.Jump("end", (state, more, last))
    item, *_ = state
    return cs.Jump("again", item() if callable(item) else item)


class Words(dict):
    """No plain dict, but one all the same: its values are inputs by name."""


OPEN_DATA = {
    "a number": ([7], (7, "bound", 0)),
    "a text": (["it"], ("it", "bound", 0)),
    "a list": ([[[3]]], (3, "bound", 0)),
    "an empty list": ([[]], ([], "bound", 0)),
    "a dict of a class of its own": ([Words(more=1, state=7)], (7, 1, 0)),
    "names": ([{"state": 1, "last": 2}], (1, "bound", 2)),
    "names don't pile up": ([{"state": [{"last": 5, "state": 0}], "more": 4}], (0, "bound", 5)),
    "a dict by its name": ([{"state": {"n": 1}}], ({"n": 1}, "bound", 0)),
    "an unknown name": ([{"state": 1, "nome": 2}], TypeError("got an unexpected keyword argument 'nome'")),
    "lazy": ([lambda: twice(4)], (8, "bound", 0)),
    "lazy by its name": ([{"state": 0, "last": 2, "more": 1}], (0, 1, 2)),
    "lazies in it": ([lambda: [lambda: {"state": (twice(1), 2), "more": twice(3)}]], ((2, 2), 6, 0)),
    "lazy, and a dict": ([lambda: given({"last": 9, "state": None})], (None, "bound", 9)),
}


@cs.task
def given(value):
    return value


@pytest.mark.parametrize("name", OPEN_DATA)
@pytest.mark.parametrize("step", [shown, shown_async], ids=["sync", "async"])
def test_data_that_may_be_anything_is_told_apart_when_it_is_there(step: Any, name: str) -> None:
    data, wanted = OPEN_DATA[name]
    function = cs.aot(loop_of(step(data)))
    assert 'Jump("again"' not in function.source
    paths = {
        "interpreted": lambda: cs.run(loop_of(step(data))),
        "compiled": lambda: getattr(function, "run", function)(),
        "called": lambda: cs.aot(loop_of(step(data)), inline=False).run(),
    }
    for path, run in paths.items():
        kind, *rest = outcome(run)
        if isinstance(wanted, TypeError):
            assert kind is TypeError and str(wanted) in rest[0], path
        else:
            assert kind == wanted, path


@cs.task
def counted_down(n):
    if n == 0:
        return cs.Jump("end", "over")
    return cs.Jump("again", n - 1)


def test_a_number_as_data_is_an_assignment() -> None:
    function = cs.aot(loop_of(counted_down(3)))
    assert "n = n - 1" in function.source
    assert function() == "over"


@cs.task
def unclear(state, which):
    return cs.Jump(which[0], state | {"n": state["n"] - 1})


def test_a_key_that_may_be_anything_goes_by_the_trampoline() -> None:
    function = cs.aot(machine(unclear({"n": 0}, ["end"]), again=unclear({"n": 0}, ["end"])))
    assert "Jump" in function.source
    assert function() == {"n": -1}


def test_a_wrong_key_is_told_as_ever() -> None:
    @functools.partial(cs.task, name="astray")
    def astray(n):
        return cs.Jump("nowhere", n)

    with pytest.warns(cs.CompileWarning, match="has no jump 'nowhere'"):
        function = cs.aot(loop_of(astray(1)))
    with pytest.raises(cs.JumpError, match="'astray' has no jump 'nowhere'; it has 'again', 'end'"):
        function()
