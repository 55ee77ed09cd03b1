"""Annotations that need an import, as text for type checkers: `list[agents.mail:Inbox] | None`."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Any

from .annotations import annotation_text, evaluated
from .importable import importable, is_hidden, is_imported

_ANY = "typing:Any"
_INSTALLED = frozenset(("site-packages", "dist-packages"))


def hint_text(annotation: Any, function: object) -> str:
    """An annotation of a function, with each class as `module:name`; empty where that can't be had, or says nothing.

    Classes are those of the user's own modules and of the standard library, whose types every checker knows.
    """
    text = _text(annotation, function)
    return "" if text == _ANY else text


def _text(annotation: Any, function: object) -> str:
    annotation = evaluated(annotation, function)
    if annotation is inspect.Parameter.empty:
        return ""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _text(parts[0], function)
    if origin is None:
        return _ANY if annotation is Any else annotation_text(annotation) or _class_text(annotation)
    texts = ["..." if part is ... else _text(part, function) for part in parts]
    if not texts or not all(texts):
        return ""
    if origin in (types.UnionType, typing.Union):
        return " | ".join(texts)
    name = annotation_text(origin) or _class_text(origin)
    return f"{name}[{', '.join(texts)}]" if name else ""


def _class_text(value: Any) -> str:
    found = importable(value, ()) if isinstance(value, type) else None
    return f"{found[0]}:{found[1]}" if found is not None and _is_told(found[0]) else ""


def _is_told(module: str) -> bool:
    """Whether type checkers find a module and its types: not those of packages that are installed, perhaps."""
    if not is_imported(module) or is_hidden(module):
        return False
    if module.partition(".")[0] in sys.stdlib_module_names:
        return not module.startswith("_")
    file = getattr(sys.modules[module], "__file__", None)
    return isinstance(file, str) and file.endswith(".py") and not _INSTALLED & set(Path(file).parts)
