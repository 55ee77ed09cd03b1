"""What routes of several Routers need runs once, by the first of them, and is there for those behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes

RAN: list[str] = []


@cs.task
def load(name: str) -> list[str]:
    RAN.append("load")
    return [name]


@cs.task
async def fetch(name: str) -> list[str]:
    RAN.append("load")
    return [name]


@cs.task
def label(name: str, page: list[str]) -> str:
    RAN.append(name)
    return f"{name} {page[0]}"


@cs.task
def key(name: str) -> str:
    return name


@cs.task
def row(*items: Any) -> tuple[Any, ...]:
    return items


def _first(page: Any) -> Any:
    """A Router each route of which needs the page."""
    return cs.Router(key("b"), {"a": label("a", page), "b": label("b", page)})


def _as_a_route(page: Any) -> Any:
    return row(_first(page), cs.Router(key("c"), {"c": page}))


def _by_a_call(page: Any) -> Any:
    return row(_first(page), cs.Router(key("c"), {"c": label("c", page), "d": key("d")}), key("e"))


def _thrice(page: Any) -> Any:
    third = cs.Router(key("c"), {"c": page, "d": label("d", page)})
    return row(_first(page), key("e"), cs.Router(key("d"), {"c": page, "d": label("d", page)}), third)


def _within_a_route(page: Any) -> Any:
    inner = row(page, cs.Router(key("x"), {"x": label("x", page), "y": key("y")}), cs.Router(key("x"), {"x": page}))
    return row(cs.Router(key("a"), {"a": inner, "b": page}), cs.Router(key("c"), {"c": page}))


def _not_taken(page: Any) -> Any:
    return row(_first(page), cs.Router(key("d"), {"c": page, "d": key("d")}))


WAYS: dict[str, tuple[Callable[[Any], Any], Any, list[str]]] = {
    "as a route": (_as_a_route, ("b page", ["page"]), ["load", "b"]),
    "by a call": (_by_a_call, ("b page", "c page", "e"), ["load", "b", "c"]),
    "thrice": (_thrice, ("b page", "e", "d page", ["page"]), ["load", "b", "d"]),
    "within a route": (_within_a_route, ((["page"], "x page", ["page"]), ["page"]), ["load", "x"]),
    "not taken": (_not_taken, ("b page", "d"), ["load", "b"]),
}


@pytest.mark.parametrize("task", [load, fetch], ids=["sync", "async"])
@pytest.mark.parametrize("way", WAYS)
def test_what_routers_share_runs_once(way: str, task: Any) -> None:
    RAN.clear()
    build, wanted, calls = WAYS[way]
    found = outcomes(lambda: build(task("page")))
    assert found == dict.fromkeys(found, wanted)
    assert calls * len(found) == RAN
