"""Follows a global name to what it stands for: a definition of the user's or of Cascade's, or an import."""

from __future__ import annotations

import ast
import builtins
import sys
from dataclasses import dataclass, replace
from functools import cache

from .facts import Import, Mention, Path
from .library import Library
from .sources import HOUSE, Module

_CARRIED = ("cascade_gen.runtime", "cascade_gen.lang", "cascade_gen.errors", "cascade_gen._version")
"""Of Cascade itself, what can be taken along: all that needs no compiler."""

_OF_MODULES = {
    "__file__": "reads the file's own place; take the path as an input, or set it in the environment",
    "__path__": "reads the package's own place",
    "__spec__": "reads how its module was found",
    "__loader__": "reads how its module was found",
    "__package__": "reads the name of its package; write that as a text",
    "__doc__": "reads the module's docstring; put that text into a constant",
    "__builtins__": "reads the module's builtins",
    "globals": "looks names up while it runs; name them instead",
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A global variable that the file will have: `name` of `module`."""

    module: str
    name: str

    @property
    def is_house(self) -> bool:
        """Whether it is Cascade's own."""
        return self.module.partition(".")[0] in HOUSE


@dataclass(frozen=True, slots=True)
class Outside:
    """What stays an import: `name` of `module`, or the module itself, under the name `alias` where that is free."""

    module: str
    name: str | None
    alias: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the first `used` names of a path stand for; None for a builtin, or what is nowhere.

    `typing`: known to type checkers only. `literal`: text that stands in its place.
    """

    target: Symbol | Outside | None
    used: int = 1
    typing: bool = False
    literal: str = ""


class Refused(Exception):
    """What can't be taken along: why not, and the way out."""


class _NeedsCompiler(Refused):
    """A part of Cascade that compiles, under whatever name."""


_Key = tuple[str, Path, Import | None]


class Resolver:
    """Follows names through the modules of a library. `replaced` are symbols that others stand in for.

    What is found is kept: the same names are mentioned over and over. What Cascade's own modules mention is the
    same for all libraries.
    """

    def __init__(self, library: Library, replaced: dict[Symbol, Symbol]) -> None:
        self._library = library
        self._replaced = replaced
        self._known: dict[_Key, Found | str] = {}
        self._known_of_house = _of_house(frozenset(replaced.items()))

    def resolve(self, module: Module, mention: Mention) -> Found:
        """What a mention in `module` stands for. Raises `Refused`."""
        known = self._known_of_house if module.is_house else self._known
        key = (module.name, mention.path, mention.imported)
        found = known.get(key)
        if found is None:
            try:
                found = self._resolve(module, mention)
            except _NeedsCompiler:
                found = f"{module.words(mention.path)} needs the compiler, which a standalone file doesn't have"
            except Refused as refused:
                found = str(refused)
            known[key] = found
        if isinstance(found, str):
            raise Refused(found)
        return found

    def target(self, module: Module, mention: Mention) -> Symbol | Outside | None:
        """What a mention in `module` stands for; None also for what can't be taken along."""
        try:
            return self.resolve(module, mention).target
        except Refused:
            return None

    def _resolve(self, module: Module, mention: Mention) -> Found:
        if mention.imported is not None:
            return self._imported(module, mention.imported, mention.path, 1)
        name = mention.path[0]
        if name in module.binders or name in ("__name__", *_OF_MODULES) or not hasattr(builtins, name):
            return self._global(module, name, mention.path, 1)
        if _star(module) is not None and name in vars(sys.modules.get(module.name, builtins)):
            raise _from_star(module, name)
        return Found(None)

    def _global(self, module: Module, name: str, path: Path, used: int) -> Found:
        """What the global variable `name` of a module stands for; `used` names have led there."""
        imported = module.imported(name)
        if imported is not None:
            found = self._imported(module, imported, path, used)
            typing = all(part.kind == "typing" for part in module.binders[name])
            return replace(found, typing=typing or found.typing)
        if name in module.binders:
            return Found(self._carried(Symbol(module.name, name)), used)
        if name == "__name__":
            return Found(None, used, literal=f'"{module.name}"')
        if name in _OF_MODULES:
            raise Refused(f"{name} {_OF_MODULES[name]}")
        inner = self._library.submodule(module.name, name) if module.is_package else None
        if inner is not None:
            return self._module(inner, path, used)
        return self._missing(module, name)

    def _missing(self, module: Module, name: str) -> Found:
        """A name that no statement of the module binds: at fault, or made in some other way."""
        if _star(module) is not None:
            raise _from_star(module, name)
        if "__getattr__" in module.binders or name in vars(sys.modules.get(module.name, builtins)):
            raise Refused(f"{name!r} is no name that the text of {module.name} binds; bind it by a statement")
        return Found(None)

    def _imported(self, module: Module, imported: Import, path: Path, used: int) -> Found:
        where, name = module.absolute(imported)
        if (where, name) == ("typing", "TYPE_CHECKING"):
            return Found(None, used, literal="TYPE_CHECKING")
        if not self._library.is_own(where):
            alias = path[0] if used == 1 else name or where.rpartition(".")[2]
            return Found(Outside(where, name, alias), used)
        if name is None:
            return self._module(where, path, used)
        inner = self._library.submodule(where, name) if where == module.name else None
        if inner is not None:  # `from . import sub` in the package itself, which has no other `sub` to give
            return self._module(inner, path, used)
        return self._member(where, name, path, used)

    def _module(self, module: str, path: Path, used: int) -> Found:
        """What a path leads to whose first `used` names are a module of the user's own."""
        if used == len(path):
            raise Refused(f"the module {module} is used as a value; read its names instead")
        return self._member(module, path[used], path, used + 1)

    def _member(self, where: str, name: str, path: Path, used: int) -> Found:
        if where == "cascade":
            where = _elsewhere(name)
        module = self._library.module(where)
        if module is None:
            raise Refused(f"the source of {where} can't be read")
        if name not in module.binders:
            inner = self._library.submodule(where, name)
            if inner is not None:
                return self._module(inner, path, used)
            if name == "__name__":
                return Found(None, used, literal=f'"{where}"')
        found = self._global(module, name, path, used)
        if found.target is None and not found.literal:
            raise Refused(f"{where} has no name {name!r} that its text binds")
        return found

    def _carried(self, symbol: Symbol) -> Symbol:
        if symbol.is_house and not symbol.module.startswith(_CARRIED):
            raise _NeedsCompiler
        return self._replaced.get(symbol, symbol)


@cache
def _of_house(replaced: frozenset[tuple[Symbol, Symbol]]) -> dict[_Key, Found | str]:
    """What is known of the names in Cascade's own modules, where these symbols are replaced."""
    return {}


def _elsewhere(name: str) -> str:
    """The module that the face of Cascade takes a name from, at its first use."""
    table: dict[str, str] = getattr(sys.modules.get("cascade"), "_ELSEWHERE", {})
    return table.get(name, "cascade")


def _from_star(module: Module, name: str) -> Refused:
    return Refused(f"{name!r} comes from `{_star(module)}` in {module.name}; import it there by its name")


def _star(module: Module) -> str | None:
    """The first `from ... import *` of a module."""
    for part in module.parts:
        if isinstance(part.node, ast.ImportFrom) and part.node.names[0].name == "*":
            return ast.unparse(part.node)
    return None
