"""What may be changed of what is taken along by calling a function, or through another name of the same object."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Set
from types import FunctionType
from typing import Any

from cascade_gen.tasks.nodes import nodes_of

from .by_text import imports_by_text
from .facts import Mention, Path
from .handed import calls_given
from .library import Library
from .resolve import Outside, Refused, Resolver, Symbol
from .sources import Part
from .values import MISSING, attribute, is_fixed, is_of_house, keeps_state, reads_only, value_of

_QUIET_ATTRIBUTES = frozenset(("func", "__name__", "__qualname__", "__doc__", "__module__", "__defaults__"))
_MAKING = frozenset(("__new__", "__init__", "__post_init__", "__set_name__"))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Seen = set[tuple[Symbol, frozenset[str] | None]]


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
        self._known: dict[tuple[Symbol, frozenset[str] | None], bool] = {}
        self._callers: dict[tuple[Symbol, Path], bool] = {}
        self._given: dict[Part, frozenset[int]] = {}
        self._insides: dict[tuple[Part, frozenset[str]], frozenset[int]] = {}

    def changing(self, symbol: Symbol) -> bool:
        """Whether changing what a variable stands for may change what is carried."""
        if symbol in self._carried:
            return True
        value = value_of(symbol)
        if is_function(value) or isinstance(value, type):
            return self._is_alias(symbol) and self.leads(symbol)
        return not is_fixed(value) and self.leads(symbol)

    def handing(self, symbol: Symbol, called: bool) -> bool:
        """Whether a value that is handed to somebody may be changed by that, or do so if it is `called`."""
        value = value_of(symbol)
        if is_of_house(value):
            return False
        if is_function(value):
            return called and self.leads(symbol)
        if isinstance(value, type) or is_fixed(value):
            return False
        return self.changing(symbol) or self._acts(value, None, set())

    def calling(self, symbol: Symbol, methods: Set[str] = frozenset()) -> bool:
        """Whether calling a function, a class or another object may change what is carried.

        `methods` are those that are called of an instance that comes of it.
        """
        value = value_of(symbol)
        if is_of_house(value):
            return False
        if isinstance(value, type):
            names = _MAKING.union(methods)
            return (symbol in self._carried and self._keeps_instances(symbol, value)) or self.leads(symbol, names)
        if is_function(value):
            return (symbol in self._carried and keeps_state(value)) or self.leads(symbol)
        return self.changing(symbol) or self._acts(value, frozenset(("__call__",)), set())

    def calling_method(self, symbol: Symbol, path: Path, alone: bool) -> bool:
        """Whether calling something in what a variable stands for may change what is carried.

        `alone`: nobody takes its result. A class may have methods that only make an instance.
        """
        value = value_of(symbol)
        acts = self._acts(attribute(value, path[:-1]), frozenset(path[-1:]), set())
        if alone or symbol not in self._carried or not isinstance(value, type) or len(path) > 1:
            return acts or self.changing(symbol)
        if not isinstance(attribute(value, path), classmethod | staticmethod):
            return True
        return acts or self._keeps_instances(symbol, value, path[0])

    def reading(self, symbol: Symbol, name: str) -> bool:
        """Whether reading an attribute runs code of the user's that may change what is carried."""
        value = value_of(symbol)
        if isinstance(value, type) or is_of_house(value) or is_fixed(value) or name in getattr(value, "__dict__", ()):
            return False
        found = attribute(type(value), (name,))
        if not isinstance(found, property) and found is not MISSING:
            return False
        names = frozenset((name if isinstance(found, property) else "__getattr__",))
        if self._acts(value, names, set()):
            return True
        lines = list(self._lines_of(value))
        carried = any(Symbol(part.module.name, getattr(part.node, "name", "")) in self._carried for part in lines)
        methods = (node for part in lines for node in _methods(part.node, names))
        return any(
            (carried and _fills(node, type(value))) or (_sets(node) and self.changing(symbol)) for node in methods
        )

    def calls_given(self, symbol: Symbol, path: Path) -> bool:
        """Whether calling a function of the user's, a class, or a method, may call what it is given."""
        known = self._callers.get((symbol, path))
        if known is None:
            known = self._callers[symbol, path] = self._calls_given(symbol, path)
        return known

    def _calls_given(self, symbol: Symbol, path: Path) -> bool:
        value = value_of(symbol)
        if path:
            names, owner = frozenset(path[-1:]), attribute(value, path[:-1])
            methods = [node for part in self._lines_of(owner) for node in _methods(part.node, names)]
            return not methods or any(map(calls_given, methods))
        if isinstance(value, type):
            return any(calls_given(node) for part in self._lines_of(value) for node in _methods(part.node, _MAKING))
        nodes = [part.node for part in self._parts(symbol)]
        return not all(isinstance(one, _FUNCTIONS) and not calls_given(one) for one in nodes)

    def leads(self, symbol: Symbol, names: frozenset[str] | None = None) -> bool:
        """Whether a value that is carried, and can change, is reached from what binds or fills a variable.

        Of a class these are its methods of the given `names`, of which None stands for all.
        """
        known = self._known.get((symbol, names))
        if known is None:
            known = self._known[symbol, names] = self._leads(symbol, names, set())
        return known

    def _is_alias(self, symbol: Symbol) -> bool:
        """Whether a function or class has another name as well, or is a class, whose methods may do anything."""
        return not all(isinstance(part.node, _FUNCTIONS) for part in self._parts(symbol))

    def _leads(self, symbol: Symbol, names: frozenset[str] | None, seen: _Seen) -> bool:
        if (symbol, names) in seen or symbol.is_house:
            return False
        seen.add((symbol, names))
        value, binders = value_of(symbol), self._parts(symbol)
        if isinstance(value, type) and self._acts(value, names, seen):
            return True
        return any(self._shares(one, symbol) for one in binders) or any(
            self._follows(part, names, seen) for part in (*binders, *self._changers.get(symbol, ()))
        )

    def _shares(self, part: Part, symbol: Symbol) -> bool:
        """Whether a statement that binds a name binds another, which is carried, to the same, perhaps."""
        if part.kind in ("definition", "import", "typing"):
            return False
        others = (Symbol(symbol.module, name) for name in sorted(part.facts.binds - {symbol.name}))
        return any(other in self._carried and not is_fixed(value_of(other)) for other in others)

    def _acts(self, owner: Any, names: frozenset[str] | None, seen: _Seen) -> bool:
        """Whether methods of an object, or of a class, and those that they name, lead to what is carried."""
        lines = list(self._lines_of(owner))
        if names is not None:
            names = self._run_by(lines, names)
        return any(self._follows(part, names, seen) for part in lines)

    def _run_by(self, lines: list[Part], names: frozenset[str]) -> frozenset[str]:
        """The names of methods, and of all that these mention as attributes of something."""
        known: frozenset[str] = frozenset()
        while known != names:
            known = names
            nodes = nodes_of(*(method for part in lines for method in _methods(part.node, known)))
            names = known.union(one.attr for one in nodes if isinstance(one, ast.Attribute))
        return names

    def _follows(self, part: Part, names: frozenset[str] | None, seen: _Seen) -> bool:
        """Whether running a statement, or the methods of a class that have one of the names, gets there."""
        inside = self._inside(part, names)
        called = {id(call.func) for call in part.facts.calls}
        is_value = part.kind != "definition"
        bound = self._given_to_tasks(part)
        for place in part.facts.places:
            if isinstance(place.node, ast.Global) and Symbol(part.module.name, place.name) in self._carried:
                return True
        for mention in part.facts.mentions:
            if mention.hint or (inside is not None and id(mention.nodes[0]) not in inside):
                continue
            if id(mention.nodes[-1]) in bound:
                continue
            found = self._found(part, mention)
            if found is None and self._imports(part, mention):
                return True
            if found is not None and self._meets(
                *found, part, mention, id(mention.nodes[-1]) in called, is_value, seen
            ):
                return True
        return False

    def _inside(self, part: Part, names: frozenset[str] | None) -> frozenset[int] | None:
        """The nodes that count of a statement, by identity: of a class only methods of these names; None for all."""
        if names is None or not isinstance(part.node, ast.ClassDef):
            return None
        known = self._insides.get((part, names))
        if known is None:
            known = self._insides[part, names] = frozenset(map(id, nodes_of(*_methods(part.node, names))))
        return known

    def _given_to_tasks(self, part: Part) -> frozenset[int]:
        """What tasks, workflows and other things of Cascade's are called with, which leave it as it is."""
        known = self._given.get(part)
        if known is None:
            mentions = [one for one in part.facts.mentions if one.path[-1] != "func"]  # of a task, that runs
            targets = {id(one.nodes[-1]): self._resolver.target(part.module, one) for one in mentions}
            calls = [call for call in part.facts.calls if _is_house(targets.get(id(call.func)))]
            values = (one for call in calls for one in (*call.args, *(word.value for word in call.keywords)))
            known = self._given[part] = frozenset(map(id, values))
        return known

    def _imports(self, part: Part, mention: Mention) -> bool:
        """Whether a mention is of what imports modules by a text, of which nobody knows what they do."""
        try:
            found = self._resolver.resolve(part.module, mention)
        except Refused:
            return False
        return imports_by_text(found.target, mention.path, mention.path[found.used :])

    def _found(self, part: Part, mention: Mention) -> tuple[Symbol, Path] | None:
        target = self._resolver.target(part.module, mention)
        if not isinstance(target, Symbol) or target.is_house:
            return None
        return target, mention.path[self._resolver.resolve(part.module, mention).used :]

    def _meets(
        self, symbol: Symbol, rest: Path, part: Part, mention: Mention, called: bool, is_value: bool, seen: _Seen
    ) -> bool:
        """Whether a mention on the way leads to what is carried."""
        value, carried = value_of(symbol), symbol in self._carried
        if is_of_house(value):
            return called and rest[-1:] == ("func",) and self._leads(symbol, None, seen)
        if isinstance(value, type):
            if carried and self._is_part(value, rest, mention, called, is_value, symbol):
                return True
            names = frozenset(rest[:1]) if rest else _MAKING | part.facts.attributes
            return (called or bool(rest)) and self._leads(symbol, names, seen)
        if is_function(value):
            changed = bool(rest) and rest[0] not in _QUIET_ATTRIBUTES
            if carried and (changed or (is_value and not called) or (called and keeps_state(value))):
                return True
            return self._leads(symbol, None, seen)
        if is_fixed(value) or (called and rest and reads_only(value, rest)):
            return False
        if carried or self._leads(symbol, None, seen):
            return True
        return called and self._acts(attribute(value, rest[:-1]), frozenset(rest[-1:] or ("__call__",)), seen)

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
        names = _MAKING | {maker}
        return any(_fills(node, value) for part in self._lines_of(value) for node in _methods(part.node, names))

    def _lines_of(self, value: Any) -> Iterator[Part]:
        """The definitions of a class, or of that of an object, and of the user's classes that it derives from."""
        for one in (value if isinstance(value, type) else type(value)).__mro__:
            symbol = Symbol(one.__module__, one.__qualname__.partition(".")[0])
            if not symbol.is_house:
                yield from (part for part in self._parts(symbol) if isinstance(part.node, ast.ClassDef))

    def _parts(self, symbol: Symbol) -> Iterable[Part]:
        module = self._library.module(symbol.module) if self._library.is_own(symbol.module) else None
        return module.binders.get(symbol.name, ()) if module is not None else ()


def _is_house(target: Symbol | Outside | None) -> bool:
    return isinstance(target, Symbol) and (target.is_house or is_of_house(value_of(target)))


def is_function(value: Any) -> bool:
    """Whether a value is a function, or one that another has put something around."""
    return isinstance(value, FunctionType) or (not isinstance(value, type) and hasattr(value, "__wrapped__"))


def _methods(node: ast.stmt, names: Set[str]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The methods of a class that have one of the names."""
    return [one for one in getattr(node, "body", ()) if isinstance(one, _FUNCTIONS) and one.name in names]


def _fills(method: ast.FunctionDef | ast.AsyncFunctionDef, value: type) -> bool:
    """Whether making an instance visibly changes more than the instance."""
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


def _sets(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method sets attributes or items."""
    stores = (one for one in ast.walk(method) if isinstance(one, ast.Attribute | ast.Subscript))
    return any(not isinstance(one.ctx, ast.Load) for one in stores)
