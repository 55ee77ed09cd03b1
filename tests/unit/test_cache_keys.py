"""Cache keys: equal for equal values everywhere, different for what a task could tell apart."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import math
import os
import pathlib
import re
import subprocess
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_gen.runtime.errors import CascadeError
from cascade_gen.runtime.keys import cache_key


class Point(NamedTuple):
    x: int
    y: int


class Vector(NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Level(enum.IntEnum):
    LOW = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Config:
    name: str
    limits: list[int]
    handle: object = field(default=None, compare=False)


@dataclass
class OtherConfig:
    name: str
    limits: list[int]


@dataclass
class Link:
    to: object = None


@dataclass(slots=True)
class Partial:
    given: int
    later: int = field(init=False)


class Plain:
    def method(self) -> None:
        pass

    @classmethod
    def build(cls) -> Plain:
        return cls()


@functools.lru_cache
def cached() -> None:
    pass


def key(value: object) -> str:
    return cache_key("task", {"value": value})


# Each of these differs from all the others, though Python calls many of them equal.
DISTINCT: list[Callable[[], object]] = [
    lambda: None,
    lambda: ...,
    lambda: 1,
    lambda: True,
    lambda: 1.0,
    lambda: 1 + 0j,
    lambda: decimal.Decimal(1),
    lambda: decimal.Decimal("1.0"),
    lambda: fractions.Fraction(1),
    lambda: Level.LOW,
    lambda: Colour.RED,
    lambda: Colour.GREEN,
    lambda: Access.READ,
    lambda: Access.READ | Access.WRITE,
    lambda: Access(0),
    lambda: 0,
    lambda: 0.0,
    lambda: -0.0,
    lambda: math.inf,
    lambda: math.nan,
    lambda: 2**70,
    lambda: -(2**70),
    lambda: 10**5000,
    lambda: "",
    lambda: b"",
    lambda: bytearray(),
    lambda: "1",
    lambda: "\ud800",
    lambda: "a" * 5000,
    lambda: b"a" * 5000,
    list,
    lambda: (),
    dict,
    lambda: set(),
    lambda: frozenset(),
    lambda: [1],
    lambda: [[1]],
    lambda: [1, 2],
    lambda: [2, 1],
    lambda: (1, 2),
    lambda: {1, 2},
    lambda: frozenset({1, 2}),
    lambda: {1: 2},
    lambda: {2: 1},
    lambda: {"a": [1], "b": [2]},
    lambda: {"a": [2], "b": [1]},
    lambda: ["a", "bc"],
    lambda: ["ab", "c"],
    lambda: [["a"], "b"],
    lambda: ["a", ["b"]],
    lambda: range(3),
    lambda: range(0, 3, 2),
    lambda: slice(3),
    lambda: Point(1, 2),
    lambda: Vector(1, 2),
    lambda: Config("a", [1]),
    lambda: Config("a", [2]),
    lambda: OtherConfig("a", [1]),
    lambda: Partial(1),
    lambda: collections.OrderedDict({1: 2, 3: 4}),
    lambda: collections.OrderedDict({3: 4, 1: 2}),
    lambda: collections.defaultdict(list, {1: 2}),
    lambda: collections.defaultdict(int, {1: 2}),
    lambda: collections.Counter({1: 2}),
    lambda: collections.deque([1, 2]),
    lambda: collections.deque([1, 2], 2),
    lambda: types.MappingProxyType({1: 2}),
    lambda: pathlib.PurePosixPath("a/b"),
    lambda: pathlib.PureWindowsPath("a/b"),
    lambda: pathlib.Path("a/b"),
    lambda: "a/b",
    lambda: datetime.date(2024, 1, 2),
    lambda: datetime.datetime(2024, 1, 2),
    lambda: datetime.datetime(2024, 1, 2, fold=1),
    lambda: datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC),
    lambda: datetime.datetime(2024, 1, 2, tzinfo=zoneinfo.ZoneInfo("UTC")),
    lambda: datetime.time(1, 2),
    lambda: datetime.timedelta(days=1),
    lambda: datetime.timezone(datetime.timedelta(hours=1)),
    lambda: datetime.timezone(datetime.timedelta(hours=1), "CET"),
    lambda: uuid.UUID(int=1),
    lambda: uuid.UUID(int=2),
    lambda: re.compile("a"),
    lambda: re.compile("a", re.IGNORECASE),
    lambda: int,
    lambda: Config,
    lambda: Colour,
    lambda: list[int],
    lambda: list[str],
    lambda: int | None,
    lambda: len,
    lambda: key,
    lambda: cached,
    lambda: Plain.method,
    lambda: Plain.build,
    lambda: functools.partial(key, 1),
    lambda: functools.partial(key, value=1),
]


def test_values_that_can_be_told_apart_have_different_keys() -> None:
    keys = [key(make()) for make in DISTINCT]
    assert len(set(keys)) == len(DISTINCT)
    wrapped = [key(("wrapped", make())) for make in DISTINCT]
    assert len({*keys, *wrapped}) == 2 * len(DISTINCT)


def test_equal_values_made_twice_have_equal_keys() -> None:
    for make in DISTINCT:
        assert key(make()) == key(make())


def test_order_of_sets_dicts_and_inputs_does_not_count() -> None:
    names = [f"name{number}" for number in range(50)]
    assert key(dict.fromkeys(names, 1)) == key(dict.fromkeys(reversed(names), 1))
    assert key({(name,) for name in names}) == key({(name,) for name in reversed(names)})
    assert cache_key("task", {"a": 1, "b": [2]}) == cache_key("task", {"b": [2], "a": 1})


def test_identity_and_names_of_inputs_count() -> None:
    assert cache_key("task", {"a": 1}) != cache_key("other", {"a": 1})
    assert cache_key("task", {"a": 1}) != cache_key("task", {"b": 1})
    assert cache_key("task", {"a": 1}) != cache_key("task", {"a": 1, "b": None})
    assert cache_key("task", {}) != cache_key("task", {"": None})


def test_fields_that_a_dataclass_does_not_compare_do_not_count() -> None:
    assert key(Config("a", [1], handle=open)) == key(Config("a", [1], handle=object()))


def test_sharing_does_not_count() -> None:
    inner = [1]
    assert key([inner, inner]) == key([[1], [1]])


SCRIPT = """
import datetime, decimal, pathlib, sys, uuid
from cascade_gen.runtime.keys import cache_key
value = {
    "tags": {"red", "green", "blue", ("a", frozenset({"x", "y", None, 1.5}))},
    "when": datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc),
    "where": pathlib.PurePosixPath("/srv"),
    "who": [uuid.UUID(int=7), decimal.Decimal("1.10"), b"\\0", int, len],
}
value["self"] = value
print(cache_key("task", {"value": value, "n": 3}))
"""


def test_keys_are_the_same_in_every_process_and_for_every_hash_seed() -> None:
    found = set()
    for seed in ("0", "1", "77"):
        root = str(pathlib.Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        found.add(run.stdout.strip())
    assert len(found) == 1
    assert re.fullmatch("[0-9a-f]{64}", found.pop())


NO_MODULE_OF_ITS_OWN = """
import sys
sys.modules.update(dict.fromkeys(("_sha2", "_sha256")))
"""
KEYS = """
from cascade_gen.runtime.keys import cache_key
cycle = ["y" * 3000]
cycle.append(cycle)
print(cache_key("task", {"a": 1.5, "b": [b"x" * 2000], "c": cycle, **{f"d{n}": "z" * n for n in (1000, 1024, 1025)}}))
print(cache_key("short", {"n": 3}))
"""


def test_keys_are_the_same_whatever_module_of_python_hashes() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", before + KEYS],
            env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for before in ("", NO_MODULE_OF_ITS_OWN)
    ]
    assert printed[0] == printed[1]
    parts = b"cascade-key-1;", b"s5:short", b"s1:n", b"i3;"
    assert printed[0].splitlines()[1] == hashlib.sha256(b"".join(parts)).hexdigest()


def test_deep_containers() -> None:
    def deep(bottom: object) -> Any:
        value: object = bottom
        for level in range(30_000):
            value = [value] if level % 2 else {"next": value}
        return value

    assert key(deep(1)) == key(deep(1))
    assert key(deep(1)) != key(deep(2))


def test_what_is_shared_often_is_looked_at_once() -> None:
    value: object = "bottom"
    for _ in range(200):
        value = (value, value)
    assert key(value) == key(value)


def ring(*names: str) -> Link:
    links = [Link(name) for name in names]
    for position, link in enumerate(links):
        link.to = [names[position], links[(position + 1) % len(links)]]
    return links[0]


def test_cycles() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert key(loop) == key(copy.deepcopy(loop))
    assert key(loop) != key([1, [1]])
    assert key(ring("a", "b", "c")) == key(ring("a", "b", "c"))
    assert key(ring("a", "b", "c")) != key(ring("a", "c", "b"))
    assert key(ring("a", "b")) != key(ring("a", "b", "a"))


def test_nodes_of_a_cycle_are_not_taken_for_parts_of_one() -> None:
    one: list[Any] = [[]]
    one[0].extend([one, "list", one[0]])
    other: list[Any] = [[], "list"]
    other[0].append(other[0])
    other.append(other)
    assert key(one) != key(other)


def test_cycles_through_dicts_do_not_depend_on_their_order() -> None:
    def graph(*names: str) -> dict[str, Any]:
        nodes: dict[str, Any] = {}
        for name in names:
            nodes[name] = {"name": name, "all": nodes, "tags": {name, "node"}}
        return nodes

    assert key(graph("a", "b", "c")) == key(graph("c", "a", "b"))
    assert key(graph("a", "b", "c")) != key(graph("a", "b", "d"))


def generator() -> Any:
    yield


LOCAL = "local or nameless"
UNKEYABLE: list[tuple[Callable[[], object], str]] = [
    (object, r"input 'value' can't be part of a cache key: value is a 'object'"),
    (generator, r"value is a 'generator'"),
    (lambda: lambda: None, LOCAL),
    (lambda: [1, Plain()], r"value\[1\] is a 'Plain'"),
    (lambda: {"a": [{"b": open}, {"c": object()}]}, r"value\['a'\]\[1\]\['c'\] is a 'object'"),
    (lambda: {object(): 1}, r"value\{a key\} is a 'object'"),
    (lambda: {(1, 2): object()}, r"value\[<tuple>\] is a 'object'"),
    (lambda: {object()}, r"value\{an element\} is a 'object'"),
    (lambda: Config("a", [1, object()]), r"value\.limits\[1\] is a 'object'"),  # type: ignore[list-item]
    (lambda: Point(1, object()), r"value\.y is a 'object'"),  # type: ignore[arg-type]
    (lambda: functools.partial(key, value=object()), r"value\[2\]\['value'\] is a 'object'"),
    (lambda: type("Local", (), {}), LOCAL),
    (lambda: [].append, "builtin_function_or_method"),
    (lambda: Plain().method, LOCAL),
    (lambda: type("Text", (str,), {})("a"), "'Text'"),
]


@pytest.mark.parametrize(("make", "message"), UNKEYABLE)
def test_what_cannot_be_keyed_is_a_type_error_naming_it(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        key(make())
    assert isinstance(caught.value, CascadeError)


def test_instances_of_local_dataclasses_are_refused() -> None:
    @dataclass
    class Local:
        n: int

    with pytest.raises(TypeError, match="an instance of a class that is local"):
        key(Local(1))


def test_dataclasses_that_are_containers_too_are_refused() -> None:
    with pytest.raises(TypeError, match="also a container"):
        key(Batch())


@dataclass
class Batch(list[int]):
    size: int = 0


@dataclass(frozen=True)
class Key:
    to: Any = field(hash=False)


def test_a_set_that_leads_back_to_itself_is_refused() -> None:
    holder: list[object] = []
    holder.append({Key(holder)})
    with pytest.raises(TypeError, match=r"value\[0\] has an element or key that leads back to itself"):
        key(holder)


def test_long_paths_show_their_end() -> None:
    value: object = object()
    for _ in range(100):
        value = [value]
    with pytest.raises(TypeError, match=r"value…(\[0\]){8} is a 'object'"):
        key(value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
HASHABLE = st.recursive(SCALARS, lambda of: st.tuples(of, of) | st.frozensets(of, max_size=3), max_leaves=6)
VALUES = st.recursive(
    HASHABLE,
    lambda of: st.lists(of, max_size=3) | st.tuples(of) | st.dictionaries(HASHABLE, of, max_size=3),
    max_leaves=10,
)


def told(value: Any) -> tuple[str, object]:
    """What there is to tell about a value, in texts and containers that Python compares exactly."""
    kind = type(value).__name__
    if isinstance(value, dict):
        items = collections.Counter((told(name), told(part)) for name, part in value.items())
        return kind, frozenset(items.items())
    if isinstance(value, frozenset):
        return kind, frozenset(collections.Counter(map(told, value)).items())
    if isinstance(value, list | tuple):
        return kind, tuple(map(told, value))
    return kind, repr(value)


@given(VALUES, VALUES)
def test_keys_are_equal_exactly_for_values_that_tell_the_same(one: Any, other: Any) -> None:
    assert key(one) == key(copy.deepcopy(one))
    assert (key(one) == key(other)) == (told(one) == told(other))
