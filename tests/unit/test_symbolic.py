"""What has no value yet: its attributes, and what Python's own machinery asks of it."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import pprint
import typing
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

import cascade as cs
from cascade_gen.lang.symbolic import locate


@cs.task
def fetch(n: object) -> object:
    return n


NODES: list[Callable[[], object]] = [
    lambda: fetch(1),
    lambda: fetch.map(n=[1]),
    lambda: cs.Router(fetch(1), {}),
    lambda: cs.Param("day"),
    lambda: cs.Env("DAY"),
    lambda: cs.inject("db"),
]
every_node = pytest.mark.parametrize("make", NODES, ids=lambda make: type(make()).__name__)


@every_node
def test_a_public_attribute_says_that_there_is_no_value(make: Callable[[], object]) -> None:
    node = make()
    with pytest.raises(AttributeError) as caught:
        node.upper()  # type: ignore[attr-defined]
    assert str(caught.value) == f"{node!r} has no value yet, so it has no 'upper'; use it inside a task"


@every_node
@pytest.mark.parametrize("name", ["__wrapped__", "_private", "__array__", "_repr_html_", "__deepcopy__"])
def test_other_names_get_pythons_words(make: Callable[[], object], name: str) -> None:
    node = make()
    with pytest.raises(AttributeError) as caught:
        getattr(node, name)
    assert str(caught.value) == f"{type(node).__name__!r} object has no attribute {name!r}"


@every_node
def test_asking_for_an_attribute(make: Callable[[], object]) -> None:
    node = make()
    assert not hasattr(node, "upper")
    assert not hasattr(node, "__wrapped__")
    assert getattr(node, "upper", None) is None


def test_what_a_misspelt_method_was_meant_to_be() -> None:
    with pytest.raises(AttributeError, match=r"has no 'run_fi'; did you mean 'run_if'\?$"):
        fetch(1).run_fi(True)


@every_node
def test_is_copied(make: Callable[[], object]) -> None:
    node = make()
    again = copy.copy(node)
    assert type(again) is type(node)
    assert repr(again) == repr(node)


@every_node
def test_one_that_is_not_made_yet(make: Callable[[], object]) -> None:
    """`copy` and `pickle` ask such ones for their methods."""
    kind = type(make())
    empty = kind.__new__(kind)
    assert not hasattr(empty, "origin")
    assert not hasattr(empty, "__deepcopy__")


@every_node
def test_what_was_pickled_knows_where_it_was_written(make: Callable[[], Any]) -> None:
    node = make()
    again = pickle.loads(pickle.dumps(node))
    assert (repr(again), locate(again.origin)) == (repr(node), locate(node.origin))
    assert again.serial > node.serial


@every_node
def test_what_looks_into_everything(make: Callable[[], object]) -> None:
    node = make()
    assert inspect.unwrap(node) is node  # type: ignore[arg-type]
    assert not inspect.iscoroutinefunction(node)
    assert not inspect.isawaitable(node)
    assert not asyncio.iscoroutine(node)
    assert "origin" in dict(inspect.getmembers(node))
    assert inspect.getdoc(node)
    assert not isinstance(node, typing.SupportsBytes)
    assert mock.Mock(spec=node).origin
    assert pprint.pformat([node]) == f"[{node!r}]"


@every_node
def test_is_no_part_of_a_text(make: Callable[[], object]) -> None:
    node = make()
    assert f"{node!r} {node!s}" == "%s %r" % (node, node)  # noqa: UP031
    with pytest.raises(TypeError, match="has no value yet, so it can't be part of a text; format it inside a task"):
        f"{node}"
    with pytest.raises(TypeError, match="can't be part of a text"):
        "{:>5}".format(node)  # noqa: UP032


class Kept:
    """A cache that is its class."""

    values: typing.ClassVar[dict[str, object]] = {}

    @classmethod
    def check(cls, key: str, inputs: object) -> object:
        return cls.values.get(key, cs.MISS)

    @classmethod
    def save(cls, key: str, inputs: object, value: object) -> None:
        cls.values[key] = value


def test_a_class_may_be_a_cache_if_its_methods_are_its_own() -> None:
    assert cs.run(fetch(1).with_cache(Kept)) == 1
    assert list(Kept.values.values()) == [1]
