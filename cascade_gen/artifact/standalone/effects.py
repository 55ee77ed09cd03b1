"""Module-level code that changes what is taken along: `TABLE.update(...)`, loops that fill it, and the like.

A statement of the user's modules is taken along if running it may change an object that is carried, by whatever
name, or the state of a module that stays an import. What only makes something new is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .changes import READERS, READING, Call, Changes, changed_roots, changes, names_in
from .facts import Mention, Path
from .heirs import Heirs
from .library import Library
from .order import modules_run
from .reach import Reach
from .resolve import Outside, Refused, Resolver, Symbol
from .sources import Module, Part
from .values import is_of_house, value_of, value_outside

if TYPE_CHECKING:
    from .closure import Closure

_STATES = "atexit builtins codecs copyreg decimal gc locale logging os random signal sys warnings"
_SHARED = frozenset(_STATES.split())
"""The modules with a state that any code may depend upon that doesn't name them."""
_VERBS = re.compile(
    r"(set|register|unregister|add|append|insert|install|update|pop|push|seed|shuffle|clear|remove|reset|patch"
    r"|enable|disable|configure|basic_?config|load_dotenv|heap|insort|signal$|use$)",
    re.IGNORECASE,
)
"""How functions begin that are called for what they change, even where their result is kept."""
_Known = dict[int, tuple[Symbol | Outside | None, Mention, Path]]
"""What names stand for, by their nodes: target, mention, and what follows in its path."""


class Effects:
    """Finds the statements that have to be taken along with what is in a closure."""

    def __init__(self, library: Library, resolver: Resolver) -> None:
        self._library = library
        self._resolver = resolver
        self._changes: dict[Part, Changes] = {}

    def touching(self, closure: Closure, generated: Module) -> list[Part]:
        """The statements, not taken along yet, that touch something that is."""
        taken = {unit.part for unit in closure.units}
        house = [module for module in closure.modules.values() if module.is_house]
        found = [
            part for module in house for part in module.parts if part not in taken and self._touches(part, closure)
        ]
        modules = modules_run(closure, self._library, generated)
        round_ = _Round(self._library, self._resolver, closure, modules, self._changes_of)
        for module in modules:
            found += [part for part in module.parts if part not in taken and round_.touches(part)]
        return found

    def _touches(self, part: Part, closure: Closure) -> bool:
        """Whether a statement of Cascade's own touches what is taken along."""
        roots = changed_roots(part)
        mentions = [one for one in part.facts.mentions if not one.hint] if part.kind == "effect" else []
        outside = _outside_of(part.module, closure)
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

    def _changes_of(self, part: Part) -> Changes:
        known = self._changes.get(part)
        if known is None:
            known = self._changes[part] = changes(part.node)
        return known


