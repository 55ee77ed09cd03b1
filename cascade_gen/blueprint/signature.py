"""The inputs of a Blueprint as a Python signature."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Mapping
from typing import Any

from cascade_gen.runtime.binding import make_binder
from cascade_gen.runtime.sentinels import EMPTY, MISSING

from .blueprint import Blueprint, Input
from .operands import Literal, Object, Operand

_KINDS = {
    "positional": inspect.Parameter.POSITIONAL_ONLY,
    "standard": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "star": inspect.Parameter.VAR_POSITIONAL,
    "keyword": inspect.Parameter.KEYWORD_ONLY,
    "stars": inspect.Parameter.VAR_KEYWORD,
}
_ORDER = list(_KINDS)


def ordered_inputs(blueprint: Blueprint) -> list[Input]:
    """The inputs in the order of the signature: a `Param` stands before `**kwargs`."""
    return sorted(blueprint.inputs, key=lambda one: _ORDER.index(one.kind))


def constant_of(blueprint: Blueprint, operand: Operand) -> Any:
    """The value of a literal or an object."""
    if isinstance(operand, Literal):
        return operand.value
    assert isinstance(operand, Object)
    return blueprint.objects[operand.name]


def signature_of(blueprint: Blueprint, annotations: Mapping[str, Any] | None = None) -> inspect.Signature:
    """The signature of the function that a Blueprint is; a `Param` without a default has MISSING."""
    empty = inspect.Parameter.empty
    parameters = []
    for one in ordered_inputs(blueprint):
        default = empty if one.default is None else constant_of(blueprint, one.default)
        if one.default is not None and default is empty:
            default = EMPTY
        if one.param and one.default is None:
            default = MISSING
        annotation = (annotations or {}).get(one.name, empty)
        if one.param:  # its type is a builtin, where it has an annotation at all
            annotation = getattr(builtins, one.annotation, empty)
        parameters.append(inspect.Parameter(one.name, _KINDS[one.kind], default=default, annotation=annotation))
    return inspect.Signature(parameters)


def bind_inputs(blueprint: Blueprint, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each input register for a call; `TypeError` in Python's words."""
    bind = make_binder(blueprint.called or blueprint.name, signature_of(blueprint))
    values = bind(*args, **kwargs)
    registers = (one.register.name for one in ordered_inputs(blueprint))
    return dict(zip(registers, values, strict=True))


def named_inputs(blueprint: Blueprint, params: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments for inputs given by name, whatever their kind.

    An unknown name is `TypeError`, unless the workflow takes any keyword.
    """
    args: list[Any] = []
    kwargs = dict(params)
    inputs = ordered_inputs(blueprint)
    for one in inputs:
        if one.kind == "stars":
            kwargs.update(kwargs.pop(one.name, {}))
        elif one.kind == "star" and one.name in kwargs:
            given = kwargs.pop(one.name)
            args += _positional(blueprint, inputs, kwargs, len(args))
            args.extend(given)
        elif one.kind == "positional" and one.name in kwargs:
            args.append(kwargs.pop(one.name))
    return tuple(args), kwargs


def _positional(blueprint: Blueprint, inputs: list[Input], kwargs: dict[str, Any], given: int) -> list[Any]:
    """The values of the parameters before `*args`, which have to be positional once it is given."""
    values = []
    for one in inputs[given:]:
        if one.kind != "standard":
            break
        if one.name in kwargs:
            values.append(kwargs.pop(one.name))
        elif one.default is not None:
            values.append(constant_of(blueprint, one.default))
    return values
