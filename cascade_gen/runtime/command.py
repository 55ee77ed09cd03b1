"""Runs a compiled function as a command: its inputs are options, its result goes to standard output.

The command line is parsed here where it is plain, since argparse takes longer to import than small workflows to run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .inputs import Converted, as_json, as_loose, as_one_of, as_scalar, convert
from .json_text import read_json
from .sentinels import MISSING
from .shown import shown
from .tracebacks import hide

if TYPE_CHECKING:
    from argparse import ArgumentParser

_SIMPLE = {"int": int, "float": float, "bool": bool, "str": str}
_PLAIN: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}
_CONTAINERS = {"list": list, "dict": dict, "tuple": tuple, "set": set, "frozenset": frozenset}
_STARS = {"*": "list", "**": "dict"}  # what gives several arguments is read as
_TYPES: dict[str, Any] = {**_SIMPLE, **_CONTAINERS, "None": type(None)}
_Input = tuple[str, Any, Any]
"""How a call gives a parameter ("" by name, "/" by position, "*" and "**"), its default (MISSING: it has none, and
`*` and `**` need none), and its annotation."""


def command(
    function: Callable[..., Any],
    about: Mapping[str, str] | None = None,
    types: Mapping[str, Callable[[str], Any]] | None = None,
) -> None:
    """Parse the command line by the signature of `function`, run it, print the result, and exit.

    `about` describes inputs, by name. `types` are those of the `Param`s that no annotation names. What they can't
    convert is wrong usage, so they are asked here, once: the function is given what they have made, as `Converted`.
    Exit codes: 0 done, 1 the workflow failed, 2 wrong usage, 130 interrupted.
    """
    args: list[Any] = []
    kwargs = None if types else _plain_inputs(function, sys.argv[1:])
    if kwargs is None:
        args, kwargs = _all_inputs(function, about or {}, types or {})
    try:
        result = _called(function, args, kwargs)
        text = None if result is None else shown(result)
    except (Exception, KeyboardInterrupt) as error:
        code = _failed(error)
    else:
        code = 0 if text is None else _printed(text)
    sys.exit(code)


def _failed(error: BaseException) -> int:
    """The exit code for what the workflow has raised, which is told."""
    if isinstance(error, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return 130
    import traceback

    hide(error)
    traceback.print_exc()
    return 1


def _printed(text: str) -> int:
    """Print a result; the exit code."""
    try:
        print(text, flush=True)
    except (OSError, UnicodeEncodeError) as error:
        return _unprinted(text, error)
    return 0


def _unprinted(text: str, error: OSError | UnicodeEncodeError) -> int:
    """The exit code where standard output didn't take a result. What it has no letters for is escaped."""
    if isinstance(error, UnicodeEncodeError):
        encoding = sys.stdout.encoding
        return _printed(text.encode(encoding, "backslashreplace").decode(encoding))
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered must not fail again at exit
    if not isinstance(error, BrokenPipeError):  # there whoever read the output has left
        print(f"can't print the result: {error.strerror or error}", file=sys.stderr)
    return 1


