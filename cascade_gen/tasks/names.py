"""What the names in a task function stand for now, found without running anything of the user's."""

from __future__ import annotations

import builtins
import importlib.util
import linecache
import re
import sys
from collections import Counter
from collections.abc import Hashable, Mapping
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

from cascade_gen.lang import names_a_method
from cascade_gen.lang.compose import sequence, tail
from cascade_gen.lang.routing import bind
from cascade_gen.lang.task import Task
from cascade_gen.lang.workflow import Workflow
from cascade_gen.runtime.redirects import Jump, Redirect, TailCall

from .looking import seen
from .plain_library import library_name
from .plain_tables import OF_TEXTS

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
    """How to find an object: from a name in the function's closure and globals, or from a module.

    A "method" is one of whatever has an attribute of that name.
    """

    origin: Literal["name", "module", "method"]
    path: tuple[str, ...]

    def then(self, attribute: str) -> Route:
        """The route to an attribute of what this leads to."""
        return Route(self.origin, (*self.path, attribute))

    def parent(self) -> Route:
        """The route to what the last attribute is looked up in."""
        return Route(self.origin, self.path[:-1])


class _Found(NamedTuple):
    """What was found: of functions without a closure, by all those of a module."""

    tags: dict[Route, str]
    values: dict[Route, Any]
    harmless: set[Hashable]


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
        cells = function.__closure__
        self._cells: dict[str, CellType] = dict(zip(self.code.co_freevars, cells, strict=True)) if cells else {}
        self._text: _ModuleText | None = None  # no `cached_property`: before Python 3.12 each takes a lock
        place = "names", id(self._globals), id(self._builtins), self.code.co_filename
        self._found = _Found({}, {}, set()) if cells else seen(place, lambda: _Found({}, {}, set()))
        self.tags: dict[Route, str] = {}

    def tag(self, route: Route) -> str:
        """What a route leads to: "task" (a workflow too), "tail", "bind", "sequence", "TailCall", "Jump",
        "redirect" (another class of redirects), "builtin:len" and so on, "library:json.loads" and so on for what
        `plain_library.py` knows, "class" (calling it gives an instance of it), "text" (a method that texts have, and
        no class has a task of that name), or "other".

        "builtin:..." is only said of the genuine builtin, if the module doesn't rebind its name anywhere;
        "library:..." and "class" if the module binds the name in one place.
        """
        known = self.tags.get(route)
        if known is None:
            known = self.tags[route] = self._shared_tag(route)
        return known

    def still(self, tags: Mapping[Route, str]) -> bool:
        """Whether all routes lead to what they led to when these tags were said, which are kept then as if asked."""
        same = tags.items() <= self._found.tags.items() or all(
            self._shared_tag(route) == tag for route, tag in tags.items()
        )
        if same:
            self.tags.update(tags)
        return same

    def _shared_tag(self, route: Route) -> str:
        known = self._found.tags.get(route)
        if known is None:
            known = self._found.tags[route] = self._tag(route)
        return known

    def _tag(self, route: Route) -> str:
        if route.origin == "method":
            return "text" if route.path[0] in OF_TEXTS and not names_a_method(route.path[0]) else "other"
        value = self.look_up(route)
        kind, first = type(value), route.path[0]
        if value is _GENUINE.get(first, _NOBODY):
            return f"builtin:{first}" if self._is_builtin(route) else "other"
        if issubclass(kind, _TASKS):
            return "task"
        if known := library_name(value):
            return f"library:{known}" if self._is_bound_once(route) else "other"
        if kind is FunctionType:
            return _COMPOSERS.get(id(value), "other")
        if issubclass(kind, type) and issubclass(value, Redirect):
            return _redirect_tag(value)
        return "class" if makes_instances(value) and self._is_bound_once(route) else "other"

    def look_up(self, route: Route) -> Any:
        """The object a route leads to now, or `MISSING`."""
        values = self._found.values
        if route not in values:
            values[route] = self._look_up(route)
        return values[route]

    @property
    def harmless(self) -> set[Hashable]:
        """What is known to be no reason against anything, for whoever asks the same of all functions of a module."""
        return self._found.harmless

    def _look_up(self, route: Route) -> Any:
        path = route.path
        value = self._module(path[0]) if route.origin == "module" else self._name(path[0])
        for attribute in path[1:]:
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
        return value if value is not MISSING else self._builtins.get(name, MISSING)

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

    def _is_bound_once(self, route: Route) -> bool:
        """Whether the module, or an import in the function, binds the name that a route begins with in one place."""
        name = route.path[0]
        if route.origin == "module":
            return True
        text = self._module_text
        return name not in self._cells and name in text.once and name not in text.declared

    def is_rebound(self, name: str) -> bool:
        """Whether a function of the module may bind a global anew, having declared it."""
        return name in self._module_text.declared and name not in self._cells

    def is_deleted(self, name: str) -> bool:
        """Whether a function of the module may delete a global, having declared it."""
        return name in self._module_text.deleted and self.is_rebound(name)

    @property
    def _module_text(self) -> _ModuleText:
        if self._text is None:
            self._text = _module_text(self.code.co_filename, self._globals)
        return self._text


