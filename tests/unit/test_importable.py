"""Where things can be imported: decided as an `import` would find them, without running anything of the user's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from cascade_gen.lower.importable import importable, resolve

BODY = """
import cascade as cs

@cs.task
def f(n: int) -> str:
    return __name__
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module within a package that runs what it is asked for."""
    package = ModuleType("lazy_package")
    package.__path__ = []
    found = package.inner = ModuleType("lazy_package.inner")  # type: ignore[attr-defined]
    for one in (package, found):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    exec(BODY, vars(found))
    yield found


def test_a_module_is_not_asked_for_names_that_it_lacks(module: ModuleType) -> None:
    asked: list[str] = []

    def missing(name: str) -> Any:
        asked.append(name)
        raise AttributeError(name)

    vars(module)["__getattr__"] = missing
    task = vars(module).pop("f")
    assert resolve("lazy_package.inner", "f") is None
    assert importable(task.func, []) is None
    assert cs.aot(task)(1) == "lazy_package.inner"
    assert asked == []


def test_what_the_import_would_not_give_is_handed_in(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    again = ModuleType("lazy_package.inner")
    exec(BODY.replace("__name__", "'again'"), vars(again))
    monkeypatch.setitem(sys.modules, "lazy_package.inner", again)
    assert resolve("lazy_package.inner", "f") is vars(module)["f"]
    for inline in (True, False):
        assert cs.aot(vars(again)["f"], inline=inline)(1) == "again"
        assert cs.aot(vars(module)["f"], inline=inline)(1) == "lazy_package.inner"


@pytest.mark.parametrize("module", ["", "..", "__main__", "no_such_module", "os.no_such_module", "os."])
def test_no_such_module(module: str) -> None:
    assert resolve(module, "name") is None


@pytest.mark.parametrize("name", ["", "no_such_name", "getcwd.<locals>.inner", "path.no_such_name"])
def test_no_such_name(name: str) -> None:
    assert resolve("os", name) is None


def test_dotted_names() -> None:
    assert resolve("os", "path.join") is __import__("os").path.join
    assert importable(dict.fromkeys, []) is None
    assert importable(ModuleType, ["types"]) == ("types", "ModuleType")
