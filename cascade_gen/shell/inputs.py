"""Reading `--input name=value` by the signature of the workflow."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_gen.runtime.inputs import Converted, as_json, as_loose, as_one_of, as_scalar, convert
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
    namespace: Mapping[str, Any],
    params: Mapping[str, Callable[[str], Any]] | None = None,
) -> dict[str, Any]:
    """The inputs that `pairs` (`name=value`) give, converted by the annotations of `signature`.

    Annotations that are text are read in `namespace`. `params` are the types of the `Param`s. What they can't convert
    is wrong usage, so they are asked here, once: the workflow is given what they have made, as `Converted`.
    `UsageError`: a pair without `=`, an unknown name, one given twice, a value that doesn't convert, a required
    input that is missing.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"an input is given as name=value; got {pair!r}")
        annotation = _annotation_of(name, signature, namespace)
        if name in values:
            raise UsageError(f"input {name!r} is given twice")
        if params is not None and name in params:
            values[name] = _converted(name, text, params[name])
        else:
            values[name] = _convert(name, text, annotation)
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


def _annotation_of(name: str, signature: inspect.Signature, namespace: Mapping[str, Any]) -> Any:
    parameters = signature.parameters
    found = parameters.get(name)
    if found is None or found.kind in _STARS:
        others = [one for one in parameters.values() if one.kind is one.VAR_KEYWORD]
        if not others or not name.isidentifier():
            raise UsageError(_unknown(name, signature))
        found = others[0]
    return _resolved(found.annotation, namespace)


def _resolved(annotation: Any, namespace: Mapping[str, Any]) -> Any:
    """The type that an annotation names; one that can't be read counts as none."""
    if not isinstance(annotation, str):
        return annotation
    try:
        # The text is the user's own source, whose module has just been run.
        return eval(annotation, dict(namespace))
    except Exception:
        return _EMPTY


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


def _converted(name: str, text: str, kind: Callable[[str], Any]) -> str | Converted:
    """`text` as the `kind` of a `Param`; a `str` may be read as it is. `UsageError` names the input."""
    try:
        return text if kind is str else Converted(convert(name, text, kind))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _convert(name: str, text: str, annotation: Any) -> Any:
    """`text` as a value of type `annotation`; `UsageError` names the input."""
    try:
        return _value(text, annotation)
    except ValueError as error:
        raise UsageError(f"input {name!r} takes {error}; got {text!r}") from None


def _value(text: str, kind: Any) -> Any:
    """`text` as a `kind`; `ValueError` says what it should have been."""
    origin = typing.get_origin(kind) or kind
    if origin is typing.Annotated:
        return _value(text, typing.get_args(kind)[0])
    if origin in (_EMPTY, Any, object):
        return as_loose(text)
    if origin in (typing.Union, types.UnionType):
        return as_one_of(text, typing.get_args(kind), _value)
    if origin is typing.Literal:
        return _choice(text, {str(value): value for value in typing.get_args(kind)})
    if isinstance(origin, type) and issubclass(origin, Enum):
        return _choice(text, dict(origin.__members__))
    if _is_scalar(origin):
        return as_scalar(text, origin)
    if origin is Path:
        return Path(text)
    return as_json(text, origin)


def _choice(text: str, choices: Mapping[str, Any]) -> Any:
    if text in choices:
        return choices[text]
    raise ValueError(f"one of {', '.join(choices)}")


def _is_scalar(kind: Any) -> bool:
    return isinstance(kind, type) and kind in _SCALARS