def _called(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What a function returns, be it async or not."""
    if not function.__code__.co_flags & 0x80:  # `inspect.CO_COROUTINE`
        return function(*args, **kwargs)
    from .wait import wait  # asyncio, which sync modules do without

    return wait(lambda: function(*args, **kwargs))


def _plain_inputs(function: Any, arguments: list[str]) -> dict[str, Any] | None:
    """The inputs where each is given by name, as a number, a text, or JSON; None for what takes more care."""
    code, given = function.__code__, {}
    rest = iter(arguments)
    for argument in rest:
        option, equals, text = argument.partition("=")
        hint = function.__annotations__.get(option[2:])
        word = getattr(hint, "__name__", hint)
        kind = _PLAIN.get(word) or _other(word)
        if not equals:
            text = next(rest, "-")
        if kind is None or option[:2] != "--" or (not equals and text[:1] == "-"):
            return None
        try:
            given[option[2:]] = kind(text)
        except ValueError:
            return None
    count = code.co_argcount
    names = code.co_varnames[: count + code.co_kwonlyargcount]
    needed = {*names[: count - len(function.__defaults__ or ())], *names[count:]}
    needed.difference_update(_optional(function.__kwdefaults__ or {}))
    return given if needed <= given.keys() <= {*names[code.co_posonlyargcount :]} else None


def _optional(defaults: Mapping[str, Any]) -> Iterable[str]:
    """Which of the parameters with these defaults may be left out: a `Param` that must be given has MISSING."""
    return [name for name, default in defaults.items() if default is not MISSING]


def _other(hint: Any) -> Callable[[str], Any] | None:
    """What reads an input that is no number or text: JSON, if anything does by itself."""
    kind = str(hint).partition("[")[0]
    if kind not in ("dict", "list") or "|" in str(hint):
        return None

    def read(text: str) -> Any:
        value = read_json(text)
        if type(value).__name__ != kind:
            raise ValueError  # JSON of another kind
        return value

    return read


def _all_inputs(
    function: Any, about: Mapping[str, str], types: Mapping[str, Callable[[str], Any]]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of the call, whatever the command line; exits where it is wrong, or asks for help."""
    inputs = _inputs(function, types)
    given = _pairs(inputs, sys.argv[1:])
    if given is None:
        given = vars(_parser(function, inputs, about).parse_args())
    try:
        args, kwargs = _values(inputs, given)
        read = {one: Converted(convert(one, kwargs[one], kind)) for one, kind in types.items() if one in kwargs}
        return args, kwargs | read
    except ValueError as error:
        wrong = str(error)
    return _parser(function, inputs, about).error(wrong)


def _inputs(function: Any, texts: Iterable[str]) -> dict[str, _Input]:
    """The parameters of a function, as `inspect` would tell them, which takes long to import.

    `texts` are those that are given as texts, whatever their annotation.
    """
    code, hints = function.__code__, function.__annotations__
    count, several = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    kinds = ["/"] * code.co_posonlyargcount + [""] * (several - code.co_posonlyargcount)
    kinds += ["*"] * bool(code.co_flags & 4) + ["**"] * bool(code.co_flags & 8)
    names = code.co_varnames[: len(kinds)]
    values = function.__defaults__ or ()
    defaults = dict(zip(names[count - len(values) : count], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    hints = hints | {name: _STARS[kind] for name, kind in zip(names, kinds, strict=True) if kind in _STARS}
    hints |= dict.fromkeys(texts, "str")
    return {
        name: (kind, defaults.get(name, MISSING), hints.get(name, ""))
        for name, kind in zip(names, kinds, strict=True)
    }


def _is_needed(one: _Input) -> bool:
    """Whether a parameter must be given."""
    kind, default, _ = one
    return default is MISSING and kind not in _STARS


def _pairs(inputs: Mapping[str, _Input], arguments: list[str]) -> dict[str, str] | None:
    """The texts of `--name value` and `--name=value`; None for anything that needs a real parser."""
    given: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        option, equals, value = argument.partition("=")
        name = option[2:].replace("-", "_") if option[:2] == "--" else ""
        if name not in inputs and option[2:] not in inputs:
            return None
        if not equals:
            value = next(rest, "-")
            if value[:1] == "-":
                return None
        given[name if name in inputs else option[2:]] = value
    needed = {name for name, one in inputs.items() if _is_needed(one)}
    return given if given.keys() >= needed else None


def _parser(function: Any, inputs: Mapping[str, _Input], about: Mapping[str, str]) -> ArgumentParser:
    from argparse import SUPPRESS, ArgumentParser

    text = (function.__doc__ or "").strip().partition("\n")[0]
    # "resolve": an input may be called `help`; -h is left for what it was.
    parser = ArgumentParser(
        description=text, allow_abbrev=False, argument_default=SUPPRESS, conflict_handler="resolve"
    )
    for name, (_, default, annotation) in inputs.items():
        words = [about[name]] if name in about else []
        words.append(_kind(annotation))
        if default is not MISSING:
            words.append(f"default {default!r}")
        parser.add_argument(
            *dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}")),
            dest=name,
            required=_is_needed(inputs[name]),
            metavar=_kind(annotation).upper(),
            help=", ".join(words).replace("%", "%%"),
        )
    return parser


def _kind(annotation: Any) -> str:
    """What an input is read as, the first simple type of its annotation; "json" where there is none."""
    return next((word for word in _kinds(annotation) if word in _SIMPLE), "json")


def _kinds(annotation: Any) -> list[str]:
    """The names of the types that an annotation allows, which is a union where they are several."""
    text, depth, outside = annotation.__name__ if isinstance(annotation, type) else str(annotation), 0, ""
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        outside += letter if depth == 0 and letter != "]" else ""
    return [word.strip() for word in outside.split("|")]


def _values(inputs: Mapping[str, _Input], given: Mapping[str, str]) -> tuple[list[Any], dict[str, Any]]:
    """The values for a call, converted by their annotations."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, (kind, _, annotation) in inputs.items():
        if name in given:
            value = _value(name, annotation, given[name])
            if kind == "/":
                args.append(value)
            elif kind == "*":
                args.extend(value)
            else:
                kwargs.update(value if kind == "**" else {name: value})
    return args, kwargs


def _value(name: str, annotation: Any, text: str) -> Any:
    """The value of an input; `ValueError` says what it takes."""
    kinds = _kinds(annotation)
    if kinds[0] in _SIMPLE and len(kinds) == 1:
        return convert(name, text, _SIMPLE[kinds[0]])
    types = [_TYPES.get(word, word) for word in kinds]
    try:
        return as_one_of(text, types, _typed) if len(types) > 1 else _typed(text, types[0])
    except ValueError as error:
        raise ValueError(f"the input {name!r} takes {error}; got {text!r}") from None


def _typed(text: str, kind: Any) -> Any:
    """A text as one of `_TYPES`, or as what an annotation names otherwise."""
    if kind in ("", "object"):
        return as_loose(text)
    return as_scalar(text, kind) if kind in _SIMPLE.values() else as_json(text, kind)
