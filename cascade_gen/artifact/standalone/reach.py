"""What may be changed of what is taken along by calling a function, or through another name of the same object."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set
from types import FunctionType
from typing import Any

from .changes import READING
from .facts import Mention, Path
from .library import Library
from .resolve import Resolver, Symbol
from .sources import Part
from .values import attribute, is_fixed, is_of_house, keeps_state, value_of

_QUIET_ATTRIBUTES = frozenset(("func", "__name__", "__qualname__", "__doc__", "__module__", "__defaults__"))
_MAKING = frozenset(("__new__", "__init__", "__post_init__", "__set_name__"))


class Reach:
    """Tells what leads to values of the user's that are `carried`. `changers` are the statements that change what
    a name stands for, beside those that bind it: what they put in there is reached through it."""

    def __init__(
        self, library: Library, resolver: Resolver, carried: Set[Symbol], changers: dict[Symbol, list[Part]]
    ) -> None:
        self._library = library
        self._resolver = resolver
        self._carried = carried
        self._changers = changers
        self._known: dict[Symbol, bool] = {}

    def changing(self, symbol: Symbol) -> bool:
        """Whether changing what a variable stands for may change what is carried."""
        if symbol in self._carried:
            return True
        value = value_of(symbol)
        if is_function(value) or isinstance(value, type):
            return self._is_alias(symbol) and self.leads(symbol)
        return not is_fixed(value) and self.leads(symbol)

    def handing(self, symbol: Symbol) -> bool:
        """Whether a value that is handed to somebody may be changed by that, or do so if it is called."""
        value = value_of(symbol)
        if is_of_house(value):
            return False
        if is_function(value):
            return self.leads(symbol)
        return not isinstance(value, type) and not is_fixed(value) and self.changing(symbol)

    def calling(self, symbol: Symbol) -> bool:
        """Whether calling a function, a class or another object may change what is carried."""
        value = value_of(symbol)
        if is_of_house(value):
            return False
        if isinstance(value, type):
            return (symbol in self._carried and self._keeps_instances(symbol, value)) or self.leads(symbol)
        if is_function(value):
            return (symbol in self._carried and keeps_state(value)) or self.leads(symbol)
        return self.changing(symbol)

    def calling_method(self, symbol: Symbol, path: Path, alone: bool) -> bool:
        """Whether calling something in what a variable stands for may change what is carried.

        `alone`: nobody takes its result. A class may have methods that only make an instance.
        """
        value = value_of(symbol)
        if alone or symbol not in self._carried or not isinstance(value, type) or len(path) > 1:
            return self.changing(symbol)
        if not isinstance(attribute(value, path), classmethod | staticmethod):
            return True
        return self._keeps_instances(symbol, value, path[0]) or self.leads(symbol)

    def reads(self, symbol: Symbol, path: Path) -> bool:
        """Whether the method at the end of a path is known to leave its object, one of Python's own, as it is."""
        if path[-1] not in READING:
            return False
        holder = attribute(value_of(symbol), path[:-1])
        return type(holder).__module__ in ("builtins", "collections") or is_fixed(holder)

    def leads(self, symbol: Symbol) -> bool:
        """Whether a value that is carried, and can change, is reached from what binds or fills a variable."""
        known = self._known.get(symbol)
        if known is None:
            known = self._known[symbol] = self._leads(symbol, set())
        return known

    def _is_alias(self, symbol: Symbol) -> bool:
        """Whether a function or class has another name as well, or is a class, whose methods may do anything."""
        parts = self._parts(symbol)
        return not all(isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef) for part in parts)

    def _leads(self, symbol: Symbol, seen: set[Symbol]) -> bool:
        if symbol in seen or symbol.is_house:
            return False
        seen.add(symbol)
        module = self._library.module(symbol.module)
        binders = module.binders.get(symbol.name, []) if module is not None else []
        return any(self._shares(one, symbol) for one in binders) or any(
            self._follows(part, seen) for part in (*binders, *self._changers.get(symbol, ()))
        )

    def _shares(self, part: Part, symbol: Symbol) -> bool:
        """Whether a statement that binds a name binds another, which is carried, to the same, perhaps."""
        if part.kind in ("definition", "import", "typing"):
            return False
        others = (Symbol(symbol.module, name) for name in sorted(part.facts.binds - {symbol.name}))
        return any(other in self._carried and not is_fixed(value_of(other)) for other in others)

    def _follows(self, part: Part, seen: set[Symbol]) -> bool:
        called = {id(call.func) for call in part.facts.calls}
        is_value = part.kind != "definition"
        for place in part.facts.places:
            if isinstance(place.node, ast.Global) and Symbol(part.module.name, place.name) in self._carried:
                return True
        for mention in part.facts.mentions:
            found = self._found(part, mention)
            if found is not None and self._meets(*found, mention, id(mention.nodes[-1]) in called, is_value, seen):
                return True
        return False

    def _found(self, part: Part, mention: Mention) -> tuple[Symbol, Path] | None:
        if mention.hint:
            return None
        target = self._resolver.target(part.module, mention)
        if not isinstance(target, Symbol) or target.is_house:
            return None
        return target, mention.path[self._resolver.resolve(part.module, mention).used :]

    def _meets(
        self, symbol: Symbol, rest: Path, mention: Mention, called: bool, is_value: bool, seen: set[Symbol]
    ) -> bool:
        """Whether a mention on the way leads to what is carried."""
        value, carried = value_of(symbol), symbol in self._carried
        if is_of_house(value):
            return False
        if isinstance(value, type):
            if carried and self._is_part(value, rest, mention, called, is_value, symbol):
                return True
            return (called or bool(rest)) and self._leads(symbol, seen)
        if is_function(value):
            changed = bool(rest) and rest[0] not in _QUIET_ATTRIBUTES
            if carried and (changed or (is_value and not called) or (called and keeps_state(value))):
                return True
            return self._leads(symbol, seen)
        if is_fixed(value):
            return False
        return carried or self._leads(symbol, seen)

    def _is_part(
        self, value: type, rest: Path, mention: Mention, called: bool, is_value: bool, symbol: Symbol
    ) -> bool:
        """Whether a mention of a class is of something in it that can change, or of the class as a value."""
        if not rest:
            return self._keeps_instances(symbol, value) if called else is_value
        return mention.written or not is_fixed(attribute(value, rest[:1]))

    def _keeps_instances(self, symbol: Symbol, value: type, maker: str = "") -> bool:
        """Whether making an instance changes its class: what is in it, or what `__new__` and metaclasses keep."""
        meta = type(value)
        if self._library.is_own(meta.__module__) and "__call__" in vars(meta):
            return True
        return any(
            _fills(part.node, value, maker)
            for one in value.__mro__
            if self._library.is_own(one.__module__)
            for part in self._parts(Symbol(one.__module__, one.__name__))
            if isinstance(part.node, ast.ClassDef)
        )

    def _parts(self, symbol: Symbol) -> Iterable[Part]:
        module = self._library.module(symbol.module)
        return module.binders.get(symbol.name, ()) if module is not None else ()


def is_function(value: Any) -> bool:
    """Whether a value is a function, or one that another has put something around."""
    return isinstance(value, FunctionType) or (not isinstance(value, type) and hasattr(value, "__wrapped__"))


def _fills(node: ast.ClassDef, value: type, maker: str) -> bool:
    """Whether making an instance visibly changes more than the instance."""
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or method.name not in {*_MAKING, maker}:
            continue
        if method.name == "__new__":
            return True
        own = [one.arg for one in (*method.args.posonlyargs, *method.args.args)[:1]]
        for one in ast.walk(method):
            if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load):
                if not isinstance(one.value, ast.Name) or [one.value.id] != own:
                    return True
            elif isinstance(one, ast.Attribute) and not is_fixed(attribute(value, (one.attr,))):
                return True
    return False
