"""What the names in a statement stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .changes import Changes, changes, names_in
from .facts import Mention, Path
from .resolve import Outside, Refused, Resolver, Symbol
from .sources import Module, Part

Known = dict[int, tuple[Symbol | Outside | None, Mention, Path]]
"""What names stand for, by their nodes: target, mention, and what follows in its path."""


class Meanings:
    """What statements mean, each looked at once: what their names stand for, and what running them may change."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._names: dict[Part, Known] = {}
        self._changes: dict[Part, Changes] = {}

    def changes(self, part: Part) -> Changes:
        """What running a statement may change."""
        known = self._changes.get(part)
        if known is None:
            known = self._changes[part] = changes(part.node)
        return known

    def names(self, part: Part) -> Known:
        """What each name in a statement stands for, by the nodes of the first and the last name of its path."""
        known = self._names.get(part)
        if known is None:
            known = self._names[part] = {}
            for mention in part.facts.mentions:
                if mention.hint:
                    continue
                try:
                    found = self._resolver.resolve(part.module, mention)
                    entry = found.target, mention, mention.path[found.used :]
                except Refused:
                    entry = _compiler_part(part.module, mention), mention, ()
                known[id(mention.nodes[0])] = known[id(mention.nodes[-1])] = entry
        return known


def targets(names: list[ast.Name], known: Known) -> Iterator[tuple[Symbol | Outside, Path]]:
    """What names stand for that is the user's or an import, and what follows in their paths."""
    for name in names:
        target, _, rest = known.get(id(name), (None, None, ()))
        if target is not None and not (isinstance(target, Symbol) and target.is_house):
            yield target, rest


def symbols(node: ast.expr, known: Known) -> list[Symbol]:
    """The user's variables whose values, or parts of them, the value of an expression may be."""
    return [one for one, _ in targets(names_in(node), known) if isinstance(one, Symbol)]


def bases(node: ast.ClassDef, known: Known) -> list[Symbol]:
    """The user's classes that a class derives from, or is made by."""
    given = [*node.bases, *(one.value for one in node.keywords)]
    return [symbol for one in given for symbol in symbols(one, known)]


def _compiler_part(module: Module, mention: Mention) -> Symbol | None:
    """What of Cascade a mention is of that can't be taken along; None for what is the user's."""
    imported = mention.imported or module.imported(mention.path[0])
    symbol = None if imported is None else Symbol(module.absolute(imported)[0], mention.path[-1])
    return symbol if symbol is not None and symbol.is_house else None
