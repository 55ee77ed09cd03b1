"""Finds all that a generated module needs: from name to definition, and on from there."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from cascade_gen.tasks.source import read_source

from .by_text import ByText
from .effects import Effects
from .facts import Mention, Path
from .library import Library
from .resolve import Found, Outside, Refused, Resolver, Symbol
from .sources import Module, Part
from .units import Unit, Units, units_of

ALONE = "cascade_gen.runtime.alone"
TAIL = Symbol(ALONE, "tail")
TARGET = Symbol(ALONE, "target")
_TAIL_CALL = Symbol("cascade_gen.runtime.redirects", "TailCall")
MAKERS = {
    Symbol("cascade_gen.lang.task", "task"),
    Symbol("cascade_gen.lang.workflow", "workflow"),
    Symbol("cascade_gen.lang.resources", "resource"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What can't be taken along: where, and why with the way out. `path` is the name that is at fault."""

    module: Module
    node: ast.AST
    reason: str
    path: Path = ()


@dataclass(slots=True, eq=False)
class Use:
    """A mention that was followed."""

    unit: Unit
    mention: Mention
    found: Found


@dataclass(slots=True)
class Closure:
    """What is needed.

    `units` are taken along, in the order in which they were found; `uses` are the mentions in them. `makers` are
    the decorators of tasks, workflows and resources; `objects` are those that are needed as such, not just their
    functions, `targets` those that tail calls name. `hinted` is what annotations alone mention.
    """

    units: dict[Unit, None] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    symbols: dict[Symbol, None] = field(default_factory=dict)
    objects: set[Symbol] = field(default_factory=set)
    targets: dict[Symbol, None] = field(default_factory=dict)
    makers: dict[Symbol, ast.expr] = field(default_factory=dict)
    hinted: dict[Symbol, None] = field(default_factory=dict)
    builtins: set[str] = field(default_factory=set)
    refusals: dict[Refusal, None] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)


