"""A look into containers finds what is lazy in them; a glance says the same, or nothing where there is too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_gen.runtime.containers import glance, holds_lazy
from cascade_gen.runtime.redirects import Lazy

CONTAINERS = 32
ITEMS = 32 * 32


class Point(NamedTuple):
    x: object
    y: object


class Listing(list[Any]):
    """A list of a kind of its own, which isn't looked into."""


class Proxy:
    """Says that it is of another class than its type, as proxies do."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._kind


def inside(value: Any, seen: set[int]) -> Iterator[Any]:
    """A value and all that it holds, each container once."""
    yield value
    if id(value) in seen or type(value) not in (list, tuple, set, frozenset, dict, Point):
        return
    seen.add(id(value))
    for item in value.values() if isinstance(value, dict) else value:
        yield from inside(item, seen)


def wrapped(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Containers of some items, and of many."""
    few = st.lists(items, max_size=5)
    many = st.tuples(few, st.integers(0, 40), few).map(
        lambda parts: [*parts[0], *([n] for n in range(parts[1])), *parts[2]]
    )
    repeated = st.tuples(few, st.integers(0, 1100)).map(lambda parts: (parts[0] * parts[1])[:1100])
    listed = st.one_of(few, many, repeated)
    return st.one_of(
        listed,
        listed.map(tuple),
        listed.map(Listing),
        listed.map(lambda found: dict(enumerate(found))),
        st.tuples(items, items).map(lambda pair: Point(*pair)),
    )


ATOMS: st.SearchStrategy[Any] = st.sampled_from([1, "text", 2.5, None, b"", True])
OTHERS = st.one_of(
    st.builds(object), st.builds(deque), st.builds(list), st.builds(Proxy, st.sampled_from([int, list]))
)
LAZIES = st.one_of(st.builds(Lazy), st.builds(Proxy, st.just(Lazy)))
VALUES = st.recursive(st.one_of(ATOMS, ATOMS, OTHERS, LAZIES), wrapped, max_leaves=10)


@given(VALUES)
def test_what_is_lazy_is_found(value: Any) -> None:
    held = list(inside(value, set()))
    lazy = any(isinstance(one, Lazy) for one in held)
    assert holds_lazy(value) is lazy
    seen = glance(value)
    assert seen in (lazy, None)
    if seen is None:
        containers = {id(one): one for one in held if type(one) in (list, tuple, dict, Point)}
        assert len(containers) > CONTAINERS or any(len(one) > ITEMS for one in containers.values())


@pytest.mark.parametrize("lazy", [Lazy, lambda: Proxy(Lazy), lambda: [Lazy()], lambda: Point(1, Lazy())])
@pytest.mark.parametrize("before", [0, CONTAINERS - 2])
def test_a_lazy_among_not_too_many_containers_is_seen(lazy: Any, before: int) -> None:
    rows = [*([number] for number in range(before)), lazy()]
    assert glance(rows) is True
    assert glance([rows]) in (True, None)


def test_a_lazy_beside_too_many_containers_is_seen_all_the_same() -> None:
    assert glance([*([] for _ in range(100)), Lazy()]) is True
    assert glance([Proxy(Lazy), *([] for _ in range(100))]) is True
    assert glance([[] for _ in range(100)]) is None
    assert glance([[]] * 100) is False


def test_a_lazy_key_is_refused_where_it_is_seen() -> None:
    key = Lazy()
    with pytest.raises(TypeError, match="can't be a dict key"):
        glance([{key: 1}])
    assert glance([{(1, 2): "fine"}]) is False
