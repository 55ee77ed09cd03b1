"""Values that are passed as the very object given: how the text of a module makes them again, if it can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import libcst as cst

from cascade_gen.lower.importable import defaults_of as defaults_of
from cascade_gen.lower.importable import importable as importable
from cascade_gen.lower.made_caches import making
from cascade_gen.runtime.containers import is_container, is_named_tuple, takes_fields

from . import nodes
from .nodes import Expression

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_MOST_DIGITS = 2000
_DEEPEST = 20
_LONGEST_SHORT = 40

_PARTS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    Decimal: lambda value: (str(value),),
    Fraction: lambda value: (value.numerator, value.denominator),
    UUID: lambda value: (str(value),),
    date: lambda value: (value.year, value.month, value.day),
    timedelta: lambda value: (value.days, value.seconds, value.microseconds),
    range: lambda value: (value.start, value.stop, value.step),
    PurePosixPath: lambda value: (str(value),),
    type(Path()): lambda value: (value.as_posix(),),
    slice: lambda value: (value.start, value.stop, value.step),
    bytearray: lambda value: (bytes(value),),
}
"""What the standard library's values are made of, as arguments of their classes."""

_MADE_BY: dict[type, type] = {type(Path()): Path}
"""The class that gives a value of another one, which only some machines have."""

Place = Callable[[Any], Expression | None]


def display(value: Any, place: Place, depth: int = 0) -> Expression | None:
    """The expression that makes an equal value: containers of plain literals and of what `place` can name. None for
    anything else."""
    if depth > _DEEPEST:
        return None
    kind = type(value)
    if kind in _PLAIN:
        if kind is int and value.bit_length() > _MOST_DIGITS:
            return cst.Integer(hex(value)) if value > 0 else None
        return nodes.literal(value)
    if kind in (set, frozenset):
        return _set_display(value, place, depth)
    if isinstance(value, Enum) and _is_member(value):
        named = place(kind)
        return None if named is None else cst.Attribute(named, cst.Name(value.name))
    if kind in _PARTS:
        named = place(_MADE_BY.get(kind, kind))
        parts = _displays(_PARTS[kind](value), place, depth)
        return None if named is None or parts is None else nodes.call(named, *parts)
    if not is_container(value):
        return place(value)
    items = value.values() if kind is dict else value
    found = _displays(items, place, depth)
    keys = _displays(value, place, depth) if kind is dict else []
    if found is None or keys is None:
        return None
    if kind is dict:
        return nodes.dict_(keys, found)
    if is_named_tuple(kind):
        named = place(kind)
        return None if named is None else named_tuple(kind, named, found)
    return nodes.list_(found) if kind is list else nodes.tuple_(found)


def named_tuple(kind: object, named: Expression, items: Sequence[Expression]) -> Expression:
    """The call that makes a named tuple of its fields; `kind` is its class, `named` the expression of it."""
    if isinstance(kind, type) and not takes_fields(kind):
        return nodes.call(cst.Attribute(named, cst.Name("_make")), nodes.tuple_(items))
    return nodes.call(named, *items)


def short_tuple(value: Any) -> Expression | None:
    """The display of a short tuple of constants; None for anything else."""
    if type(value) is not tuple or not all(type(one) in _PLAIN for one in value):
        return None
    shown = display(value, lambda thing: None)
    return shown if shown is not None and len(nodes.text_of(shown)) <= _LONGEST_SHORT else None


def may_change(value: Any) -> bool:
    """Whether it matters which of two equal values it is that `display` shows, since it may be changed in place."""
    kind = type(value)
    return kind in (list, dict, set, bytearray) or (is_container(value) and any(map(may_change, value)))


def cache_call(value: Any, word: Callable[[str, str], str], place: Place) -> Expression | None:
    """The call that makes a cache like this one of Cascade's own; `word` names what is imported from a module.

    None for any other object, and where no text makes an equal argument.
    """
    made = making(value)
    if made is None:
        return None
    args = _displays(made.args, place, 0)
    kwargs = _displays(made.kwargs.values(), place, 0)
    if args is None or kwargs is None:
        return None
    named = [nodes.keyword(name, one) for name, one in zip(made.kwargs, kwargs, strict=True)]
    return nodes.call(word(made.module, made.name), *args, *named)


def _is_member(value: Enum) -> bool:
    """Whether the class has this member under its name; a combination of flags has none."""
    return type(value).__members__.get(value.name) is value


def _displays(values: Iterable[Any], place: Place, depth: int) -> list[Expression] | None:
    found = [display(value, place, depth + 1) for value in values]
    return None if any(one is None for one in found) else [one for one in found if one is not None]


def _set_display(value: Any, place: Place, depth: int) -> Expression | None:
    """In an order that doesn't depend on hashing."""
    found = _displays(value, place, depth)
    if found is None:
        return None
    ordered = sorted(found, key=_text)
    frozen = isinstance(value, frozenset)
    if not ordered:
        return nodes.call("frozenset" if frozen else "set")
    shown = cst.Set(nodes.items(ordered))
    return nodes.call("frozenset", shown) if frozen else shown


def _text(node: Expression) -> str:
    return cst.Module([]).code_for_node(node)
