"""Binding arguments to a signature as Python does, errors in Python's own words: by calling a real function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .sentinels import EMPTY

if TYPE_CHECKING:
    from types import CodeType, FunctionType

_STARS = 0x0C  # `inspect.CO_VARARGS | inspect.CO_VARKEYWORDS`
_OWN: Any = object()  # in the place of a default: each parameter has its own


def make_binder(called: str, signature: inspect.Signature, default: Any = _OWN) -> Callable[..., tuple[Any, ...]]:
    """A function with the parameters of `signature` that gives their values as a tuple.

    `called` is what its `TypeError`s name. With `default`, every parameter that takes a single value is
    optional and has that default.
    """
    parameters = list(signature.parameters.values())
    namespace: dict[str, Any] = {}
    pieces: list[str] = []
    for index, parameter in enumerate(parameters):
        previous = parameters[index - 1].kind if index else None
        if previous is parameter.POSITIONAL_ONLY and parameter.kind is not parameter.POSITIONAL_ONLY:
            pieces.append("/")
        if parameter.kind is parameter.KEYWORD_ONLY and previous not in (
            parameter.KEYWORD_ONLY,
            parameter.VAR_POSITIONAL,
        ):
            pieces.append("*")
        pieces.append(_declaration(parameter, f"_d{index}", default, namespace))
    if parameters and parameters[-1].kind is inspect.Parameter.POSITIONAL_ONLY:
        pieces.append("/")
    values = "".join(f"{parameter.name}, " for parameter in parameters)
    exec(f"def bind({', '.join(pieces)}): return ({values})", namespace)
    bind: Callable[..., tuple[Any, ...]] = namespace["bind"]
    bind.__name__ = called.rpartition(".")[2]
    bind.__qualname__ = called
    return bind


def plain_binder(called: str, func: Any) -> Callable[..., tuple[Any, ...]] | None:
    """What `make_binder` gives for a function of plain parameters, else None."""
    names = plain_names(func)
    if names is None:
        return None
    bind = names_binder(called, names)
    bind.__defaults__ = func.__defaults__
    return bind


def plain_names(func: Any) -> tuple[str, ...] | None:
    """The parameters of a plain function all of which are given by place or by name; None of any other.

    Its code says as much as its signature: importing inspect takes longer than a small agent runs.
    """
    if type(func) is not type(plain_names) or vars(func):
        return None
    code = func.__code__
    if code.co_posonlyargcount or code.co_kwonlyargcount or code.co_flags & _STARS:
        return None
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names


def names_binder(called: str, names: tuple[str, ...]) -> FunctionType:
    """What gives the arguments of a call with these parameters as a tuple; none of them has a default."""
    code = _binders.get(names)
    if code is None:
        namespace: dict[str, Any] = {}
        exec(f"def bind({', '.join(names)}): return ({''.join(f'{name}, ' for name in names)})", namespace)
        code = _binders[names] = namespace["bind"].__code__
    made: Any = type(names_binder)  # `types.FunctionType`
    bind: FunctionType = made(code, {}, called.rpartition(".")[2])
    bind.__qualname__ = called
    return bind


_binders: dict[tuple[str, ...], CodeType] = {}
"""By their names, what binds plain parameters: a program has only so many lists of them."""


def _declaration(parameter: inspect.Parameter, default_name: str, default: Any, namespace: dict[str, Any]) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.kind is parameter.VAR_KEYWORD:
        return f"**{parameter.name}"
    own = parameter.default if default is _OWN else default
    if own is parameter.empty:
        return parameter.name
    namespace[default_name] = parameter.empty if own is EMPTY else own
    return f"{parameter.name}={default_name}"
