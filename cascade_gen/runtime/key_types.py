"""What cache keys know of types: how a value that is no scalar is taken apart into those it is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import MethodType
from typing import Any

__all__ = ["Opened", "Refused", "open_value"]

_LOCAL = "local or nameless, so that it can't be told from others"
_BUILTIN = (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)


class Refused(Exception):
    """A value has no canonical form; the text says what it is."""


class Opened:
    """A value taken apart: `head` says what it is, `children` what it is made of.

    `kind` tells how the children are to be read: "row" in order, "bag" in no order, "map" as keys and values
    by turns, in no order of the keys. `labels` are the names of a row's children, where they have names.
    """

    __slots__ = ("children", "head", "kind", "labels")

    def __init__(
        self,
        head: Sequence[str],
        children: Sequence[object] = (),
        kind: str = "row",
        labels: Sequence[str] | None = None,
    ) -> None:
        self.head = head
        self.children = children
        self.kind = kind
        self.labels = labels

    def step(self, position: int) -> str:
        """How one writes the way to the child at `position`: `[2]`, `['name']`, `.field`."""
        if self.labels is not None:
            return self.labels[position]
        if self.kind == "bag":
            return "{an element}"
        if self.kind == "row":
            return f"[{position}]"
        return f"[{_shown(self.children[position - 1])}]" if position % 2 else "{a key}"


def _shown(key: object) -> str:
    """A dict key for an error message: its text if that is short and harmless to get, else its type."""
    text = repr(key) if type(key) in (str, int, float, bool, bytes, type(None)) else f"<{type(key).__name__}>"
    return text if len(text) <= 40 else f"{text[:39]}…"


def open_value(value: object) -> Opened:
    """Take `value` apart; `Refused` if it has no canonical form."""
    opener = _CONTAINERS.get(type(value))
    return opener(value) if opener is not None else _open_object(value)


def _open_dict(value: dict[object, object]) -> Opened:
    return Opened(("dict",), [part for item in value.items() for part in item], "map")


_CONTAINERS: dict[type, Callable[[Any], Opened]] = {
    list: lambda value: Opened(("list",), value),
    tuple: lambda value: Opened(("tuple",), value),
    dict: _open_dict,
    set: lambda value: Opened(("set",), list(value), "bag"),
    frozenset: lambda value: Opened(("frozenset",), list(value), "bag"),
}


def _open_object(value: object) -> Opened:
    kind = type(value)
    name = _reference(value)
    if name and _is_found(value, name):
        return Opened(("reference", name))
    if hasattr(kind, "__dataclass_fields__"):
        return _open_dataclass(value)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        labels = [f".{name}" for name in kind._fields]
        return Opened(("named tuple", _class_name(kind), *labels), tuple(value), labels=labels)
    taken = _value_types().get(kind)
    if taken is not None:
        name, state = taken
        return Opened(("value", name), (state(value),), labels=("",))
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(value, enum.Enum):
        member = value.value if value.name is None else value.name
        return Opened(("enum", _class_name(kind)), (member,), labels=(".value",))
    if name:
        raise Refused(f"is {_LOCAL}: {name}")
    raise Refused(f"is a {kind.__qualname__!r}, which has no canonical form")


def _open_dataclass(value: object) -> Opened:
    """By the fields that the class compares; one that was never set is left out."""
    from dataclasses import fields  # loaded already, or there would be no dataclass

    kind = type(value)
    if isinstance(value, _BUILTIN):
        raise Refused(f"is a {kind.__qualname__!r}, a dataclass that is also a container or a scalar")
    names = [
        field.name
        for field in fields(value)  # type: ignore[arg-type]  # it is a dataclass
        if field.compare and hasattr(value, field.name)
    ]
    labels = [f".{name}" for name in names]
    head = ("dataclass", _class_name(kind), *labels)
    return Opened(head, [getattr(value, name) for name in names], labels=labels)


def _class_name(kind: type) -> str:
    name = _reference(kind)
    if not _is_found(kind, name):
        raise Refused(f"is an instance of a class that is {_LOCAL}: {name}")
    return name


def _reference(value: object) -> str:
    """`module:qualname`, under which one might import a class or function, else nothing."""
    qualname, module = getattr(value, "__qualname__", None), getattr(value, "__module__", None)
    return f"{module}:{qualname}" if isinstance(qualname, str) and isinstance(module, str) else ""


def _is_found(value: object, name: str) -> bool:
    module, _, qualname = name.partition(":")
    found: object = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found is value or (isinstance(value, MethodType) and found == value)


@cache
def _value_types() -> dict[type, tuple[str, Callable[[Any], object]]]:
    """Types of the standard library that are told by a state: their name in keys and how to get the state.

    Made when the first of them is met, since most workflows need none of these imports.
    """
    import collections
    import datetime
    import decimal
    import fractions
    import functools
    import pathlib
    import re
    import types
    import uuid
    import zoneinfo

    paths = (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
    return {
        **{kind: (f"pathlib.{kind.__name__}", str) for kind in paths},
        datetime.date: ("date", datetime.date.isoformat),
        datetime.time: ("time", lambda v: (v.replace(tzinfo=None).isoformat(), v.fold, v.tzinfo)),
        datetime.datetime: ("datetime", lambda v: (v.replace(tzinfo=None).isoformat(), v.fold, v.tzinfo)),
        datetime.timedelta: ("timedelta", lambda v: (v.days, v.seconds, v.microseconds)),
        datetime.timezone: ("timezone", lambda v: (v.utcoffset(None), v.tzname(None))),
        zoneinfo.ZoneInfo: ("ZoneInfo", _zone),
        decimal.Decimal: ("Decimal", str),
        fractions.Fraction: ("Fraction", lambda v: (v.numerator, v.denominator)),
        uuid.UUID: ("UUID", lambda v: v.int),
        re.Pattern: ("Pattern", lambda v: (v.pattern, v.flags)),
        slice: ("slice", lambda v: (v.start, v.stop, v.step)),
        functools.partial: ("partial", lambda v: (v.func, v.args, v.keywords)),
        types.MappingProxyType: ("mappingproxy", dict),
        types.GenericAlias: ("GenericAlias", lambda v: (v.__origin__, v.__args__)),
        types.UnionType: ("UnionType", lambda v: [None if t is types.NoneType else t for t in v.__args__]),
        collections.OrderedDict: ("OrderedDict", lambda v: tuple(v.items())),
        collections.defaultdict: ("defaultdict", lambda v: (v.default_factory, dict(v))),
        collections.Counter: ("Counter", dict),
        collections.deque: ("deque", lambda v: (v.maxlen, tuple(v))),
    }


def _zone(value: Any) -> str:
    if value.key is None:
        raise Refused("is a ZoneInfo without a key")
    return str(value.key)
