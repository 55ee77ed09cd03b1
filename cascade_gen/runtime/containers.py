"""Containers that may hold lazies: which ones are looked into, and how to tell whether one does."""

from __future__ import annotations

from typing import Any

from .redirects import Lazy

_PLAIN = frozenset(
    (int, float, str, bool, type(None), bytes, complex, range, type, bytearray, slice, type(...))
)
_DISPLAYS = frozenset((list, tuple, set, frozenset, dict))


def is_named_tuple(kind: type) -> bool:
    """Whether instances of `kind` are named tuples, whose container type is kept."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields") and hasattr(kind, "_make")


def is_container(value: object) -> bool:
    """Whether lazies are looked for inside: an exact list, tuple, set, frozenset, dict, or a named tuple."""
    kind = type(value)
    return kind in _DISPLAYS or (isinstance(value, tuple) and is_named_tuple(kind))


def holds_lazy(value: object) -> bool:
    """Whether `value` is lazy or a container with something lazy inside, at any depth.

    A lazy dict key is `TypeError`: keys are needed before there are values.
    """
    kind = type(value)
    if kind in _PLAIN:
        return False
    if isinstance(value, Lazy):
        return True
    if not is_container(value):
        return False
    return _search(value)


def _search(container: Any) -> bool:
    pending: list[Any] = [container]
    seen = {id(container)}
    found = False
    while pending:
        current = pending.pop()
        items = current
        if type(current) is dict:
            _check_keys(current)
            items = current.values()
        if _PLAIN.issuperset(map(type, items)):
            continue
        for item in items:
            if isinstance(item, Lazy):
                found = True
            elif type(item) not in _PLAIN and id(item) not in seen and is_container(item):
                seen.add(id(item))
                pending.append(item)
    return found


def _check_keys(mapping: dict[Any, Any]) -> None:
    if _PLAIN.issuperset(map(type, mapping)):
        return
    for key in mapping:
        if holds_lazy(key):
            raise TypeError(
                f"{key!r} has no value yet, so it can't be a dict key; build the dict inside a task"
            )
