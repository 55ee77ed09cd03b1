"""Tasks and workflow functions are pickled and copied as functions are: by the name under which a module has them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import cascade as cs
from cascade_gen.lang.symbolic import locate


@cs.task
def double(n: int) -> int:
    return 2 * n


@cs.task(name="another name")
def named(n: int) -> int:
    return n


def plain(n: int) -> int:
    return n


wrapped = cs.task(plain)
anonymous = cs.task(lambda n: n)


@cs.workflow
def quadruple(n: int) -> Any:
    return double(double(n))


class Group:
    @cs.task
    @staticmethod
    def inner(n: int) -> int:
        return n


THINGS = [double, named, wrapped, anonymous, quadruple, Group.inner]


@pytest.mark.parametrize("thing", THINGS, ids=repr)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_comes_back_as_itself(thing: object, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(thing, protocol)) is thing


@pytest.mark.parametrize("thing", THINGS, ids=repr)
def test_its_copy_is_itself(thing: object) -> None:
    assert copy.copy(thing) is thing
    assert copy.deepcopy({"task": thing})["task"] is thing


def test_one_that_no_module_has() -> None:
    @cs.task
    def local(n: int) -> int:
        return n

    for thing in (local, cs.task(lambda: 1), cs.workflow(plain)):
        with pytest.raises((AttributeError, pickle.PicklingError)):
            pickle.dumps(thing)


@cs.task(mode="compute")
def halved(n: int, rounds: int = 0) -> Any:
    return halved(n // 2, rounds=rounds + 1) if n > 1 else rounds


@cs.task(mode="compute")
def doubled_on(n: int, total: int = 1) -> Any:
    return cs.tail(doubled_on, n - 1, total=double(total)) if n else total


@cs.task(mode="compute")
def routed(n: int) -> Any:
    return cs.Router(double(n), {2 * n: named(n), "other": 0})


@cs.task(mode="compute")
def spread(n: int) -> Any:
    return double.map(n=range(n))


@pytest.mark.parametrize(
    ("call", "wanted"),
    [(lambda: halved(8), 3), (lambda: doubled_on(3), 8), (lambda: routed(5), 5), (lambda: spread(3), [0, 2, 4])],
    ids=["natural recursion", "a lazy in a tail call", "a router", "a map"],
)
def test_what_goes_on_comes_back_from_a_worker_process(call: Any, wanted: Any) -> None:
    assert cs.run(call()) == wanted
    assert cs.aot(call()).run() == wanted


def test_a_call_that_comes_back_knows_where_it_was_written_and_is_the_latest_one() -> None:
    call = double(named(4))
    later = double(1)
    again = pickle.loads(pickle.dumps(call))
    assert later.serial < again.args[0].serial < again.serial
    assert locate(again.origin) == locate(call.origin)
    assert cs.run(again) == 8
