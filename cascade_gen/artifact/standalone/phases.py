"""Tells apart what a file needs whenever it is imported, what to run as a command, and what few runs need at all.

A script is compiled anew each time it starts, which takes longer than all that small workflows do. What is needed
when something has gone wrong, or seldom for other reasons, stands in the file as text, and is compiled when it is
needed: all that Cascade's own functions import where they need it, and what is named here.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from .closure import ALONE, TARGET, Closure, Use
from .rare import Inputs, rare_symbols, sent_symbols
from .resolve import Symbol
from .sources import Part

LATER = Symbol(ALONE, "later")
"""What gives the rare ones to those who need them."""
LATER_TEXT = Symbol(ALONE, "later_text")
"""The function that gives their text."""
CARRIED = Symbol(ALONE, "CARRIED")
"""The names of all that is Cascade's."""
KINDS = Symbol(ALONE, "KINDS")
"""What reads the inputs of a command that takes numbers and texts, and which must be given."""


class Phases:
    """The statements of one file, by when they are needed: `late` ones by the command, `rare` ones seldom."""

    def __init__(self, closure: Closure, is_async: bool, inputs: Inputs) -> None:
        mentioned = {use.found.target for use in closure.uses if not use.unit.module.is_house}
        self._rare = rare_symbols(mentioned, is_async, inputs)
        self._closure = closure
        self._needs: defaultdict[Part, set[Part]] = defaultdict(set)
        self._needs_seldom: defaultdict[Part, set[Part]] = defaultdict(set)
        taken = {unit.part for unit in closure.units}
        self._taken = taken
        for use in closure.uses:
            kind = self._needs_seldom if self._is_seldom(use) else self._needs
            kind[use.unit.part] |= self._definitions(use)
            if use.unit.part.kind == "effect":  # whoever needs what it touches
                for part in self._definitions(use):
                    self._needs[part].add(use.unit.part)
        for part in taken:
            for place in part.facts.places if part.kind == "definition" else ():
                if isinstance(place.node, ast.Global):
                    for other in self._binders(Symbol(part.module.name, place.name)):
                        self._needs[other].add(part)
        main = {part for part in taken if part.kind == "main"}
        roots = {part for part in taken if not part.module.is_house} - main
        roots |= {
            part
            for symbol in (TARGET, LATER, *sorted(sent_symbols(mentioned), key=str))
            for part in self._binders(symbol)
        }
        early, command = self._reached(roots, False), self._reached(main, False)
        early |= command & self._reached(roots, True)
        self.late = command - early
        self.rare = taken - early - command

    def is_seldom(self, use: Use) -> bool:
        """Whether a use is of what may not be compiled yet."""
        return self._is_seldom(use) and bool(self._definitions(use) & self.rare)

    def pieces(self) -> dict[tuple[Symbol, ...], set[Part]]:
        """The rare ones, by what is asked for if they are needed; what others build upon comes first."""
        users: defaultdict[Part, list[Symbol]] = defaultdict(list)
        asked = dict.fromkeys(use.found.target for use in self._closure.uses if self.is_seldom(use))
        for symbol in asked:
            assert isinstance(symbol, Symbol)
            for part in self._reached(self._binders(symbol), False) & self.rare:
                users[part].append(symbol)
        found: defaultdict[tuple[Symbol, ...], set[Part]] = defaultdict(set)
        for part, symbols in users.items():
            found[tuple(symbols)].add(part)
        return dict(sorted(found.items(), key=lambda one: (-len(one[0]), min(map(_place, one[1])))))

    def defines(self, symbol: Symbol) -> bool:
        """Whether a symbol is something that the file has, and not as text only."""
        return bool(self._binders(symbol) - self.rare)

    def _is_seldom(self, use: Use) -> bool:
        target, mention = use.found.target, use.mention
        if not isinstance(target, Symbol) or not target.is_house or not use.unit.module.is_house:
            return False
        if not mention.deferred or use.found.used > 1 or mention.written:
            return False
        return self._rare.get(target, mention.imported is not None)

    def _definitions(self, use: Use) -> set[Part]:
        """The statements that bind what a use is of."""
        target = use.found.target
        if not isinstance(target, Symbol) or use.mention.hint or use.found.typing:
            return set()
        return self._binders(target)

    def _binders(self, symbol: Symbol) -> set[Part]:
        module = self._closure.modules.get(symbol.module)
        return self._taken & set(module.binders.get(symbol.name, ())) if module is not None else set()

    def _reached(self, roots: Iterable[Part], seldom: bool) -> set[Part]:
        """What the roots need, with what they need seldom or without."""
        found = set(roots)
        pending = list(found)
        while pending:
            part = pending.pop()
            following = self._needs[part] | (self._needs_seldom[part] if seldom else set())
            pending.extend(following - found)
            found |= following
        return found


def _place(part: Part) -> tuple[str, int]:
    return part.module.name, part.start