class Collector:
    """Collects a closure, beginning with the generated module."""

    def __init__(self, library: Library, resolver: Resolver, generated: Module) -> None:
        self._library = library
        self._resolver = resolver
        self._generated = generated
        self._units: dict[Part, Units] = {}
        self._attributes: set[str] = set()
        self._asleep: defaultdict[str, list[Unit]] = defaultdict(list)
        self._queue: list[Unit] = []
        self._effects = Effects(library, resolver)
        self._by_text = ByText(library, resolver)
        self.found = Closure()

    def collect(self) -> Closure:
        """All that the generated module needs."""
        for part in self._generated.parts:
            if part.kind in ("definition", "value", "effect"):
                self._wake(self._units_of(part).base)
        self._spread()
        for part in self._generated.parts:
            if part.kind == "main":
                self._wake(self._units_of(part).base)
        self._spread()
        return self.found

    def add(self, symbol: Symbol) -> None:
        """Take something else along, with all that it needs."""
        self._need(symbol)
        self._spread()

    def _spread(self) -> None:
        """Follow what was found until nothing new turns up, then what module-level code does to it."""
        while True:
            while self._queue:
                self._follow(self._queue.pop(0))
            effects = self._effects.touching(self.found, self._generated)
            if not effects:
                return
            for part in effects:
                for name in sorted(part.facts.binds):
                    self._need(Symbol(part.module.name, name))
                self._wake(self._units_of(part).base)

    def _wake(self, unit: Unit) -> None:
        if unit in self.found.units:
            return
        self.found.units[unit] = None
        self.found.modules.setdefault(unit.module.name, unit.module)
        self._queue.append(unit)

    def _follow(self, unit: Unit) -> None:
        self._check_imports(unit)
        if not unit.module.is_house:
            self._check_names(unit)
        named = self._tail_targets(unit)
        for mention in unit.facts.mentions:
            if mention.hint and mention.fixed and unit.module is self._generated:
                continue  # what type checkers are told of inputs stays behind
            try:
                found = self._resolver.resolve(unit.module, mention)
            except Refused as refused:
                if not mention.hint:
                    self._refuse(unit.module, mention.nodes[-1], str(refused), mention.path)
                continue
            self.found.uses.append(Use(unit, mention, found))
            if not unit.module.is_house:
                self._check_text(unit, mention, found)
            if isinstance(found.target, Symbol):
                self._symbol(found.target, found, mention, id(mention.nodes[-1]) in named)
            elif found.target is None and not found.literal:
                self.found.builtins.add(mention.path[0])
        for name in unit.facts.attributes - self._attributes:
            self._attributes.add(name)
            for method in self._asleep.pop(name, ()):
                self._wake(method)

    def _symbol(self, symbol: Symbol, found: Found, mention: Mention, is_target: bool) -> None:
        if found.typing or (mention.hint and symbol.is_house):
            self.found.hinted[symbol] = None
            return
        self._need(symbol)
        if symbol in self.found.makers and mention.path[found.used : found.used + 1] != ("func",):
            if is_target:
                self.found.targets[symbol] = None
                self._need(TARGET)
            else:
                self._need_object(symbol)

    def _tail_targets(self, unit: Unit) -> set[int]:
        """The expressions that say which task a tail call goes to, by their identity."""
        callees = {id(one.nodes[-1]): one for one in unit.facts.mentions}
        found: set[int] = set()
        for call in unit.facts.calls:
            callee = callees.get(id(call.func))
            target = None if callee is None else self._resolver.target(unit.module, callee)
            if target == TAIL:
                found |= {id(one) for one in call.args[:1]}
            elif target == _TAIL_CALL:
                found |= {id(one) for one in call.args[2:3]}
                found |= {id(one.value) for one in call.keywords if one.arg == "target_blueprint_id"}
        return found

    def _need(self, symbol: Symbol) -> None:
        if symbol in self.found.symbols:
            return
        self.found.symbols[symbol] = None
        module = self._library.module(symbol.module)
        assert module is not None
        self._check_source(module, symbol.name)
        for part in module.binders[symbol.name]:
            if module.is_house and _is_overload(part):
                continue
            units = self._units_of(part)
            if units.decorator is not None:
                node = units.decorator.nodes[0]
                assert isinstance(node, ast.expr)
                self.found.makers[symbol] = node
            self._wake(units.base)

    def _need_object(self, symbol: Symbol) -> None:
        if symbol in self.found.objects:
            return
        self.found.objects.add(symbol)
        module = self._library.module(symbol.module)
        assert module is not None
        for part in module.binders[symbol.name]:
            decorator = self._units_of(part).decorator
            if decorator is not None:
                self._wake(decorator)

    def _units_of(self, part: Part) -> Units:
        known = self._units.get(part)
        if known is None:
            known = self._units[part] = units_of(part, self._takes_apart(part), self._maker(part))
            for method in known.methods:
                if method.method in self._attributes:
                    self._wake(method)
                else:
                    self._asleep[method.method].append(method)
        return known

    def _takes_apart(self, part: Part) -> bool:
        """Whether a class of Cascade's own is known to have no callers elsewhere, by its bases."""
        if not part.module.is_house or not isinstance(part.node, ast.ClassDef):
            return False
        bases = [one.value if isinstance(one, ast.Subscript) else one for one in part.node.bases]
        nodes = {id(one) for one in bases}
        for mention in part.facts.mentions:
            if id(mention.nodes[-1]) in nodes:
                target = self._resolver.resolve(part.module, mention).target
                if isinstance(target, Outside) and target.module != "typing":
                    return False
        return True

    def _maker(self, part: Part) -> ast.expr | None:
        """The outermost decorator of a function, if it makes it a task, a workflow or a resource."""
        if not isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef) or part.module.is_house:
            return None
        makers = [one for one in part.node.decorator_list if self._makes(part, one)]
        if makers and makers[0] is not part.node.decorator_list[0]:
            self._refuse(
                part.module,
                part.node,
                f"a decorator stands above that of {part.node.name!r} which makes it a task; put it below",
            )
        return makers[0] if makers else None

    def _makes(self, part: Part, decorator: ast.expr) -> bool:
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        for mention in part.facts.mentions:
            if mention.nodes[-1] is callee:
                return self._resolver.target(part.module, mention) in MAKERS
        return False

    # what can't be taken along

    def _refuse(self, module: Module, node: ast.AST, reason: str, path: Path = ()) -> None:
        self.found.refusals[Refusal(module, node, reason, path)] = None

    def _check_source(self, module: Module, name: str) -> None:
        """Refuse a function whose text is not what runs in this process."""
        live: Any = vars(sys.modules.get(module.name, module)).get(name)
        live = getattr(live, "func", live)
        if module.is_house or type(live) is not FunctionType or live.__module__ != module.name:
            return
        if read_source(live) is None:
            part = module.binders[name][0]
            self._refuse(module, part.node, f"the source of {name!r} has changed since it was imported")

    def _check_text(self, unit: Unit, mention: Mention, found: Found) -> None:
        """Refuse what imports own modules by a text, reads their files or looks them up while it runs."""
        for node, reason in self._by_text.refused(unit.module, unit.facts, mention, found):
            self._refuse(unit.module, node, reason)

    def _check_names(self, unit: Unit) -> None:
        """Refuse what looks up names while it runs; likewise what does that by an import inside of a function."""
        for node, reason in self._by_text.of_names(unit.module, unit.facts):
            self._refuse(unit.module, node, reason)
        for mention in unit.facts.inner:
            with suppress(Refused):
                self._check_text(unit, mention, self._resolver.resolve(unit.module, mention))

    def _check_imports(self, unit: Unit) -> None:
        """Refuse imports of own modules that stand among other statements, since they can't be told apart."""
        part = unit.part
        if part.kind in ("import", "typing", "definition", "main") and unit.module.imported(_bound(part)) is not None:
            return
        if part.kind == "main" or part.module.is_house:
            return
        for one in unit.facts.outer_imports:
            if _moved(unit.module, one):
                reason = f"`{ast.unparse(one)}` stands among other statements; import it at the top level"
                self._refuse(unit.module, one, reason)


def _is_overload(part: Part) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "overload" for one in getattr(part.node, "decorator_list", ()))


def _bound(part: Part) -> str:
    return min(part.facts.binds, default="")


def _moved(module: Module, node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return module.is_moved((node.module or "", node.names[0].name, node.level))
    return any(module.is_moved((alias.name, None, 0)) for alias in node.names)
