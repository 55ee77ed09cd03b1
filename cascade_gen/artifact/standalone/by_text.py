"""Modules and packages named by a text: `importlib.import_module("shop.plugin")`, `files("shop.data")`."""

from __future__ import annotations

import ast

from .facts import Path
from .resolve import Outside, Symbol

_RESOURCES = ("files", "open_text", "open_binary", "read_text", "read_binary", "path", "contents", "is_resource")
_DATA = frozenset(("pkgutil.get_data", *(f"importlib.resources.{name}" for name in _RESOURCES)))


def imports_by_text(target: Symbol | Outside | None, path: Path, rest: Path) -> bool:
    """Whether what a mention stands for, and the rest of its path, is a function that imports what a text names."""
    return _full_name(target, rest) == "importlib.import_module" or (target is None and path == ("__import__",))


def reads_data(target: Symbol | Outside | None, rest: Path) -> bool:
    """Whether what a mention stands for, and the rest of its path, is a function that reads files of a package."""
    return _full_name(target, rest) in _DATA


def _full_name(target: Symbol | Outside | None, rest: Path) -> str:
    if not isinstance(target, Outside):
        return ""
    return ".".join((target.module, *([target.name] if target.name else []), *rest))


def naming(call: ast.Call) -> ast.expr | None:
    """What such a call gives as the name of the module."""
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg in ("name", "package", "anchor"))]
    return given[0] if given else None
