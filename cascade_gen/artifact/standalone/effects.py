"""Module-level code that changes what is taken along: `TABLE.update(...)`, loops that fill it, and the like."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .facts import Mention
from .library import Library
from .resolve import Outside, Resolver, Symbol
from .sources import Module, Part

if TYPE_CHECKING:
    from .closure import Closure

_FIXED = frozenset((int, float, str, bool, bytes, type(None), complex, tuple, frozenset, range))


def touched_by(closure: Closure, library: Library, resolver: Resolver) -> list[Part]:
    """The statements, not taken along yet, that touch something that is, in the modules that something is of."""
    taken = {unit.part for unit in closure.units}
    used = {
        (use.unit.module.name, use.found.target)
        for use in closure.uses
        if isinstance(use.found.target, Outside) and not use.mention.hint
    }
    found = []
    for module in closure.modules.values():
        for part in module.parts:
            if part in taken:
                continue
            outside = {target for name, target in used if name == module.name}
            if part.kind == "effect":
                touches = _touches(part, closure, library, resolver, outside)
            else:
                touches = part.kind == "definition" and _registers(part, closure, library, resolver)
            if touches:
                found.append(part)
    return found


def _registers(part: Part, closure: Closure, library: Library, resolver: Resolver) -> bool:
    """Whether defining a function or class tells something that is taken along: by a decorator or a base."""
    if part.module.is_house:
        return False
    outer: list[ast.expr] = [*getattr(part.node, "decorator_list", ()), *getattr(part.node, "bases", ())]
    called = [one.func if isinstance(one, ast.Call) else one for one in outer]  # not what it is given
    inside = {id(node) for node in called}
    for mention in part.facts.mentions:
        if id(mention.nodes[-1]) in inside:
            target = _target(resolver, part.module, mention)
            if isinstance(target, Symbol) and not target.is_house:
                if target in closure.symbols and _is_value(target, library):
                    return True
                if _reaches(target, closure, library, resolver, set()) or _notices_children(target, library):
                    return True
    return False


def _touches(part: Part, closure: Closure, library: Library, resolver: Resolver, outside: set[Outside]) -> bool:
    roots = changed_roots(part)
    for mention in part.facts.mentions:
        target = _target(resolver, part.module, mention)
        if isinstance(target, Outside):
            if target in outside and (not roots or mention.path[0] in roots):
                return True
        elif target is not None and not (roots and mention.path[0] not in roots):
            if target in closure.symbols and not (target.is_house and not part.module.is_house):
                return True
            if target.is_house and not part.module.is_house:
                continue
            if not roots and _reaches(target, closure, library, resolver, set()):
                return True
    return False


def changed_roots(part: Part) -> set[str]:
    """The names whose values a statement visibly changes; none where it may change any that it mentions."""
    node = part.node
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        callee = node.value.func
        name = _root(callee)
        if isinstance(callee, ast.Attribute) and name and part.module.imported(name) is None:
            return {name}
    return {name for one in targets for name in [_root(one)] if name}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _reaches(symbol: Symbol, closure: Closure, library: Library, resolver: Resolver, seen: set[Symbol]) -> bool:
    """Whether calling a function of the user's own may change a value that is taken along."""
    if symbol in seen:
        return False
    seen.add(symbol)
    module = library.module(symbol.module)
    for part in module.binders.get(symbol.name, ()) if module is not None else ():
        if isinstance(part.node, ast.ClassDef):
            continue  # what its methods may do is not done by naming it
        for place in part.facts.places:
            if isinstance(place.node, ast.Global) and Symbol(symbol.module, place.name) in closure.symbols:
                return True
        for target in _targets(part, resolver):
            if target in closure.symbols and _is_value(target, library):
                return True
            if _reaches(target, closure, library, resolver, seen):
                return True
    return False


def _targets(part: Part, resolver: Resolver) -> Iterator[Symbol]:
    for mention in part.facts.mentions:
        target = _target(resolver, part.module, mention)
        if isinstance(target, Symbol):
            yield target


def _is_value(symbol: Symbol, library: Library) -> bool:
    """Whether a symbol is a variable whose value can change without being bound again."""
    module = library.module(symbol.module)
    if module is None or all(part.kind == "definition" for part in module.binders.get(symbol.name, ())):
        return False
    return type(vars(sys.modules.get(symbol.module, module)).get(symbol.name)) not in _FIXED


def _notices_children(symbol: Symbol, library: Library) -> bool:
    """Whether a symbol is a class that takes notice of what derives from it."""
    module = library.module(symbol.module)
    parts = module.binders.get(symbol.name, ()) if module is not None else ()
    return any(
        getattr(one, "name", "") == "__init_subclass__" for part in parts for one in getattr(part.node, "body", ())
    )


def _target(resolver: Resolver, module: Module, mention: Mention) -> Symbol | Outside | None:
    return None if mention.hint else resolver.target(module, mention)
