"""What the names in a task function stand for now, found without running anything of the user's."""

from __future__ import annotations

import builtins
import importlib.util
import linecache
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from types import CellType, FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

from cascade_gen.lang.compose import sequence, tail
from cascade_gen.lang.routing import bind
from cascade_gen.lang.task import Task
from cascade_gen.lang.workflow import Workflow
from cascade_gen.runtime.redirects import Jump, Redirect, TailCall

MISSING: Any = object()

_GENUINE = dict(vars(builtins))
_NOBODY = object()
_TASKS = (Task, Workflow)
_COMPOSERS = {id(tail): "tail", id(bind): "bind", id(sequence): "sequence"}
_DECLARING = re.compile(r"\bglobal\s+((?:[^\n;#\\]|\\\n)+)")
_DELETING = re.compile(r"\bdel\s+((?:[^\n;#\\]|\\\n)+)")
_BINDING = re.compile(
    r"^(?:async\s+)?def\s+(\w+)|^class\s+(\w+)|^(\w+)\s*(?::[^=\n]*)?=(?!=)|^[ \t]+(\w+)[ \t]+=(?!=)|\bas\s+(\w+)",
    re.MULTILINE,
)
"""Below the top level, in a `try` say, what has spaces before its `=` is taken for no keyword argument."""
_IMPORTING = re.compile(r"\bimport\s+(\([^)]*\)|[^\n;#(]+)")


class Route(NamedTuple):
    """How to find an object: from a name in the function's closure and globals, or from a module."""

    origin: Literal["name", "module"]
    path: tuple[str, ...]

    def then(self, attribute: str) -> Route:
        """The route to an attribute of what this leads to."""
        return Route(self.origin, (*self.path, attribute))

    def parent(self) -> Route:
        """The route to what the last attribute is looked up in."""
        return Route(self.origin, self.path[:-1])


class Names:
    """Looks names up as the function would: closure cells, globals, builtins, then attributes of modules.

    Nothing is called: attributes of anything but a module are not looked at, and a module's own
    `__getattr__` is asked only if the module is Cascade's. `tags` keeps what `tag` was asked and said, so
    that whoever rests on it can ask again later, and keeps none of the user's objects alive.
    """

    def __init__(self, function: FunctionType) -> None:
        self._globals: dict[str, Any] = function.__globals__
        self._builtins: Mapping[str, Any] = builtins_of(function)
        self.code = function.__code__
        cells = function.__closure__ or ()
        self._cells: dict[str, CellType] = dict(zip(function.__code__.co_freevars, cells, strict=True))
        self.tags: dict[Route, str] = {}

    def tag(self, route: Route) -> str:
        """What a route leads to: "task" (a workflow too), "tail", "bind", "sequence", "TailCall", "Jump",
        "redirect" (another class of redirects), "builtin:len" and so on, or "other".

        "builtin:..." is only said of the genuine builtin, if the module doesn't rebind its name anywhere.
        """
        known = self.tags.get(route)
        if known is None:
            known = self.tags[route] = self._tag(route)
        return known

    def _tag(self, route: Route) -> str:
        value = self.look_up(route)
        kind, first = type(value), route.path[0]
        if value is _GENUINE.get(first, _NOBODY):
            return f"builtin:{first}" if self._is_builtin(route) else "other"
        if issubclass(kind, _TASKS):
            return "task"
        if kind is FunctionType:
            return _COMPOSERS.get(id(value), "other")
        if issubclass(kind, type) and issubclass(value, Redirect):
            return _redirect_tag(value)
        return "other"

    def look_up(self, route: Route) -> Any:
        """The object a route leads to now, or `MISSING`."""
        first, *attributes = route.path
        value = self._module(first) if route.origin == "module" else self._name(first)
        for attribute in attributes:
            value = _attribute(value, attribute)
        return value

    def _name(self, name: str) -> Any:
        if name.startswith("__") and not name.endswith("__"):
            return MISSING  # in a class it stands for another name
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:  # not filled yet
                return MISSING
        value = self._globals.get(name, MISSING)
        return self._builtins.get(name, MISSING) if value is MISSING else value

    def _module(self, name: str) -> Any:
        if name.startswith("."):
            try:
                name = importlib.util.resolve_name(name, self._globals.get("__package__"))
            except ImportError:
                return MISSING
        return sys.modules.get(name, MISSING)

    def _is_builtin(self, route: Route) -> bool:
        """Whether a name of a builtin, which stands for that now, always does."""
        name = route.path[0]
        return (
            route.origin == "name"
            and len(route.path) == 1
            and name not in self._cells
            and name not in self._globals
            and not self._module_text.binds(name)
        )

    def is_rebound(self, name: str) -> bool:
        """Whether a function of the module may bind a global anew, having declared it."""
        return name in self._module_text.declared and name not in self._cells

    def is_deleted(self, name: str) -> bool:
        """Whether a function of the module may delete a global, having declared it."""
        return name in self._module_text.deleted and self.is_rebound(name)

    @cached_property
    def _module_text(self) -> _ModuleText:
        return _module_text(self.code.co_filename, self._globals)


def builtins_of(function: FunctionType) -> Mapping[str, Any]:
    """The builtins that the function's names are looked up in last."""
    return function.__builtins__  # type: ignore[attr-defined,no-any-return,unused-ignore]


def _attribute(value: Any, name: str) -> Any:
    if not issubclass(type(value), ModuleType) or (name.startswith("__") and not name.endswith("__")):
        return MISSING
    members = object.__getattribute__(value, "__dict__")
    if name in members:
        return members[name]
    module = str(members.get("__name__"))
    if module.partition(".")[0] in ("cascade", "cascade_gen"):
        return getattr(value, name, MISSING)
    return sys.modules.get(f"{module}.{name}", MISSING)


def _redirect_tag(kind: type[Redirect]) -> str:
    if issubclass(kind, TailCall):
        return "TailCall"
    return "Jump" if issubclass(kind, Jump) else "redirect"


class _ModuleText(NamedTuple):
    """The names that a module's text declares `global`, deletes, or may bind at its top level, even later on."""

    lines: list[str]
    declared: frozenset[str]
    deleted: frozenset[str]
    bound: frozenset[str]

    def binds(self, name: str) -> bool:
        """Whether it may bind a name of its own."""
        return name in self.bound or name in self.declared


_texts: dict[str, _ModuleText] = {}


def _module_text(file: str, namespace: dict[str, Any]) -> _ModuleText:
    lines = linecache.getlines(file, namespace)
    kept = _texts.get(file)
    if kept is None or kept.lines is not lines:
        text = "".join(lines)
        bound = (part for match in _BINDING.findall(text) for part in match if part)
        declared, deleted = _listed(_DECLARING.findall(text)), _listed(_DELETING.findall(text))
        imported = _listed(_IMPORTING.findall(text))
        kept = _texts[file] = _ModuleText(lines, declared, deleted, imported.union(bound))
    return kept


def _listed(found: list[str]) -> frozenset[str]:
    """The names in lists of names."""
    return frozenset(name.strip(" \t\\\n()") for part in found for name in part.split(","))
