"""Containers that may hold lazies: which ones are looked into, and how to tell whether one does."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from .redirects import Lazy

_PLAIN = frozenset((int, float, str, bool, type(None), bytes, complex, range, type, bytearray, slice, type(...)))
_GLANCE = 32
_DISPLAYS = frozenset((list, tuple, set, frozenset, dict))
_KNOWN = _PLAIN | _DISPLAYS
_HONEST = frozenset(("builtins", "collections", "datetime", "decimal"))
"""Modules of classes written in C whose attributes are what they seem to be."""


def is_named_tuple(kind: type) -> bool:
    """Whether instances of `kind` are named tuples, whose container type is kept."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields") and hasattr(kind, "_make")


def takes_fields(kind: type) -> bool:
    """Whether the class of a named tuple, called with its fields, gives one that has them.

    One with a `__new__` or `__init__` of its own may take other things; `_make` asks neither.
    """
    made_by = getattr(kind.__new__, "__globals__", {})
    return "_tuple_new" in made_by and getattr(kind, "__init__", None) is object.__init__


def remade(kind: Any, items: Iterable[Any]) -> Any:
    """A container of that kind, a dict apart, with these items."""
    return kind._make(items) if is_named_tuple(kind) else kind(items)


def is_container(value: object) -> bool:
    """Whether lazies are looked for inside: an exact list, tuple, set, frozenset, dict, or a named tuple."""
    kind = type(value)
    return kind in _DISPLAYS or (isinstance(value, tuple) and is_named_tuple(kind))


def is_inert(kind: type) -> bool:
    """Whether every instance of a type is known to be neither lazy nor a container, whatever is in it.

    Proxies may say that they are of another class, so that of a type with a say in that nobody knows.
    """
    if kind in _DISPLAYS or issubclass(kind, (Lazy, tuple)):
        return False
    return not any(_may_pretend(base) for base in kind.__mro__[:-1])


def _may_pretend(kind: type) -> bool:
    own = vars(kind)
    return "__class__" in own or ("__getattribute__" in own and kind.__module__ not in _HONEST)


def holds_lazy(value: object) -> bool:
    """Whether `value` is lazy or a container with something lazy inside, at any depth.

    A lazy dict key is `TypeError`: keys are needed before there are values.
    """
    return bool(_search(value, sys.maxsize))


def glance(value: Any) -> bool | None:
    """`holds_lazy` for a value that may be large: None where it would have to look at too many containers."""
    kind = type(value)
    if kind in _PLAIN:
        return False
    if kind not in _DISPLAYS or len(value) > _GLANCE * _GLANCE or not _PLAIN.issuperset(map(type, value)):
        return _search(value, _GLANCE)
    return _search(value, _GLANCE) if kind is dict and not _PLAIN.issuperset(map(type, value.values())) else False


def may_hold_lazy(values: Iterable[object], trust: bool) -> bool:
    """Whether something lazy is in the values; with `trust` only at a glance."""
    for value in values:
        if type(value) is int or type(value) is str:
            continue
        seen = glance(value)
        if seen or (seen is None and not trust and holds_lazy(value)):
            return True
    return False


def _search(value: object, most: int) -> bool | None:
    """Look into at most `most` containers and at most that many items of each that isn't plain."""
    if type(value) in _PLAIN:
        return False
    if isinstance(value, Lazy):
        return True
    if not is_container(value):
        return False
    pending: list[Any] = [value]
    seen = {id(value)}
    found = False
    while pending:
        current = pending.pop()
        items = current
        if type(current) is dict:
            check_keys(current)
            items = current.values()
        if len(items) > most * _GLANCE:
            return True if found else None
        if _PLAIN.issuperset(map(type, items)):
            continue
        enough = len(seen) + len(items) > most and _KNOWN.issuperset(map(type, items))  # none of them is lazy itself
        for item in items:
            if isinstance(item, Lazy):
                found = True
            elif type(item) not in _PLAIN and id(item) not in seen and is_container(item):
                seen.add(id(item))
                pending.append(item)
                if enough and len(seen) > most:
                    break
        if len(seen) > most:
            return True if found else None
    return found


def check_keys(mapping: Mapping[Any, Any]) -> None:
    """Raises `TypeError` for a lazy key, or one with something lazy in it."""
    if _PLAIN.issuperset(map(type, mapping)):
        return
    for key in mapping:
        if holds_lazy(key):
            raise TypeError(f"{key!r} has no value yet, so it can't be a dict key; build the dict inside a task")
