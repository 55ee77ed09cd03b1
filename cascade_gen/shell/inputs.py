"""Reading `--input name=value` by the signature of the workflow."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cascade_gen.runtime.inputs import Converted, Kind, convert, read_input
from cascade_gen.runtime.sentinels import MISSING
from cascade_gen.shell.output import UsageError, did_you_mean

if TYPE_CHECKING:
    from cascade_gen.blueprint import Blueprint

_EMPTY = inspect.Parameter.empty
_STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_SCALARS = (bool, int, float, str)


def read_inputs(
    pairs: Iterable[str],
    signature: inspect.Signature,
    kinds: Mapping[str, Kind],
    params: Mapping[str, Callable[[str], Any]] | None = None,
) -> dict[str, Any]:
    """The inputs that `pairs` (`name=value`) give.

    `kinds` are what the parameters are read as. `params` are the types of the `Param`s, which are asked here, once,
    unless they are Python's own. `UsageError`: a pair without `=`, an unknown name, one given twice, a value that
    doesn't convert, a required input that is missing.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"an input is given as name=value; got {pair!r}")
        parameter = _parameter_of(name, signature)
        if name in values:
            raise UsageError(f"input {name!r} is given twice")
        own = (params or {}).get(name)
        try:
            if own is None or own in _SCALARS:
                values[name] = read_input(name, text, own or kinds.get(parameter, object))
            else:
                values[name] = Converted(convert(name, text, own))
        except ValueError as error:
            raise UsageError(str(error)) from None
    _check_complete(values, signature)
    return values


def call_arguments(values: Mapping[str, Any], signature: inspect.Signature) -> tuple[list[Any], dict[str, Any]]:
    """`values` as the arguments of a call: by name, or by position where the signature insists on it."""
    named = dict(values)
    positional: list[Any] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY and (name in named or parameter.default is not _EMPTY):
            positional.append(named.pop(name, parameter.default))
    return positional, named


def _parameter_of(name: str, signature: inspect.Signature) -> str:
    """The parameter that takes an input; `UsageError` where none does."""
    parameters = signature.parameters
    found = parameters.get(name)
    if found is not None and found.kind not in _STARS:
        return name
    others = [one.name for one in parameters.values() if one.kind is one.VAR_KEYWORD]
    if not others or not name.isidentifier():
        raise UsageError(_unknown(name, signature))
    return others[0]


def _unknown(name: str, signature: inspect.Signature) -> str:
    inputs = [one for one in signature.parameters.values() if one.kind not in _STARS]
    if not inputs:
        return f"unknown input {name!r}; the workflow has none"
    listing = "".join(f"\n  {_shown(one)}" for one in inputs)
    hint = did_you_mean(name, [one.name for one in inputs])
    return f"unknown input {name!r}{hint}\nThe inputs are{listing}"


def _check_complete(values: Mapping[str, Any], signature: inspect.Signature) -> None:
    missing = [one for name, one in signature.parameters.items() if name not in values and _is_required(one)]
    if missing:
        listing = "".join(f"\n  {_shown(one)}" for one in missing)
        raise UsageError(f"missing input; give it with --input {missing[0].name}=VALUE{listing}")


def _shown(parameter: inspect.Parameter) -> str:
    """An input as a signature shows it: `limit: int = 10`."""
    annotation, text = parameter.annotation, parameter.name
    if annotation is not _EMPTY:
        text += f": {annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)}"
    return text if _is_required(parameter) else f"{text} = {parameter.default!r}"


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.kind not in _STARS and (parameter.default is _EMPTY or parameter.default is MISSING)


def param_types(blueprint: Blueprint) -> dict[str, Callable[[str], Any]]:
    """The types that the `Param`s of a workflow convert to, by name."""
    from cascade_gen.blueprint import Object, ReadParam, walk

    types: dict[str, Callable[[str], Any]] = {one.name: str for one in blueprint.inputs if one.param}
    for instruction in walk(blueprint.body):
        if isinstance(instruction, ReadParam) and isinstance(instruction.type, Object):
            types[instruction.name] = blueprint.objects[instruction.type.name]
    return types
