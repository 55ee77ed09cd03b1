"""Inputs from outside: conversion of text, parameters nobody gave, the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import Any

from .errors import MissingParamError
from .json_text import read_json
from .sentinels import MISSING

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("0", "false", "no", "off"))
_SCALARS = {
    bool: "a bool (1/0, true/false, yes/no, on/off)",
    int: "an int",
    float: "a float",
    str: "a str",
}
_FROM_LIST = (tuple, set, frozenset)


class Converted:
    """An input that somebody has converted before, who had to know whether it can be. Its `value` may be a `str`."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def convert(name: str, value: Any, kind: Callable[[str], Any]) -> Any:
    """A `str` as `kind`, anything else as it is; what can't be converted is `ValueError` naming the input."""
    if not isinstance(value, str) or kind is str:
        return value.value if type(value) is Converted else value
    try:
        return _flag(value) if kind is bool else kind(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _unfit(name, value, kind, error) from error


def _unfit(name: str, value: str, kind: Callable[[str], Any], error: Exception) -> ValueError:
    shown = getattr(kind, "__name__", repr(kind))
    return ValueError(f"the input {name!r} can't be {value!r}: it is no {shown} ({error})")


def _flag(value: str) -> bool:
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("use 1/0, true/false, yes/no or on/off")


def read_param(name: str, value: Any, kind: Callable[[str], Any] = str) -> Any:
    """The value given for a `Param`, converted; `MissingParamError` if nobody gave one."""
    if value is MISSING:
        raise _not_given(name)
    return convert(name, value, kind)


def _not_given(name: str) -> MissingParamError:
    return MissingParamError(f"the workflow needs the input {name!r}: pass {name}=...")


def read_env(name: str, kind: Callable[[str], Any] = str, default: Any = MISSING) -> Any:
    """The environment variable `name`, converted, or `default`; `MissingParamError` if there is neither."""
    value = os.environ.get(name, default)
    if value is MISSING:
        raise MissingParamError(f"the workflow needs the environment variable {name!r}")
    return convert(name, value, kind)


def as_loose(text: str) -> Any:
    """What a command line gives for an input of any type: JSON, else the text itself."""
    try:
        return read_json(text)
    except ValueError:
        return text


def as_scalar(text: str, kind: type) -> Any:
    """A text as a bool, an int, a float or a str; `ValueError` says what it should have been."""
    try:
        return convert("", text, kind)
    except ValueError:
        raise ValueError(_SCALARS[kind]) from None


def as_json(text: str, kind: Any) -> Any:
    """JSON, of the type of the container where `kind` is one of Python's own.

    `kind` may be a name as well. `ValueError` says what it should have been.
    """
    try:
        value = read_json(text)
    except ValueError as error:
        raise ValueError(f"JSON ({getattr(kind, '__name__', kind)}; {error})") from None
    if kind in _FROM_LIST and isinstance(value, list):
        try:
            return kind(value)
        except TypeError as error:
            raise ValueError(f"a {kind.__name__}, written in JSON ({error})") from None
    if kind in (list, dict, *_FROM_LIST) and not isinstance(value, kind):
        raise ValueError(f"a {kind.__name__}, written in JSON")
    return value


def as_one_of(text: str, kinds: Collection[Any], read: Callable[[str, Any], Any]) -> Any:
    """The first of the types of a union that takes `text`; `null` and `None` are None where that is one.

    `read` gives `text` as one of them. `ValueError` says what it should have been.
    """
    if type(None) in kinds and text in ("null", "None"):
        return None
    expected: list[str] = []
    # A str takes anything, so the others are asked first.
    for kind in sorted((one for one in kinds if one is not type(None)), key=lambda one: one is str):
        try:
            return read(text, kind)
        except ValueError as error:
            expected.append(str(error))
    raise ValueError(" or ".join(expected))
