"""The builtin classes that an annotation stands for, read without evaluating anything of the user's."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

Kinds = frozenset[type]
"""The classes that a value may be an instance of."""

_KNOWN: dict[str, type] = {
    kind.__name__: kind
    for kind in (int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset)
}
_WIDER: dict[type, tuple[type, ...]] = {
    int: (float, complex),
    bool: (int, float, complex),
    float: (complex,),
    bytearray: (bytes,),
}
"""What type checkers let pass for what, beside subclasses."""


def kinds_of(annotation: Any, namespace: Mapping[str, Any]) -> Kinds | None:
    """The classes of an annotation; None for none, and for whatever is more than builtin classes and unions of them.

    A text, as `from __future__ import annotations` leaves it, is parsed; its names must stand for the builtins.
    """
    if isinstance(annotation, str):
        try:
            tree = ast.parse(annotation, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return _of_tree(tree, namespace)
    return _of_object(annotation)


def _of_object(annotation: Any) -> Kinds | None:
    if annotation is None:
        return frozenset((types.NoneType,))
    if annotation is inspect.Parameter.empty:
        return None
    origin = typing.get_origin(annotation)
    if origin in (types.UnionType, typing.Union):
        return _union(map(_of_object, typing.get_args(annotation)))
    kind = annotation if origin is None else origin
    if kind is types.NoneType or any(kind is known for known in _KNOWN.values()):
        return frozenset((kind,))
    return None


def _of_tree(node: ast.expr, namespace: Mapping[str, Any]) -> Kinds | None:
    match node:
        case ast.Constant(value=None):
            return frozenset((types.NoneType,))
        case ast.Name(id=name) if name in _KNOWN:
            found = namespace.get(name, getattr(builtins, name, None))
            return frozenset((_KNOWN[name],)) if found is _KNOWN[name] else None
        case ast.Subscript(value=ast.Name(id=name) as value) if name in _KNOWN:
            return _of_tree(value, namespace)
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if namespace.get(name) is typing.Optional:
            kinds = _of_tree(inner, namespace)
            return None if kinds is None else kinds | {types.NoneType}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union((_of_tree(left, namespace), _of_tree(right, namespace)))
        case _:
            return None


def _union(parts: Iterable[Kinds | None]) -> Kinds | None:
    found: set[type] = set()
    for kinds in parts:
        if kinds is None:
            return None
        found |= kinds
    return frozenset(found)


def may_fit(given: Kinds, wanted: Kinds) -> bool:
    """Whether a value of one of the classes `given` may pass where one of `wanted` is expected.

    An `int` may be meant to be a `bool`, as a value annotated with a class may be of a subclass.
    """
    return any(
        issubclass(one, other) or issubclass(other, one) or other in _WIDER.get(one, ())
        for one in given
        for other in wanted
    )


def shown(kinds: Kinds) -> str:
    """`int | None`."""
    names = sorted(kind.__name__ for kind in kinds if kind is not types.NoneType)
    return " | ".join([*names, "None"] if types.NoneType in kinds else names)
