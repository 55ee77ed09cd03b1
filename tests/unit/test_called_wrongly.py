"""Wrong inputs: every path says what Python says of the function itself, its qualified name included."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes


@cs.task
def grow(n: int, k: int = 1) -> Any:
    return cs.tail(grow, n - 1) if n else k


@cs.task(name="a name")
def named(x: int, y: int) -> int:
    return x + y


@cs.task(name="a name")
async def later(x: int, y: int) -> int:
    return x + y


@cs.workflow(name="other")
def declared(x: int) -> Any:
    return grow(x)


class Meter:
    @cs.task
    def read(self, x: int) -> int:
        return x

    @cs.workflow
    def both(self, x: int) -> Any:
        return [grow(x), grow(x)]


def nested() -> Any:
    @cs.task
    def inner(x: int) -> int:
        return x

    return inner


CALLED: dict[str, tuple[Any, str]] = {
    "a loop": (grow, "grow"),
    "a task with a name": (named, "named"),
    "an async one": (later, "later"),
    "a workflow with a name": (declared, "declared"),
    "a method": (Meter.read, "Meter.read"),
    "a workflow that is a method": (Meter.both, "Meter.both"),
    "a nested function": (nested(), "nested.<locals>.inner"),
}


@pytest.mark.parametrize("name", CALLED)
def test_an_unknown_input(name: str) -> None:
    workflow, called = CALLED[name]
    for path, found in outcomes(lambda: workflow, {"unknown": 1}).items():
        assert found == f"TypeError: {called}() got an unexpected keyword argument 'unknown'", path


@pytest.mark.parametrize("name", CALLED)
def test_missing_ones_are_told_as_by_the_function(name: str) -> None:
    workflow, _ = CALLED[name]
    with pytest.raises(TypeError) as told:
        workflow.func()
    for path, found in outcomes(lambda: workflow).items():
        assert found == f"TypeError: {told.value}", path


def test_a_call_has_the_name_of_its_task() -> None:
    build: Callable[[], Any] = lambda: named(1, 2)  # noqa: E731
    for path, found in outcomes(build, {"unknown": 1}).items():
        assert found == "TypeError: named() got an unexpected keyword argument 'unknown'", path


def test_another_name_changes_nothing() -> None:
    for compiled in (cs.aot(Meter.read, name="renamed"), cs.aot(Meter.read, name="re named", inline=False)):
        with pytest.raises(TypeError, match=r"^Meter\.read\(\) got an unexpected keyword argument 'unknown'"):
            compiled(unknown=1)


def test_several_targets_have_the_name_they_are_given() -> None:
    for name in ("workflow", "two words"):
        compiled = cs.aot([grow(cs.Param("count"))], name=name)
        with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'unknown'"):
            compiled(unknown=1)
        blueprint = cs.BlueprintBuilder().build([grow(cs.Param("count"))], name=name)
        with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'unknown'"):
            cs.VirtualMachine().execute(blueprint, (), {"unknown": 1})


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize(("name", "called"), [("a method", "read"), ("a task with a name", "a_name")])
def test_a_saved_function_says_the_name_by_which_it_is_pickled(
    name: str, called: str, standalone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cs.aot(CALLED[name][0]).save(tmp_path / "saved_as.py", standalone=standalone)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "saved_as", raising=False)
    function = getattr(import_module("saved_as"), called)
    with pytest.raises(TypeError, match=rf"^{called}\(\) got an unexpected keyword argument 'unknown'"):
        function(unknown=1)
    assert pickle.loads(pickle.dumps(function)) is function
    monkeypatch.delitem(sys.modules, "saved_as")
