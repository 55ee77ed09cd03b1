"""What a standalone file is told of its command, which it would have to find out whenever it starts."""

from __future__ import annotations

import ast
from typing import Any

from .rare import Inputs
from .sources import Module

_PLAIN = frozenset(("int", "float", "str"))
_DATA = frozenset(("dict", "list"))
_MISSING = ("cascade_gen.runtime.sentinels", "MISSING")


def imported(generated: Module) -> dict[tuple[str, str], str]:
    """The names under which a generated module imports what, by module and name there."""
    nodes = [one.node for one in generated.parts if isinstance(one.node, ast.ImportFrom)]
    return {(node.module or "", one.name): one.asname or one.name for node in nodes for one in node.names}


def inputs_of(generated: Module, entry: str) -> Inputs:
    """What the command line of a function gives, by its annotations."""
    given = _parameters(generated, entry)
    if given is None or given.posonlyargs or given.vararg or given.kwarg:
        return "anything"
    kinds = {"" if one.annotation is None else ast.unparse(one.annotation) for one in _named(given)} - _PLAIN
    if any("|" in kind or kind.partition("[")[0] not in _DATA for kind in kinds):
        return "anything"
    return "json" if kinds else "plain"


def is_told_types(generated: Module) -> bool:
    """Whether the command converts inputs by types that no annotation names."""
    blocks = (part.node for part in generated.parts if part.kind == "main")
    return any(isinstance(one, ast.keyword) and one.arg == "types" for block in blocks for one in ast.walk(block))


def kinds_text(generated: Module, entry: str) -> str:
    """What reads plain inputs, by their options, and the names of those that must be given; as Python's text.

    Those are the ones that have no default, nor what stands for one that a `Param` hasn't.
    """
    given, missing = _parameters(generated, entry), imported(generated).get(_MISSING)
    assert given is not None
    kinds = {one.arg: ast.unparse(one.annotation) for one in _named(given) if one.annotation is not None}
    defaults = dict(zip(given.kwonlyargs, given.kw_defaults, strict=True))
    defaults |= zip(reversed(given.args), reversed(given.defaults), strict=False)
    needed = [one.arg for one in _named(given) if _is_missing(defaults.get(one), missing)]
    rows = (f'"--{name}": {kind}' for name, kind in kinds.items())
    return f"{{{', '.join(rows)}}}, {_set(needed)}"


def _is_missing(default: ast.expr | None, missing: str | None) -> bool:
    return default is None or (isinstance(default, ast.Name) and default.id == missing)


def _set(names: list[str]) -> str:
    words = ", ".join(f'"{name}"' for name in names)
    return f"{{{words}}}" if names else "set()"


def _named(given: ast.arguments) -> list[ast.arg]:
    return [*given.args, *given.kwonlyargs]


def _parameters(generated: Module, entry: str) -> ast.arguments | None:
    given: Any = next(getattr(part.node, "args", None) for part in generated.binders[entry])
    return given if isinstance(given, ast.arguments) else None
