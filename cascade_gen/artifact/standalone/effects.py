"""Module-level code that changes what is taken along: `TABLE.update(...)`, loops that fill it, and the like.

A statement of the user's modules is taken along if running it may change an object that is carried, by whatever
name, or the state of a module that stays an import. What only makes something new is left out.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .changes import changed_roots
from .library import Library
from .meant import Meanings
from .order import modules_run
from .resolve import Outside, Resolver, Symbol
from .sources import Module, Part
from .touched import Touched

if TYPE_CHECKING:
    from .closure import Closure


class Effects:
    """Finds the statements that have to be taken along with what is in a closure."""

    def __init__(self, library: Library, resolver: Resolver) -> None:
        self._library = library
        self._resolver = resolver
        self._meanings = Meanings(resolver)

    def touching(self, closure: Closure, generated: Module) -> list[Part]:
        """The statements, not taken along yet, that touch something that is."""
        taken = {unit.part for unit in closure.units}
        house = [module for module in closure.modules.values() if module.is_house]
        outside = _outside(closure)
        found = [
            part
            for module in house
            for part in module.parts
            if part not in taken and self._touches(part, closure, outside[module.name])
        ]
        modules = modules_run(closure, self._library, generated)
        touched = Touched(self._library, self._resolver, closure, modules, outside, self._meanings)
        for module in modules:
            found += [part for part in module.parts if part not in taken and touched.by(part)]
        return found

    def _touches(self, part: Part, closure: Closure, outside: set[Outside]) -> bool:
        """Whether a statement of Cascade's own touches what is taken along, or what its module has of others."""
        roots = changed_roots(part)
        mentions = [one for one in part.facts.mentions if not one.hint] if part.kind == "effect" else []
        targets = [self._resolver.target(part.module, one) for one in mentions if not roots or one.path[0] in roots]
        if any(one in closure.symbols or one in outside for one in targets if one is not None):
            return True
        called = [one for one in targets if isinstance(one, Symbol) and not roots]
        return any(symbol in closure.symbols for one in called for symbol in self._bound_by(one))

    def _bound_by(self, symbol: Symbol) -> Iterator[Symbol]:
        """The global variables that a function of Cascade's own binds when it is called."""
        module = self._library.module(symbol.module)
        for part in module.binders.get(symbol.name, ()) if module is not None else ():
            for place in part.facts.places:
                if isinstance(place.node, ast.Global):
                    yield Symbol(symbol.module, place.name)


def _outside(closure: Closure) -> Mapping[str, set[Outside]]:
    """What the statements that are taken along use of what stays an import, by the name of their module."""
    found: defaultdict[str, set[Outside]] = defaultdict(set)
    for use in closure.uses:
        if isinstance(use.found.target, Outside) and not use.mention.hint:
            found[use.unit.module.name].add(use.found.target)
    return found
