"""What a cached call is keyed by: every parameter with its value, but for injected resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

ASKED: list[dict[str, Any]] = []


class Kept:
    """A policy that writes down the inputs it is asked for."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def check(self, key: str, inputs: Mapping[str, Any]) -> Any:
        ASKED.append(dict(inputs))
        return self.values.get(key, cs.MISS)

    def save(self, key: str, inputs: Mapping[str, Any], value: Any) -> None:
        self.values[key] = value


KEPT = Kept()


@cs.resource
def base() -> Iterator[object]:
    yield object()  # which no key could hold


@cs.task
def listed(*parts: object, **named: object) -> list[Any]:
    return [*parts, *named.items()]


WANTED = {
    "only names": (listed.map(p=[1]), {"parts": (), "named": {"p": 1}}),
    "a name that is also that of *args": (listed.map(parts=[1]), {"parts": (), "named": {"parts": 1}}),
    "a name that is also that of **kwargs": (listed.map(named=[1]), {"parts": (), "named": {"named": 1}}),
    "nothing more": (
        cs.task(lambda x, *rest, y=5, **more: (x, y)).map(x=[1]),
        {"x": 1, "rest": (), "y": 5, "more": {}},
    ),
    "a resource": (
        cs.task(lambda x, source=cs.inject("base"): x).map(x=[1]),
        {"x": 1},
    ),
    "the name of a positional-only one": (
        cs.task(lambda a=7, /, **more: (a, more)).map(a=[1]),
        {"a": 7, "more": {"a": 1}},
    ),
}


@pytest.mark.parametrize("name", WANTED)
def test_items_of_a_map_are_keyed_by_all_parameters(name: str) -> None:
    node, wanted = WANTED[name]
    KEPT.values.clear()
    ASKED.clear()
    workflow = node.with_cache(KEPT)
    first = cs.run(workflow, resources=[base])
    assert cs.aot(workflow, resources=[base])() == first == cs.aot(workflow, resources=[base], inline=False)()
    assert ASKED[:3] == [wanted] * 3
    assert len(KEPT.values) == 1


def test_a_cached_map_of_starred_parameters_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "listing.py"
    cs.aot(listed.map(p=[1]).with_cache(KEPT), name="listing").save(path)
    assert '"named": {"p": ' in path.read_text()


def test_a_call_and_an_item_with_equal_arguments_share_a_key() -> None:
    KEPT.values.clear()
    workflow = [listed(p=1).with_cache(KEPT), listed.map(p=[1]).with_cache(KEPT)]
    assert cs.run(workflow) == [[("p", 1)], [[("p", 1)]]]
    assert len(KEPT.values) == 1
