"""Inputs from outside: conversion of text, parameters nobody gave, the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .errors import MissingParamError
from .sentinels import MISSING

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("0", "false", "no", "off"))


def convert(name: str, value: Any, kind: Callable[[str], Any]) -> Any:
    """A `str` as `kind`, anything else as it is; what can't be converted is `ValueError` naming the input."""
    if not isinstance(value, str) or kind is str:
        return value
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
