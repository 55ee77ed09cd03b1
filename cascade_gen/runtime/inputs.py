"""Inputs from outside: conversion of text, parameters nobody gave, the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
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
_CONTAINERS = (list, dict, *_FROM_LIST)
_NAMED: dict[str, Any] = {one.__name__: one for one in (*_SCALARS, *_CONTAINERS, object)} | {"": object, "None": None}

Kind = Any
"""What a text is read as: bool, int, float or str; a container of Python's own, from JSON; the name of another type,
from JSON as well; `object`, from JSON or else the text itself; an enum, by the name of a member; a list, as one of
its values; any other class, as what it makes of the text; a tuple, as the first of its kinds that takes the text,
where None is None."""


class Converted:
    """An input that somebody has converted before, who had to know whether it can be. Its `value` may be a `str`."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def convert(name: str, value: Any, kind: Callable[[str], Any]) -> Any:
    """What `convert_text` gives; an input that the command has converted as that is."""
    return value.value if type(value) is Converted else convert_text(name, value, kind)


def convert_text(name: str, value: Any, kind: Callable[[str], Any]) -> Any:
    """A `str` as `kind`, anything else as it is; what can't be converted is `ValueError` naming the input."""
    return _converted(name, value, kind) if isinstance(value, str) and kind is not str else value


def _converted(name: str, value: str, kind: Callable[[str], Any]) -> Any:
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


def read_input(name: str, text: str, kind: Kind) -> Any:
    """What a command line gives for an input; `ValueError` says what it takes."""
    try:
        return _read(text, kind)
    except ValueError as error:
        raise ValueError(f"the input {name!r} takes {error}; got {text!r}") from None


def kind_of_text(annotation: str) -> Kind:
    """What an annotation of nothing but Python's own types says, several of them in a union."""
    depth, outside = 0, ""
    for letter in annotation:
        depth += (letter == "[") - (letter == "]")
        outside += letter if depth == 0 and letter != "]" else ""
    kinds = tuple(_NAMED.get(word, word) for word in map(str.strip, outside.split("|")))
    return kinds if len(kinds) > 1 or kinds == (None,) else kinds[0]


def choices(kind: Kind) -> Mapping[str, Any] | None:
    """The texts that an enum or a list takes, with what they stand for; None for another kind."""
    if type(kind) is list:
        return {str(one): one for one in kind}
    members: Mapping[str, Any] | None = getattr(kind, "__members__", None)
    return members


def _read(text: str, kind: Kind) -> Any:
    """A text as a value of a kind; `ValueError` says what it should have been."""
    if type(kind) is tuple:
        return _first(text, kind)
    if kind is object:
        return _loose(text)
    if type(kind) is str or kind in _CONTAINERS:
        return _json(text, kind)
    if type(kind) is not list and kind in _SCALARS:
        return _scalar(text, kind)
    known = choices(kind)
    return kind(text) if known is None else _chosen(text, known)


def _loose(text: str) -> Any:
    """What is given for an input of any type: JSON, else the text itself."""
    try:
        return read_json(text)
    except ValueError:
        return text


def _scalar(text: str, kind: type) -> Any:
    try:
        return convert("", text, kind)
    except ValueError:
        raise ValueError(_SCALARS[kind]) from None


def _chosen(text: str, known: Mapping[str, Any]) -> Any:
    if text in known:
        return known[text]
    raise ValueError(f"one of {', '.join(known)}" if known else "nothing that a command line can give")


def _json(text: str, kind: Any) -> Any:
    """JSON, of the type of the container where `kind` is one of Python's own."""
    shown = kind if isinstance(kind, str) else kind.__name__
    try:
        value = read_json(text)
    except ValueError as error:
        raise ValueError(f"JSON ({shown}; {error})") from None
    if kind in _FROM_LIST and isinstance(value, list):
        try:
            return kind(value)
        except TypeError as error:
            raise ValueError(f"a {shown}, written in JSON ({error})") from None
    if kind in _CONTAINERS and not isinstance(value, kind):
        raise ValueError(f"a {shown}, written in JSON")
    return value


def _first(text: str, kinds: tuple[Kind, ...]) -> Any:
    """The first of several kinds that takes `text`; `null` and `None` are None where that is one of them."""
    others = [kind for kind in kinds if kind is not None]
    if text in ("null", "None") and len(others) < len(kinds):
        return None
    expected = {} if others else {"null": None}
    for kind in sorted(others, key=_takes_anything):
        try:
            return _read(text, kind)
        except ValueError as error:
            expected[str(error)] = None
    raise ValueError(" or ".join(expected))


def _takes_anything(kind: Kind) -> bool:
    """Whether it takes any text, so that the others are asked before."""
    if type(kind) in (str, list) or kind in (bool, int, float, object, *_CONTAINERS):
        return False
    return choices(kind) is None
