"""Whether arguments bind to a signature, and what Python says if they don't."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cascade_gen.errors import did_you_mean
from cascade_gen.lang import Task, Workflow
from cascade_gen.runtime.binding import make_binder
from cascade_gen.tasks.tail_calls import Arguments

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why arguments don't bind: in Python's words, with the argument to point at (None: what isn't there)."""

    message: str
    node: ast.expr | ast.keyword | None
    hint: str


def misfit(target: Task[..., Any] | Workflow[..., Any], arguments: Arguments, optional: bool) -> Misfit | None:
    """What keeps arguments from binding to the signature of `target`; None if they bind, or if they may.

    With `optional` every parameter may be left out: it has a value already.
    """
    parameters = target.signature.parameters
    blamed = _surplus(parameters, arguments) or _wrong_word(parameters, arguments)
    missing = [] if optional or not arguments.complete else _missing(parameters, arguments)
    if blamed is None and not missing:
        return None
    called = target.called if isinstance(target, Task) else target.func.__qualname__
    message = _in_pythons_words(called, target.signature, arguments, missing)
    if message is None:
        return None
    return Misfit(message, blamed, _hint(target, blamed))


def _surplus(parameters: Mapping[str, inspect.Parameter], arguments: Arguments) -> ast.expr | None:
    """The first positional argument that no parameter takes."""
    kinds = [one.kind for one in parameters.values()]
    places = sum(kind in _POSITIONAL for kind in kinds)
    if inspect.Parameter.VAR_POSITIONAL in kinds or len(arguments.positional) <= places:
        return None
    return arguments.positional[places]


def _wrong_word(parameters: Mapping[str, inspect.Parameter], arguments: Arguments) -> ast.expr | ast.keyword | None:
    """The first keyword that no parameter takes, or that is given by position already."""
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    by_position = [name for name, one in parameters.items() if one.kind in _POSITIONAL][: len(arguments.positional)]
    for word, node in arguments.keywords:
        parameter = parameters.get(word)
        known = parameter is not None and parameter.kind in _NAMED
        if (not known and not takes_any) or (known and word in by_position):
            return node
    return None


def _missing(parameters: Mapping[str, inspect.Parameter], arguments: Arguments) -> list[str]:
    """The parameters that must be given and aren't."""
    words = {word for word, _ in arguments.keywords}
    positional = [name for name, one in parameters.items() if one.kind in _POSITIONAL]
    given = {*positional[: len(arguments.positional)], *words}
    return [
        name
        for name, one in parameters.items()
        if one.kind not in _SEVERAL and one.default is one.empty and name not in given
    ]


def _in_pythons_words(
    called: str, signature: inspect.Signature, arguments: Arguments, missing: Iterable[str]
) -> str | None:
    """The text of the `TypeError` that binding gives: `missing` is left out, whatever else may be is filled in."""
    named = [name for name, one in signature.parameters.items() if one.kind in _NAMED]
    positional = [name for name, one in signature.parameters.items() if one.kind in _POSITIONAL]
    words = {word: None for word, _ in arguments.keywords}
    taken = {*positional[: len(arguments.positional)], *words, *missing}
    filled = {name: None for name in named if name not in taken}
    try:
        make_binder(called, signature)(*arguments.positional, **filled, **words)
    except TypeError as error:
        return str(error).partition(". Did you mean")[0]  # later versions of Python add it; the hint has it anyway
    return None


def _hint(target: Task[..., Any] | Workflow[..., Any], blamed: ast.expr | ast.keyword | None) -> str:
    names = [name for name, one in target.signature.parameters.items() if one.kind not in _SEVERAL]
    word: object = None
    if isinstance(blamed, ast.keyword):
        word = blamed.arg
    elif isinstance(blamed, ast.Constant):  # a key of a dict
        word = blamed.value
    inputs = ", ".join(names) or "none"
    return f"{did_you_mean(word, names)}the inputs of {target.name!r} are: {inputs}"
