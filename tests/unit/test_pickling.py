"""Tasks and workflow functions are pickled and copied as functions are: by the name under which a module has them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import cascade as cs


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