class _Round:
    """What a closure has when it is looked at."""

    def __init__(
        self,
        library: Library,
        resolver: Resolver,
        closure: Closure,
        modules: list[Module],
        changes_of: Callable[[Part], Changes],
    ) -> None:
        self._resolver = resolver
        self._modules = modules
        self._changes_of = changes_of
        self._carried = {one for one in closure.symbols if not one.is_house}
        self._used = {
            use.found.target.module.partition(".")[0]
            for use in closure.uses
            if isinstance(use.found.target, Outside) and not use.mention.hint and not use.unit.module.is_house
        }
        self._here = {module.name: _outside_of(module, closure) for module in modules}
        self._names: dict[Part, _Known] = {}
        self._reach = Reach(library, resolver, self._carried, self._changers())
        asked = any("__subclasses__" in one.facts.attributes for one in closure.units if not one.module.is_house)
        self._heirs = Heirs(library, self._reach, self._carried, asked)

    def touches(self, part: Part) -> bool:
        """Whether running a statement may change something that is carried."""
        if part.kind not in ("definition", "value", "effect"):
            return False
        if part.kind == "effect" and self._names_carried(part):
            return True
        found = self._changes_of(part)
        known = self._known(part)
        return (
            any(self._sets(one) for one in self._targets(found.set, known))
            or any(self._uses(target) for target, _ in self._targets(found.used, known))
            or any(self._calls(call, part, known) for call in found.calls)
            or any(self._heirs.adds(self._bases(node, known)) for node in found.classes)
        )

    def _changers(self) -> dict[Symbol, list[Part]]:
        """The statements that change what a name stands for."""
        found: dict[Symbol, list[Part]] = {}
        for part in (part for module in self._modules for part in module.parts if part.kind == "effect"):
            done = self._changes_of(part)
            names = [*done.set, *done.used, *(name for call in done.calls for name in names_in(call.callee))]
            for target, _ in self._targets(names, self._known(part)):
                if isinstance(target, Symbol):
                    found.setdefault(target, []).append(part)
        return found

    # what is changed

    def _names_carried(self, part: Part) -> bool:
        """Whether a statement that may change anything mentions what is carried, or leads to it."""
        roots = changed_roots(part)
        for target, mention, _ in self._known(part).values():
            if roots and mention.path[0] not in roots:
                continue
            if target in self._carried or target in self._here[part.module.name]:
                return True
            if isinstance(target, Symbol) and not target.is_house and not roots and self._reach.calling(target):
                return True
        return False

    def _sets(self, found: tuple[Symbol | Outside, Path]) -> bool:
        """Whether setting an attribute or an item changes what is carried, or the state of an imported module."""
        target, rest = found
        if isinstance(target, Outside):
            return self._is_shared(target, rest)
        return self._uses(target) or self._is_state(target)

    def _uses(self, target: Symbol | Outside) -> bool:
        return isinstance(target, Symbol) and not target.is_house and self._reach.changing(target)

    def _calls(self, call: Call, part: Part, known: _Known) -> bool:
        """Whether a call may change what is carried, or the state of an imported module."""
        found = known.get(id(call.callee))
        if found is None:
            return self._calls_some(call, known)
        target, mention, rest = found
        if target is None:
            if mention.path[0] in part.module.binders:
                return self._gives(call, known)
            if mention.path == ("type",):
                return self._heirs.adds([one for arg in call.given[1:2] for one in self._symbols(arg, known)])
            return mention.path[0] not in READERS and self._gives(call, known)
        if isinstance(target, Outside):
            return self._calls_outside(call, target, rest, known)
        if target.is_house or is_of_house(value_of(target)):
            return False
        if rest and self._reach.reads(target, rest):
            return False
        called = self._reach.calling(target) if not rest else self._reach.calling_method(target, rest, call.alone)
        return called or (call.alone and bool(rest) and self._is_state(target)) or self._gives(call, known, True)

    def _calls_some(self, call: Call, known: _Known) -> bool:
        """Whether calling what an expression gives may change what is carried."""
        if isinstance(call.callee, ast.Attribute) and call.callee.attr in READING:
            return False
        for target, _ in self._targets(names_in(call.callee), known):
            if isinstance(target, Outside):
                if call.alone and self._is_shared(target, ()):
                    return True
            elif is_of_house(value_of(target)):
                return False
            elif self._reach.calling(target):
                return True
        return self._gives(call, known, True)

    def _calls_outside(self, call: Call, target: Outside, rest: Path, known: _Known) -> bool:
        if call.alone:
            return self._is_shared(target, rest) or self._gives(call, known)
        name = rest[-1] if rest else target.name or ""
        top = target.module.partition(".")[0]
        if top == "random" and top in self._used and not isinstance(value_outside(target, rest), type):
            return True
        if not _VERBS.match(name):
            return False
        return top in _SHARED or top in self._used or self._gives(call, known)

    def _gives(self, call: Call, known: _Known, own: bool = False) -> bool:
        """Whether a call is handed something that is carried, and that it may change; `own`: by the user's code."""
        for one in call.given:
            for target in self._symbols(one, known):
                if self._reach.handing(target):
                    return True
                if (own or call.alone) and target in self._carried and isinstance(value_of(target), type):
                    return True
        return False

    # the state of modules that stay imports

    def _is_shared(self, target: Outside, rest: Path) -> bool:
        """Whether others may see a change in a module: only where to import from is told in the file itself."""
        place = (target.module, *((target.name,) if target.name is not None else ()), *rest)
        return place[:2] not in (("sys", "path"), ("site", "addsitedir")) or "sys" in self._used

    def _is_state(self, symbol: Symbol) -> bool:
        """Whether a variable stands for something of an imported module, rather than for something new."""
        module = next((one for one in self._modules if one.name == symbol.module), None)
        for part in module.binders.get(symbol.name, ()) if module is not None else ():
            node = part.node
            if part.kind != "value" or not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            known = self._known(part)
            for name in names_in(node.value):
                target, _, rest = known.get(id(name), (None, None, ()))
                if isinstance(target, Outside) and not isinstance(value_outside(target, rest), type):
                    top = target.module.partition(".")[0]
                    if top in _SHARED or top in self._used:
                        return True
        return False

    # names

    def _known(self, part: Part) -> _Known:
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

    def _targets(self, names: list[ast.Name], known: _Known) -> Iterator[tuple[Symbol | Outside, Path]]:
        for name in names:
            target, _, rest = known.get(id(name), (None, None, ()))
            if target is not None and not (isinstance(target, Symbol) and target.is_house):
                yield target, rest

    def _symbols(self, node: ast.expr, known: _Known) -> list[Symbol]:
        return [one for one, _ in self._targets(names_in(node), known) if isinstance(one, Symbol)]

    def _bases(self, node: ast.ClassDef, known: _Known) -> list[Symbol]:
        given = [*node.bases, *(one.value for one in node.keywords)]
        return [symbol for one in given for symbol in self._symbols(one, known)]


def _compiler_part(module: Module, mention: Mention) -> Symbol | None:
    """What of Cascade a mention is of that can't be taken along; None for what is the user's."""
    imported = mention.imported or module.imported(mention.path[0])
    symbol = None if imported is None else Symbol(module.absolute(imported)[0], mention.path[-1])
    return symbol if symbol is not None and symbol.is_house else None


def _outside_of(module: Module, closure: Closure) -> set[Outside]:
    """What a module's statements that are taken along use of others that stay imports."""
    return {
        use.found.target
        for use in closure.uses
        if use.unit.module is module and isinstance(use.found.target, Outside) and not use.mention.hint
    }
