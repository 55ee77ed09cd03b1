"""Imports of modules by a text: `importlib.import_module("shop.plugin")`, `__import__(name)`."""

from __future__ import annotations

import ast

from .facts import Path
from .resolve import Outside, Symbol


def imports_by_text(target: Symbol | Outside | None, path: Path, rest: Path) -> bool:
    """Whether what a mention stands for, and the rest of its path, is a function that imports what a text names."""
    if isinstance(target, Outside):
        return (target.module, *([target.name] if target.name else []), *rest) == ("importlib", "import_module")
    return target is None and path == ("__import__",)


def named(call: ast.Call) -> str | None:
    """The module that such a call names, None where its name is made up when it runs."""
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "name")]
    match given:
        case [ast.Constant(value=str(name)), *_] if not name.startswith("."):
            return name
    return None
