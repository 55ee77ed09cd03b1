"""Runs a compiled function as a command: its inputs are options, its result goes to standard output."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import traceback
import types
import typing
from collections.abc import Callable
from typing import Any

from .inputs import convert
from .sentinels import MISSING
from .shown import shown

_SIMPLE = {"int": int, "float": float, "bool": bool, "str": str}


def command(function: Callable[..., Any]) -> None:
    """Parse the command line by the signature of `function`, run it, print the result, and exit.

    Exit codes: 0 done, 1 the workflow failed, 2 wrong usage, 130 interrupted.
    """
    sys.exit(_run(function, sys.argv[1:]))


def _run(function: Callable[..., Any], arguments: list[str]) -> int:
    parser, names = _parser(function)
    given = vars(parser.parse_args(arguments))
    try:
        args, kwargs = _inputs(function, {name: given[name] for name in names if given[name] is not MISSING})
    except ValueError as error:
        parser.error(str(error))
    try:
        if inspect.iscoroutinefunction(function):
            from .wait import wait  # asyncio, which sync modules do without

            result = wait(lambda: function(*args, **kwargs))
        else:
            result = function(*args, **kwargs)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception:
        traceback.print_exc()
        return 1
    if result is not None:
        print(shown(result))
    return 0


def _parser(function: Callable[..., Any]) -> tuple[argparse.ArgumentParser, list[str]]:
    about = (function.__doc__ or "").strip().partition("\n")[0]
    parser = argparse.ArgumentParser(description=about, allow_abbrev=False)
    names = []
    for one in inspect.signature(function).parameters.values():
        required = one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        help_ = _kind(one)
        if one.default not in (one.empty, MISSING):
            help_ += f", default {one.default!r}"
        parser.add_argument(
            *dict.fromkeys((f"--{one.name}", f"--{one.name.replace('_', '-')}")),
            dest=one.name,
            default=MISSING,
            required=required,
            metavar=_kind(one).upper(),
            help=help_.replace("%", "%%"),
        )
        names.append(one.name)
    return parser, names


def _kind(parameter: inspect.Parameter) -> str:
    annotation = parameter.annotation
    if typing.get_origin(annotation) is not None or isinstance(annotation, types.UnionType):
        words = [getattr(one, "__name__", "") for one in typing.get_args(annotation)]
        words = words if isinstance(annotation, types.UnionType) else []
    else:
        text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
        words = [word.strip() for word in text.split("|")]
    return next((word for word in words if word in _SIMPLE), "json")


def _inputs(function: Callable[..., Any], given: dict[str, str]) -> tuple[list[Any], dict[str, Any]]:
    """The values for a call, converted by their annotations."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for one in inspect.signature(function).parameters.values():
        if one.name not in given:
            continue
        value = _value(one, given[one.name])
        if one.kind is one.VAR_POSITIONAL:
            args.extend(value)
        elif one.kind is one.VAR_KEYWORD:
            kwargs.update(value)
        elif one.kind is one.POSITIONAL_ONLY:
            args.append(value)
        else:
            kwargs[one.name] = value
    return args, kwargs


def _value(parameter: inspect.Parameter, text: str) -> Any:
    kind = _kind(parameter)
    if kind in _SIMPLE:
        return convert(parameter.name, text, _SIMPLE[kind])
    try:
        return json.loads(text)
    except ValueError:
        if parameter.annotation is parameter.empty:
            return text
        raise ValueError(f"the input {parameter.name!r} takes JSON; got {text!r}") from None
