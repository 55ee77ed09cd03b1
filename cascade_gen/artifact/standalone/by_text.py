"""Modules and packages named by a text: `importlib.import_module("shop.plugin")`, `sys.modules[__name__]`.

Nothing else says that a module is needed which a text names, and a standalone file has none of the user's own. So
what imports one, reads its files, or looks it up while it runs, is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress

from .facts import Facts, Mention, Path
from .library import Library
from .resolve import Found, Outside, Refused, Resolver, Symbol
from .sources import Module

_IMPORTING = "importlib.import_module importlib.__import__ pkgutil.resolve_name pydoc.locate runpy.run_module"
_RESOURCES = ("files", "open_text", "open_binary", "read_text", "read_binary", "path", "contents", "is_resource")
_DATA = frozenset(("pkgutil.get_data", *(f"importlib.resources.{name}" for name in _RESOURCES)))
_FINDING = ("sys.modules.get", "sys.modules.setdefault", "importlib.util.find_spec", "inspect.getmodule")
_NAMING = ("name", "package", "anchor", "mod_name")
_FOUND = "looks a module up while it runs; name what you need of it instead"

Reason = tuple[ast.expr, str]
"""What is at fault, and why with the way out."""


def imports_by_text(target: Symbol | Outside | None, path: Path, rest: Path) -> bool:
    """Whether what a mention stands for, and the rest of its path, is a function that imports what a text names."""
    return _full_name(target, rest) in _IMPORTING.split() or (target is None and path == ("__import__",))


def _full_name(target: Symbol | Outside | None, rest: Path) -> str:
    if not isinstance(target, Outside):
        return ""
    return ".".join((target.module, *([target.name] if target.name else []), *rest))


class ByText:
    """Says what a statement does with modules by their names, and can't do in a standalone file."""

    def __init__(self, library: Library, resolver: Resolver) -> None:
        self._library = library
        self._resolver = resolver

    def of_names(self, module: Module, facts: Facts) -> Iterator[Reason]:
        """What is wrong with how a statement looks up names of its module."""
        for one in facts.lookups:
            yield one, f"`{_shown(module, one)}` looks names up while it runs; name them instead"
        for call in facts.calls:
            if isinstance(call.func, ast.Name) and call.func.id in ("eval", "exec") and len(call.args) == 1:
                names = [one for one in _names_in(call.args[0]) if one in module.binders]
                if names and call.func.id not in module.binders:
                    yield call, f"`{_shown(module, call)}` reads {names[0]!r} by a text; name it outside of the text"

    def imports_unknown(self, module: Module, facts: Facts) -> bool:
        """Whether a function imports, when it is called, what a text names that isn't known before."""
        for mention in (*facts.mentions, *facts.inner):
            with suppress(Refused):
                found = self._resolver.resolve(module, mention)
                if mention.deferred and imports_by_text(found.target, mention.path, mention.path[found.used :]):
                    calls = [one for one in facts.calls if one.func is mention.nodes[-1]]
                    if not calls or any(self._is_own(module, facts, _naming(one)) is None for one in calls):
                        return True
        return False

    def refused(self, module: Module, facts: Facts, mention: Mention, found: Found) -> Iterator[Reason]:
        """What is wrong with the calls and items of what a mention stands for."""
        node, rest = mention.nodes[-1], mention.path[found.used :]
        name = _full_name(found.target, rest)
        if name == "sys.modules":
            for item in facts.items:
                if item.value is node and self._is_own(module, facts, item.slice):
                    yield item, f"`{_shown(module, item)}` {_FOUND}"
        for call in facts.calls:
            if call.func is node:
                yield from self._call(module, facts, call, mention, found, name)

    def _call(
        self, module: Module, facts: Facts, call: ast.Call, mention: Mention, found: Found, name: str
    ) -> Iterator[Reason]:
        given = _naming(call)
        own = self._is_own(module, facts, given)
        if imports_by_text(found.target, mention.path, mention.path[found.used :]):
            if not (own or (own is None and not mention.deferred)):
                return
            itself = own and not isinstance(given, ast.Constant)
            what = _FOUND if itself else "imports a module by a text; import it by its name"
            yield call, f"`{_shown(module, call)}` {what}"
        elif own and name in _DATA:
            shown = _shown(module, call)
            yield call, f"`{shown}` reads files of a package; take their text or path as an input"
        elif name in _FINDING and (own or (own is None and name == "inspect.getmodule")):
            yield call, f"`{_shown(module, call)}` {_FOUND}"

    def _is_own(self, module: Module, facts: Facts, given: ast.expr | None) -> bool | None:
        """Whether a module that is named, or that has what is named, is the user's; None where that isn't known."""
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            name = given.value.partition(":")[0]
            return None if name.startswith(".") else self._library.is_own(name)
        for mention in (*facts.mentions, *facts.inner):
            if mention.nodes[-1] is given:
                with suppress(Refused):
                    found = self._resolver.resolve(module, mention)
                    if found.literal:
                        return self._library.is_own(found.literal.strip('"'))
                    if isinstance(found.target, Symbol) and mention.path[-1] == "__module__":
                        return True
                    return False if isinstance(found.target, Outside) else None
        return None


def _naming(call: ast.Call) -> ast.expr | None:
    """What a call gives as the name of a module."""
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg in _NAMING)]
    return given[0] if given else None


def _names_in(text: ast.expr) -> list[str]:
    """The names that a program mentions, where its text is written down."""
    with suppress(ValueError, SyntaxError):
        tree = ast.parse(ast.literal_eval(text))
        return [one.id for one in ast.walk(tree) if isinstance(one, ast.Name)]
    return []


def _shown(module: Module, node: ast.expr) -> str:
    """An expression as its user has written it: generated text names the module in front of its names."""
    return ast.unparse(node if module.shown else _Shown(module).visit(ast.parse(ast.unparse(node), mode="eval")))


class _Shown(ast.NodeTransformer):
    def __init__(self, module: Module) -> None:
        self._module = module

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """A name of the user's module."""
        imported = self._module.imported(node.value.id) if isinstance(node.value, ast.Name) else None
        if imported is not None and self._module.is_moved(imported):
            return ast.Name(node.attr)
        self.generic_visit(node)
        return node
