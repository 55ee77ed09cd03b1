"""Whether running a statement of the user's may change something that is taken along."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .by_text import imports_by_text
from .changes import CALLING, READERS, READING, Call, Changes, called_names, changed_roots, changes, names_in
from .facts import Mention, Path
from .heirs import Heirs
from .library import Library
from .meant import Meanings, bases, symbols, targets
from .reach import Reach, is_function
from .resolve import Outside, Resolver, Symbol
from .sources import Module, Part
from .values import is_of_house, reads_only, value_of, value_outside

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


class Touched:
    """What a closure has when it is looked at."""

    def __init__(
        self,
        library: Library,
        resolver: Resolver,
        closure: Closure,
        modules: list[Module],
        outside: Mapping[str, set[Outside]],
        meanings: Meanings,
    ) -> None:
        self._library = library
        self._modules = modules
        self._meanings = meanings
        self._carried = {one for one in closure.symbols if not one.is_house}
        self._used = {
            use.found.target.module.partition(".")[0]
            for use in closure.uses
            if isinstance(use.found.target, Outside) and not use.mention.hint and not use.unit.module.is_house
        }
        self._here = outside
        self._reach = Reach(library, resolver, self._carried, self._changers())
        asked = any("__subclasses__" in one.facts.attributes for one in closure.units if not one.module.is_house)
        self._heirs = Heirs(library, self._reach, self._carried, asked)

    def by(self, part: Part) -> bool:
        """Whether running a statement may change something that is carried."""
        if part.kind not in ("definition", "value", "effect"):
            return False
        if part.kind == "effect" and self._names_carried(part):
            return True
        known = self._meanings.names(part)
        return (
            self._does(self._meanings.changes(part), part)
            or any(self._computes(one) for one in known.values())
            or any(self._imports(one, part) for one in known.values())
        )

    def _does(self, found: Changes, part: Part) -> bool:
        """Whether what a statement, or a lambda in it, does may change something that is carried."""
        known = self._meanings.names(part)
        return (
            any(self._sets(one) for one in targets(found.set, known))
            or any(self._uses(target) for target, _ in targets(found.used, known))
            or any(self._calls(call, part) for call in found.calls)
            or any(self._heirs.adds(bases(node, known)) for node in found.classes)
        )

    def _changers(self) -> dict[Symbol, list[Part]]:
        """The statements that change what a name stands for."""
        found: dict[Symbol, list[Part]] = {}
        for part in (part for module in self._modules for part in module.parts if part.kind == "effect"):
            done = self._meanings.changes(part)
            names = [*done.set, *done.used, *(name for call in done.calls for name in names_in(call.callee))]
            for target, _ in targets(names, self._meanings.names(part)):
                if isinstance(target, Symbol):
                    found.setdefault(target, []).append(part)
        return found

    # what is changed

    def _names_carried(self, part: Part) -> bool:
        """Whether a statement that may change anything mentions what is carried, or leads to it."""
        roots = changed_roots(part)
        for target, mention, _ in self._meanings.names(part).values():
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

    def _calls(self, call: Call, part: Part) -> bool:
        """Whether a call may change what is carried, or the state of an imported module."""
        known = self._meanings.names(part)
        found = known.get(id(call.callee))
        if found is None:
            return self._calls_some(call, part)
        target, mention, rest = found
        if target is None:
            if mention.path[0] in part.module.binders:
                return self._gives(call, part)
            if mention.path == ("type",):
                return self._heirs.adds([one for arg in call.given[1:2] for one in symbols(arg, known)])
            if mention.path[0] in READERS and (len(mention.path) == 1 or mention.path[-1] in READING):
                return self._reads(call, mention.path[-1], part)
            return self._gives(call, part)
        if isinstance(target, Outside):
            return self._calls_outside(call, target, rest, part)
        if target.is_house or is_of_house(value_of(target)):
            runs = rest[-1:] == ("func",)  # the function of a task, called as such
            return runs and (self._reach.leads(target) or self._gives(call, part, True))
        if rest and reads_only(value_of(target), rest):
            return False
        changes = self._reach.calling(target) if not rest else self._reach.calling_method(target, rest, call.alone)
        if changes or (call.alone and bool(rest) and self._is_state(target)):
            return True
        return bool(call.given) and self._gives(call, part, True, self._reach.calls_given(target, rest))

    def _reads(self, call: Call, name: str, part: Part) -> bool:
        """Whether a builtin that leaves values as they are calls what it is given, or uses up an iterator."""
        if name in CALLING and self._runs(call, part):
            return True
        for symbol in self._given(call, part):
            value = value_of(symbol)
            if hasattr(type(value), "__next__") and self._reach.changing(symbol):
                return True
            if name in CALLING and is_function(value) and self._reach.leads(symbol):
                return True
        return False

    def _calls_some(self, call: Call, part: Part) -> bool:
        """Whether calling what an expression gives may change what is carried."""
        if isinstance(call.callee, ast.Attribute) and call.callee.attr in READING:
            return False
        called = True
        methods = {one.attr for one in ast.walk(call.callee) if isinstance(one, ast.Attribute)}
        for target, rest in targets(called_names(call.callee), self._meanings.names(part)):
            if isinstance(target, Outside):
                if call.alone and self._is_shared(target, ()):
                    return True
            elif is_of_house(value_of(target)):
                return False
            elif self._reach.calling(target, methods):
                return True
            else:
                called = self._reach.calls_given(target, rest)
        return self._gives(call, part, True, called)

    def _computes(self, found: tuple[Symbol | Outside | None, Mention, Path]) -> bool:
        """Whether reading an attribute calls something that may change what is carried."""
        target, mention, rest = found
        if not rest or mention.deferred or not isinstance(target, Symbol) or target.is_house:
            return False
        return self._reach.reading(target, rest[0])

    def _imports(self, found: tuple[Symbol | Outside | None, Mention, Path], part: Part) -> bool:
        """Whether a statement imports a module of the user's by a text, for what that does, as nobody can tell."""
        target, mention, rest = found
        if mention.deferred or not imports_by_text(target, mention.path, rest):
            return False
        values = [value_of(Symbol(part.module.name, name)) for name in part.facts.binds]
        return part.kind == "effect" or any(self._library.is_own(getattr(one, "__name__", "")) for one in values)

    def _calls_outside(self, call: Call, target: Outside, rest: Path, part: Part) -> bool:
        if call.alone:
            return self._is_shared(target, rest) or self._gives(call, part)
        name = rest[-1] if rest else target.name or ""
        top = target.module.partition(".")[0]
        if top == "random" and top in self._used and not isinstance(value_outside(target, rest), type):
            return True
        if not _VERBS.match(name):
            return False
        return top in _SHARED or top in self._used or self._gives(call, part)

    def _gives(self, call: Call, part: Part, own: bool = False, called: bool = True) -> bool:
        """Whether a call is handed something that is carried, and that it may change.

        `own`: by the user's code; `called`: that may call what it is given.
        """
        if called and self._runs(call, part):
            return True
        for target in self._given(call, part):
            if self._reach.handing(target, called):
                return True
            if (own or call.alone) and target in self._carried and isinstance(value_of(target), type):
                return True
        return False

    def _runs(self, call: Call, part: Part) -> bool:
        """Whether a lambda that a call is given may change something that is carried."""
        return any(self._does(changes(one.body), part) for one in call.lambdas)

    def _given(self, call: Call, part: Part) -> list[Symbol]:
        """The user's variables that a call is given, or parts of their values."""
        known = self._meanings.names(part)
        return [symbol for value in call.given for symbol in symbols(value, known)]

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
            known = self._meanings.names(part)
            for name in names_in(node.value):
                target, _, rest = known.get(id(name), (None, None, ()))
                if isinstance(target, Outside) and not isinstance(value_outside(target, rest), type):
                    top = target.module.partition(".")[0]
                    if top in _SHARED or top in self._used:
                        return True
        return False
