"""Gives everything in a standalone file a name of its own: its own name, or that with a number."""

from __future__ import annotations

import ast
import keyword
from collections import defaultdict
from collections.abc import Iterable, Iterator

from .closure import Closure
from .facts import Scope
from .phases import LATER, Phases
from .resolve import Outside, Refused, Symbol
from .sources import Module

Target = Symbol | Outside

RESERVED = frozenset(("TYPE_CHECKING", "__name__"))
ANY = Outside("typing", "Any", "Any")
"""What stands for types that the file has not."""

_FUTURE = "annotations"
"""What the first line of a file imports."""


class Naming:
    """The names of one file. `aliases` are assignments of the generated module that a definition makes needless."""

    def __init__(self, closure: Closure, phases: Phases, generated: Module, entry: str) -> None:
        self._closure = closure
        self._generated = generated
        self._entry = Symbol(generated.name, entry)
        self._names: dict[Target, str] = {}
        self._taken: set[str] = set(RESERVED)
        self._hiding: defaultdict[Target, set[tuple[Scope, str]]] = defaultdict(set)
        self.aliases: dict[Symbol, Symbol] = {}
        for use in closure.uses:
            where = (use.mention.scope, use.mention.path[0] if use.mention.imported is not None else "")
            if use.found.target is not None:
                self._hiding[use.found.target].add(where)
            if phases.is_seldom(use):
                self._hiding[LATER].add(where)
        self._assign()

    def name(self, target: Target) -> str:
        """The name of a definition or an import."""
        if isinstance(target, Symbol):
            target = self.aliases.get(target, target)
        return self._names[target]

    def _assign(self) -> None:
        self._take(self._entry, [self._entry.name])
        self._taken.add(_FUTURE)
        for symbol in self._in_order():
            if symbol in self._names or symbol in self.aliases:
                continue
            alias = self._alias(symbol) if symbol.name in self._taken else None
            if alias is None:
                self._take(symbol, _numbered(symbol.name))
            else:
                self.aliases[alias] = symbol
                self._hiding[symbol] |= self._hiding[alias]
                self._take(symbol, _numbered(alias.name))
        for outside in self._outside():
            self._take(outside, _numbered(outside.alias))

    def _in_order(self) -> list[Symbol]:
        """The user's classes, which carry their names about with them, first; Cascade's own last."""
        symbols = [*self._closure.symbols, *self._closure.hinted]
        symbols += [Symbol(self._generated.name, name) for name in self._generated.binders]
        known = list(dict.fromkeys(one for one in symbols if not self._is_import(one)))
        return sorted(known, key=self._rank)

    def _is_import(self, symbol: Symbol) -> bool:
        module = self._closure.modules.get(symbol.module)
        return module is not None and module.imported(symbol.name) is not None

    def _rank(self, symbol: Symbol) -> int:
        if symbol.is_house:
            return 3
        if symbol.module == self._generated.name:
            return 2
        module = self._closure.modules.get(symbol.module)
        parts = module.binders.get(symbol.name, []) if module is not None else []
        return 0 if any(isinstance(part.node, ast.ClassDef) for part in parts) else 1

    def _outside(self) -> list[Outside]:
        found = {use.found.target for use in self._closure.uses if isinstance(use.found.target, Outside)}
        return sorted(found | {ANY}, key=lambda one: (one.alias, one.module, one.name or ""))

    def _alias(self, symbol: Symbol) -> Symbol | None:
        """The name that the generated module gives a function by an assignment, which its definition may have."""
        if symbol in self._closure.objects or not self._is_def(symbol):
            return None
        for use in self._closure.uses:
            node = use.unit.part.node
            if use.unit.module is self._generated and use.found.target == symbol and isinstance(node, ast.Assign):
                target = node.targets[0]
                if node.value is use.mention.nodes[-1] and isinstance(target, ast.Name):
                    return Symbol(self._generated.name, target.id)
        return None

    def _is_def(self, symbol: Symbol) -> bool:
        """Whether a name is that of a function, rather than of a task that was made of one elsewhere."""
        module = self._closure.modules.get(symbol.module)
        parts = module.binders.get(symbol.name, []) if module is not None else []
        return all(isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef) for part in parts)

    def _take(self, target: Target, candidates: Iterable[str]) -> None:
        for word in candidates:
            if word in self._taken or word in self._closure.builtins or self._is_hidden(target, word):
                continue
            if keyword.iskeyword(word):
                continue
            self._names[target] = word
            self._taken.add(word)
            return
        raise Refused(f"the name {self._entry.name!r} of the workflow is that of a variable or a builtin")

    def _is_hidden(self, target: Target, word: str) -> bool:
        """Whether a name stands for something else where a target is mentioned, which an import there may replace."""
        return any(word != imported and scope.hides(word) for scope, imported in self._hiding[target])


def _numbered(word: str) -> Iterator[str]:
    yield word
    number = 2
    while True:
        yield f"{word}_{number}"
        number += 1
