"""The order of what is taken along: that in which importing the modules would run it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .closure import ALONE, Closure
from .library import Library
from .sources import Module, Part


def in_order(closure: Closure, library: Library, generated: Module) -> list[Part]:
    """The statements that are taken along: Cascade's, the user's, the generated ones."""
    order = _Order(closure, library)
    house = sorted(name for name, module in closure.modules.items() if module.is_house)
    house.sort(key=lambda name: name != ALONE)  # what stands there for others is there when these are made
    for name in house:
        order.run(name)
    order.run(generated.name)
    for name in sorted(closure.modules.keys() - {generated.name}):
        order.run(name)
    own = [part for part in order.parts if part.module is generated]
    return [part for part in order.parts if part.module is not generated] + own


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
            for imported in self._imports(part):
                self.run(imported)
            if part in self._taken:
                self.parts.append(part)

    def _imports(self, part: Part) -> Iterable[str]:
        """The own modules that a statement imports while its module is imported."""
        if isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or part.kind == "typing":
            return
        for node in ast.walk(part.node):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                where, _ = part.module.absolute((node.module or "", None, node.level))
                names = [where]
                if self._library.is_own(where):
                    inner = (self._library.submodule(where, alias.name) for alias in node.names)
                    names += [one for one in inner if one is not None]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            yield from (one for one in names if one and self._library.is_own(one))
