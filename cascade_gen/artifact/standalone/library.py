"""Finds the modules whose definitions go into a standalone file: the user's own, and Cascade's."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tokenize
from collections.abc import Callable, Iterable
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path

from cascade_gen.runtime.errors import shown_path

from .sources import HOUSE, Module

_INSTALLED = frozenset(("site-packages", "dist-packages"))


class Library:
    """The modules of one file. `tasks_in` are the modules of its tasks and resources.

    The user's own are those of the same packages, those that lie beside them, and those that import Cascade:
    all others are imported by the file as they are by the user.
    """

    def __init__(self, tasks_in: Iterable[str]) -> None:
        self.tasks_in = list(dict.fromkeys(tasks_in))
        self._modules: dict[str, Module | None] = {}
        self._own: dict[str, bool] = {}
        self._tops = {name.partition(".")[0] for name in self.tasks_in} - sys.stdlib_module_names
        self._roots = {root for name in self._tops if (root := _root(name)) is not None}

    def is_own(self, name: str) -> bool:
        """Whether what is imported from a module goes into the file itself."""
        if name not in self._own:
            self._own[name] = self._decide(name)
        return self._own[name]

    def _decide(self, name: str) -> bool:
        top = name.partition(".")[0]
        if top in HOUSE or top in self._tops:
            return True
        if not top or top in sys.stdlib_module_names or top == "__main__":
            return False
        if _root(top) in self._roots:
            return True
        file = _file(name)
        return file is not None and _imports_house(file)

    def add(self, name: str, text: str) -> Module:
        """A module whose text is at hand, and that no user has written."""
        found = self._modules[name] = Module(name, text, False, "", self.is_own)
        return found

    def module(self, name: str) -> Module | None:
        """The source of a module; None where there is none to be read."""
        if name not in self._modules:
            is_house = name.partition(".")[0] in HOUSE
            self._modules[name] = _house_module(name) if is_house else _read(name, self.is_own)
        return self._modules[name]

    def submodule(self, package: str, name: str) -> str | None:
        """The full name of a module in a package, if there is such a one."""
        full = f"{package}.{name}"
        return full if _spec(full) is not None else None


@cache
def _house_module(name: str) -> Module | None:
    """A module of Cascade's own, read once."""
    return _read(name, lambda other: other.partition(".")[0] in HOUSE)


def _read(name: str, is_own: Callable[[str], bool]) -> Module | None:
    spec = _spec(name)
    if spec is not None and spec.origin is None and spec.submodule_search_locations is not None:
        return Module(name, "", True, name, is_own)  # a folder without __init__.py
    file = _file(name)
    if file is None:
        return None
    try:
        with tokenize.open(file) as opened:
            text = opened.read()
        return Module(name, text, file.name == "__init__.py", shown_path(str(file), name), is_own)
    except (OSError, SyntaxError, ValueError):
        return None


def _spec(name: str) -> ModuleSpec | None:
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None)
    if spec is not None:
        return spec if isinstance(spec, ModuleSpec) else None
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _file(name: str) -> Path | None:
    """The file with the source of a module."""
    spec = _spec(name)
    path = getattr(sys.modules.get(name), "__file__", None) if spec is None else spec.origin
    if not isinstance(path, str) or not path.endswith(".py"):
        return None
    found = Path(path)
    return found if found.is_file() else None


def _root(top: str) -> Path | None:
    """The folder of a package or module that isn't an installed one."""
    spec = _spec(top)
    places = list(getattr(spec, "submodule_search_locations", None) or ())
    file = _file(top)
    folder = file.parent if file is not None else Path(places[0]) if places else None
    if folder is None:
        return None
    if places:
        folder = folder.parent
    return None if _INSTALLED & set(folder.parts) else folder


def _imports_house(file: Path) -> bool:
    """Whether a module imports Cascade itself, so that it can't stay an import."""
    try:
        with tokenize.open(file) as opened:
            tree = ast.parse(opened.read())
    except (OSError, SyntaxError, ValueError):
        return False
    names = [alias.name for one in ast.walk(tree) if isinstance(one, ast.Import) for alias in one.names]
    names += [one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and not one.level]
    return any(name.partition(".")[0] in HOUSE for name in names)
