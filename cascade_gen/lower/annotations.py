"""Annotations as text that any module can evaluate: builtins only, empty where that can't be had."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
import typing
from typing import Any

from cascade_gen.lang import LazyResult, MappedLazyResult

_MOST_QUOTES = 9
"""So often text may stand for text: quotes within quotes do, and names of text do so for ever."""

_BUILTIN_TYPES = {name for name, value in vars(builtins).items() if isinstance(value, type)}


def evaluated(annotation: Any, function: object) -> Any:
    """What an annotation of a function stands for, where it is text; `inspect.Parameter.empty` where that can't be
    told, as `TYPE_CHECKING` has it.
    """
    plain: Any = inspect.unwrap(function) if callable(function) else function
    plain = plain if hasattr(plain, "__globals__") else vars(type(plain)).get("__call__")
    variables = {one.__name__: one for one in getattr(plain, "__type_params__", ())}
    for _ in range(_MOST_QUOTES):
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return annotation
        try:  # the text is the user's own source, whose module has been run
            annotation = eval(annotation, getattr(plain, "__globals__", {}), variables)
        except Exception:
            break
    return inspect.Parameter.empty


def annotation_text(annotation: Any) -> str:
    """`list[str]` for `list[str]`, `int | None` for `Optional[int]`; empty for what needs an import."""
    if annotation is inspect.Parameter.empty:
        return ""
    if annotation is None or annotation is types.NoneType:
        return "None"
    if isinstance(annotation, str):
        return _checked(annotation)
    if type(annotation) is type or (typing.get_origin(annotation) is None and isinstance(annotation, type)):
        known = annotation.__module__ == "builtins" and annotation.__name__ in _BUILTIN_TYPES
        return annotation.__name__ if known else ""
    return _generic(annotation)


def result_text(annotation: Any) -> str:
    """The annotation of what a workflow gives: `int` where it is annotated with the `LazyResult[int]` it returns."""
    lazy, inner = _inside(annotation)
    text = annotation_text(inner)
    return f"list[{text}]" if text and lazy == MappedLazyResult.__name__ else text


def _inside(annotation: Any) -> tuple[str, Any]:
    """The name of a lazy type and what it will be; else no name and the annotation as it is."""
    lazies = (LazyResult, MappedLazyResult)
    if isinstance(annotation, str):
        try:
            tree = ast.parse(annotation, mode="eval").body
        except (SyntaxError, ValueError):
            return "", annotation
        if isinstance(tree, ast.Subscript):
            name = getattr(tree.value, "attr", getattr(tree.value, "id", ""))
            if name in {one.__name__ for one in lazies}:
                return name, ast.unparse(tree.slice)
    elif typing.get_origin(annotation) in lazies:
        return typing.get_origin(annotation).__name__, typing.get_args(annotation)[0]
    return "", annotation


def _generic(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    parts = typing.get_args(annotation)
    if origin is typing.Annotated:
        return annotation_text(parts[0])
    texts = ["..." if part is ... else annotation_text(part) for part in parts]
    if not all(texts) or not texts:
        return ""
    if origin in (types.UnionType, typing.Union):
        return " | ".join(texts)
    if isinstance(origin, type) and origin.__module__ == "builtins":
        return f"{origin.__name__}[{', '.join(texts)}]"
    return ""


def _checked(text: str) -> str:
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return ""
    return ast.unparse(tree) if _evaluable(tree.body) else ""


def _evaluable(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in _BUILTIN_TYPES
        case ast.Constant(value=value):
            return value is None or value is ...
        case ast.Subscript(value=ast.Name() as value, slice=inner):
            return _evaluable(value) and _evaluable(inner)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(map(_evaluable, items))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _evaluable(left) and _evaluable(right)
        case _:
            return False
