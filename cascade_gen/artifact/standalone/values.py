"""What the values of global variables tell, in this process, where the user's modules have been imported."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import inspect
import logging
import pathlib
import re
import sys
import types
import typing
import uuid
from typing import Any

from .changes import READING
from .resolve import Outside, Symbol
from .sources import HOUSE

MISSING: Any = object()
_PLAIN = (int, float, str, bool, bytes, type(None), complex, range, type(...), type(NotImplemented), slice)
_SETTLED = (
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction),
    *(enum.Enum, logging.Logger, pathlib.PurePath, re.Pattern, uuid.UUID, types.ModuleType, property, staticmethod),
    *(classmethod, types.FunctionType, types.BuiltinFunctionType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.GenericAlias, types.UnionType, types.WrapperDescriptorType),
    *(types.MethodDescriptorType, types.MethodType, typing.TypeVar, typing.ParamSpec, typing.NewType),
)
_DEPTH = 3


def value_of(symbol: Symbol) -> Any:
    """The value of a global variable; `MISSING` if there is none."""
    return vars(sys.modules.get(symbol.module, types)).get(symbol.name, MISSING)


def value_outside(outside: Outside, rest: tuple[str, ...]) -> Any:
    """What an import stands for, and the attributes behind it; `MISSING` if there is no such thing."""
    module = sys.modules.get(outside.module)
    return attribute(module, (outside.name, *rest) if outside.name is not None else rest)


def attribute(value: Any, path: tuple[str, ...]) -> Any:
    """The attribute at the end of a path, read without running anything; `MISSING` if there is none."""
    for name in path:
        value = inspect.getattr_static(value, name, MISSING)
        if value is MISSING:
            return MISSING
    return value


def is_of_house(value: Any) -> bool:
    """Whether a value is a task, a workflow, a call or something else of Cascade's."""
    return type(value).__module__.partition(".")[0] in HOUSE


def is_fixed(value: Any, depth: int = _DEPTH) -> bool:
    """Whether a value stays what it is without being bound again."""
    if isinstance(value, tuple | frozenset):
        return depth > 0 and all(is_fixed(one, depth - 1) for one in value)
    if value is MISSING or is_of_house(value) or type(value).__module__ == "typing":
        return True
    return type(value) in _PLAIN or isinstance(value, _SETTLED)


def reads_only(value: Any, path: tuple[str, ...]) -> bool:
    """Whether the method at the end of a path is known to leave its object, one of Python's own, as it is."""
    if path[-1] not in READING:
        return False
    holder = attribute(value, path[:-1])
    return type(holder).__module__ in ("builtins", "collections") or is_fixed(holder)


def keeps_state(function: Any) -> bool:
    """Whether a function may answer differently for having been called: caches, defaults, variables around it."""
    if type(function) is not types.FunctionType:
        return not is_of_house(function)
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return bool(function.__closure__) or not all(map(is_fixed, defaults))