def names_of(function: FunctionType) -> Names:
    """The names in a function, the same ones in a whole look."""
    return seen(("names of", id(function)), lambda: Names(function))


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


def makes_instances(kind: object) -> bool:
    """Whether an object is a class whose instances calling it gives, with no `__new__` of its own that could not.

    What is written in C, or in the standard library, gives what it says. That of a named tuple is known by the module
    it says it is of. Nothing of the user's is run.
    """
    if not issubclass(type(kind), type):
        return False
    called = _owner(type(kind), "__call__")
    maker = _owner(kind, "__new__")
    if called is not type or maker is None:
        return False
    made = type.__getattribute__(maker, "__dict__")["__new__"]
    function = made.__func__ if type(made) is staticmethod else made
    if type(function) is not FunctionType:
        return type(function) is BuiltinFunctionType
    module = str(function.__globals__.get("__name__"))
    named = function.__module__ == f"namedtuple_{maker.__name__}" and issubclass(maker, tuple)
    return named or module.partition(".")[0] in sys.stdlib_module_names


def _owner(kind: Any, name: str) -> Any:
    """The class in which an attribute of a class is found."""
    order = type.__dict__["__mro__"].__get__(kind)
    return next((one for one in order if name in type.__getattribute__(one, "__dict__")), None)


def _redirect_tag(kind: type[Redirect]) -> str:
    if issubclass(kind, TailCall):
        return "TailCall"
    return "Jump" if issubclass(kind, Jump) else "redirect"


class _ModuleText(NamedTuple):
    """The names that a module's text declares `global`, deletes, or may bind at its top level, even later on.

    `once` are those that it binds in a single place.
    """

    lines: list[str]
    declared: frozenset[str]
    deleted: frozenset[str]
    bound: frozenset[str]
    once: frozenset[str]

    def binds(self, name: str) -> bool:
        """Whether it may bind a name of its own."""
        return name in self.bound or name in self.declared


_texts: dict[str, _ModuleText] = {}


def _module_text(file: str, namespace: dict[str, Any]) -> _ModuleText:
    lines = linecache.getlines(file, namespace)
    kept = _texts.get(file)
    if kept is None or kept.lines is not lines:
        text = "".join(lines)
        bound = [part for match in _BINDING.findall(text) for part in match if part]
        declared, deleted = _listed(_DECLARING.findall(text)), _listed(_DELETING.findall(text))
        counts = Counter([*_listed(_IMPORTING.findall(text)), *bound])
        once = frozenset(name for name, count in counts.items() if count == 1)
        kept = _texts[file] = _ModuleText(lines, frozenset(declared), frozenset(deleted), frozenset(counts), once)
    return kept


def _listed(found: list[str]) -> list[str]:
    """The names in lists of names."""
    return [name.strip(" \t\\\n()") for part in found for name in part.split(",")]
