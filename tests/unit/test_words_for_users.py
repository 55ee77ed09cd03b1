"""What is wrong is said in the words of the user: no insides, the same on every path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes


@cs.task
def scaled(value: int, factor: int = 1) -> int:
    return value * factor


@cs.task
def picked(value: int) -> int:
    return value


@pytest.mark.parametrize("options", [{"resources": 3}, {"resources": [3]}, {"resources": [scaled]}])
def test_resources_are_checked_alike(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as interpreted:
        cs.run(scaled(1), **options)
    with pytest.raises(TypeError) as compiled:
        cs.aot(scaled(1), **options)
    assert str(interpreted.value) == str(compiled.value)
    assert str(interpreted.value).startswith("resources takes a list")


def test_a_selector_shows_its_keys() -> None:
    selector = cs.select_jump({"again": scaled(1), "done": None})
    assert repr(selector) == "<select_jump {'again', 'done'}>"
    with pytest.raises(cs.CompileError, match=r"this is no workflow: <select_jump \{'again', 'done'\}>"):
        cs.aot(selector)


ROUTERS: dict[str, tuple[Callable[[], Any], str]] = {
    "a target": (lambda: cs.Router(picked(1), {1: scaled(1).run_if(False)}), "Router {1}"),
    "one of two": (lambda: [scaled(1), cs.Router("b", {"a": 1, "b": scaled(2).run_if(False)})], "Router {'a', 'b'}"),
}


@pytest.mark.parametrize("name", ROUTERS)
def test_a_router_without_a_result(name: str, tmp_path: Path) -> None:
    build, shown = ROUTERS[name]
    text = f"DependencyMissingError: {shown!r} was skipped (ConditionFalse), so there is no result"
    found = outcomes(build) | saved_outcomes(build, tmp_path)
    assert found == dict.fromkeys(found, text)


def test_a_resource_of_the_system_may_be_named_self() -> None:
    node = scaled(2).with_constraints(self=1)
    assert cs.run(node, system_resources={"self": 1}) == cs.aot(node, system_resources={"self": 1})() == 2
    with pytest.raises(cs.CompileError, match="self"):
        cs.aot(scaled(2).with_constraints(self=2), system_resources={"self": 1})
