"""The order of what is taken along: that in which importing the modules would run it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .library import Library
from .sources import HOUSE, Module, Part

if TYPE_CHECKING:
    from .closure import Closure


def in_order(closure: Closure, library: Library, generated: Module) -> list[Part]:
    """The statements that are taken along: Cascade's, the user's, the generated ones."""
    order = _Order(closure, library)
    house = sorted(name for name, module in closure.modules.items() if module.is_house)
    house.sort(key=lambda name: name != _FIRST)  # what stands there for others is there when these are made
    for name in house:
        order.run(name)
    order.run(generated.name)
    for name in sorted(closure.modules.keys() - {generated.name}):
        order.run(name)
    own = [part for part in order.parts if part.module is generated]
    return [part for part in order.parts if part.module is not generated] + own


_FIRST = "cascade_gen.runtime.alone"


class _Order:
    """Runs modules as importing them does, each once."""

    def __init__(self, closure: Closure, library: Library) -> None:
        self._taken = {unit.part for unit in closure.units}
        self._library = library
        self._seen: set[str] = set()
        self.parts: list[Part] = []

    def run(self, name: str) -> None:
        """The parts of a module, behind those of the packages around it."""
        package = name.rpartition(".")[0]
        if package and package not in self._seen:
            self.run(package)
        if name in self._seen:
            return
        self._seen.add(name)
        module = self._library.module(name)
        for part in module.parts if module is not None else ():
            for imported in _own_imports(part, self._library):
                self.run(imported)
            if part in self._taken:
                self.parts.append(part)


def _own_imports(part: Part, library: Library) -> Iterable[str]:
    """The own modules that a statement imports while its module is imported."""
    if isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or part.kind == "typing":
        return
    for node in ast.walk(part.node):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _own_modules(part.module, node, library)


def _own_modules(module: Module, node: ast.Import | ast.ImportFrom, library: Library) -> Iterable[str]:
    """The own modules that one import statement runs."""
    if isinstance(node, ast.ImportFrom):
        where, _ = module.absolute((node.module or "", None, node.level))
        names = [where]
        if library.is_own(where):
            inner = (library.submodule(where, alias.name) for alias in node.names)
            names += [one for one in inner if one is not None]
    else:
        names = [alias.name for alias in node.names]
    yield from (one for one in names if one and library.is_own(one))


def modules_run(closure: Closure, library: Library, generated: Module) -> list[Module]:
    """The user's modules that run where the workflow is made: those of its tasks, and all that they import."""
    pending = [name for part in generated.parts for name in _own_imports(part, library)]
    pending += [*library.tasks_in, *(name for name in closure.modules if name != generated.name)]
    for unit in closure.units:
        if not unit.module.is_house:
            for inner in unit.facts.inner_imports:
                pending += _own_modules(unit.module, inner.node, library)
    found: dict[str, Module | None] = {}
    while pending:
        name = pending.pop()
        if not name or name in found or name.partition(".")[0] in HOUSE or name not in sys.modules:
            continue
        module = found[name] = library.module(name)
        pending.append(name.rpartition(".")[0])
        for part in module.parts if module is not None else ():
            pending += _own_imports(part, library) if part.kind != "main" else ()
    return [module for _, module in sorted(found.items()) if module is not None]
