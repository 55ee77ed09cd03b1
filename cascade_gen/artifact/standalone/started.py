"""Functions that import what a text names, made up when they run, and that run when the file starts.

In a run of the workflow such a text may well name what stays an import, a plug-in that is installed. What a module
loads when it is imported itself is mostly a module of the user's own, which the file has not.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from .by_text import ByText
from .changes import CALLING
from .closure import Closure, Refusal, Use
from .library import Library
from .resolve import Resolver, Symbol
from .sources import Part
from .values import value_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def imports_at_start(closure: Closure, library: Library, resolver: Resolver) -> Iterator[Refusal]:
    """The calls of such functions, but for those whose result is a module that stays an import."""
    uses = defaultdict[Part, list[Use]](list)
    for use in closure.uses:
        if not use.unit.module.is_house:
            uses[use.unit.part].append(use)
    importing = _importing(uses, ByText(library, resolver))
    for part, found in uses.items() if importing else ():
        if _is_outside(part, library):
            continue
        called = {id(use.mention.nodes[-1]): use for use in found if not use.mention.deferred}
        for call in part.facts.calls:
            is_calling = isinstance(call.func, ast.Name) and call.func.id in CALLING
            for node in (call.func, *(call.args if is_calling else ())):
                one = called.get(id(node))
                if one is not None and one.found.target in importing:
                    reason = "imports a module by a text when the file starts; import it by its name"
                    yield Refusal(part.module, call, f"`{ast.unparse(call)}` {reason}")


def _importing(uses: dict[Part, list[Use]], by_text: ByText) -> set[Symbol]:
    """The functions that import by a text that isn't written down, or call one that does."""
    functions = {Symbol(part.module.name, part.node.name): part for part in uses if isinstance(part.node, _FUNCTIONS)}
    found = {symbol for symbol, part in functions.items() if by_text.imports_unknown(part.module, part.facts)}
    grown = bool(found)
    while grown:
        more = {
            symbol
            for symbol, part in functions.items()
            if symbol not in found and any(use.found.target in found for use in uses[part] if use.mention.deferred)
        }
        found |= more
        grown = bool(more)
    return found


def _is_outside(part: Part, library: Library) -> bool:
    """Whether what a statement binds are modules, none of them the user's."""
    values = [value_of(Symbol(part.module.name, name)) for name in part.facts.binds]
    return bool(values) and all(isinstance(one, ModuleType) and not library.is_own(one.__name__) for one in values)
