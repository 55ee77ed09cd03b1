"""Where things can be imported: decided as an `import` would find them, without running anything of the user's."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from cascade_gen.artifact.check import check_file
from cascade_gen.lower.importable import importable, imported, is_hidden, is_imported, resolve

ROOT = Path(__file__).parents[2]

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


CRAWL = """
import cascade as cs

LIMIT = 3

@cs.task
def crawl(n: int) -> int:
    return n + LIMIT

@cs.task
def store(n: int, at: object = cs.inject("shelf")) -> str:
    return f"<{n} of {LIMIT} {at}>"

@cs.resource
def shelf():
    yield "shelved"

class Kind:
    pass

KIND = Kind()
"""


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module whose package has a task under its name, as is common: `from .crawl import crawl`."""
    package = tmp_path / "shadowing"
    package.mkdir()
    (package / "__init__.py").write_text("from .crawl import crawl\n")
    (package / "crawl.py").write_text(CRAWL)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = importlib.import_module("shadowing.crawl")
    assert vars(importlib.import_module("shadowing"))["crawl"] is vars(found)["crawl"]
    yield found
    for name in ("shadowing", "shadowing.crawl"):
        del sys.modules[name]


def test_a_module_that_a_name_of_its_package_hides(hidden: ModuleType) -> None:
    assert is_hidden("shadowing.crawl")
    assert not is_hidden("shadowing")
    assert not is_hidden("os.path")
    assert imported("shadowing.crawl") is hidden
    assert is_imported("shadowing.crawl")
    for name in ("crawl", "store", "shelf", "KIND"):
        assert resolve("shadowing.crawl", name) is vars(hidden)[name]
    assert importable(vars(hidden)["KIND"], ["shadowing.crawl"]) == ("shadowing.crawl", "KIND")
    assert importable(vars(hidden)["Kind"], []) == ("shadowing.crawl", "Kind")


@pytest.mark.parametrize("inline", [True, False])
def test_what_is_hidden_is_saved_all_the_same(hidden: ModuleType, inline: bool, tmp_path: Path) -> None:
    names = vars(hidden)
    run = cs.aot(names["store"](names["crawl"](1)), inline=inline, resources=[names["shelf"]])
    assert run() == "<4 of 3 shelved>"
    assert 'import_module("shadowing.crawl")' in run.source
    run.save("saved.py")
    run.save("alone.py", standalone=True)
    assert "shadowing.crawl import" not in Path("alone.py").read_text()
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    for arguments in (["saved.py"], ["-I", "alone.py"]):
        done = subprocess.run(
            [sys.executable, *arguments], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
        )
        assert (done.stdout, done.stderr) == ("<4 of 3 shelved>\n", "")
    assert check_file("saved.py").status == check_file("alone.py").status == "fresh"


def test_nothing_is_imported_by_name_where_nothing_is_hidden(module: ModuleType) -> None:
    assert "import_module" not in cs.aot(vars(module)["f"]).source
