"""Runs a compiled function as a command: its inputs are options, its result goes to standard output.

The command line is parsed here where it is plain, since argparse takes longer to import than small workflows to run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

from .inputs import Converted, Kind, choices, convert, kind_of_text, read_input
from .json_text import read_json
from .sentinels import MISSING
from .shown import shown
from .tracebacks import hide

if TYPE_CHECKING:
    from argparse import ArgumentParser

_PLAIN: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}
_BRACKETS = frozenset("[]()")  # argparse takes usage apart at them
_FROM_JSON = (object, list, dict, tuple, set, frozenset)
_STARS: dict[str, Kind] = {"*": list, "**": dict}  # what gives several arguments is read as
_Input = tuple[str, Any, Kind]
"""How a call gives a parameter ("" by name, "/" by position, "*" and "**"), its default (MISSING: it has none, and
`*` and `**` need none), and what it is read as."""

PlainKinds = tuple[Mapping[str, Callable[[str], Any] | None], Set[str]]
"""What reads the inputs, by their options, None where that takes more care; and the names of those to be given."""


def command(
    function: Callable[..., Any],
    about: Mapping[str, str] | None = None,
    types: Mapping[str, Callable[[str], Any]] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Parse the command line by the signature of `function`, run it, print the result, and exit.

    `about` describes inputs, by name; `kinds` is what they are read as where no annotation says it. `types` are
    those of the `Param`s that no annotation names. What they can't convert is wrong usage, so they are asked here,
    once: the function is given what they have made, as `Converted`.
    Exit codes: 0 done, 1 the workflow failed, 2 wrong usage, 130 interrupted.
    """
    args: list[Any] = []
    kwargs = None if types else _plain_inputs(function, sys.argv[1:])
    if kwargs is None:
        args, kwargs = _all_inputs(function, about or {}, types or {}, kinds or {})
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
    kinds, needed = _plain_kinds(function)
    given = {}
    rest = iter(arguments)
    for argument in rest:
        option, equals, text = argument.partition("=")
        if not equals:
            text = next(rest, "-")
        kind = kinds.get(option)
        if kind is None or (not equals and text[:1] == "-"):
            return None
        try:
            given[option[2:]] = kind(text)
        except ValueError:
            return None
    return given if needed <= given.keys() else None


def _plain_kinds(function: Any) -> PlainKinds:
    code, hints = function.__code__, _hints(function)
    count = code.co_argcount
    names = code.co_varnames[: count + code.co_kwonlyargcount]
    needed = {*names[: count - len(function.__defaults__ or ())], *names[count:]}
    needed.difference_update(_optional(function.__kwdefaults__ or {}))
    kinds: dict[str, Callable[[str], Any] | None] = {}
    for name in names[code.co_posonlyargcount :]:
        hint = hints.get(name)
        word: Any = getattr(hint, "__name__", hint)
        kinds[f"--{name}"] = _PLAIN.get(word) or _other(word)
    return kinds, needed


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
    function: Any,
    about: Mapping[str, str],
    types: Mapping[str, Callable[[str], Any]],
    kinds: Mapping[str, Kind],
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of the call, whatever the command line; exits where it is wrong, or asks for help."""
    inputs = _inputs(function, {**kinds, **dict.fromkeys(types, str)})
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


def _inputs(function: Any, kinds: Mapping[str, Kind]) -> dict[str, _Input]:
    """The parameters of a function, as `inspect` would tell them, which takes long to import.

    `kinds` is what some are read as, whatever their annotation.
    """
    code = function.__code__
    count, several = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    ways = ["/"] * code.co_posonlyargcount + [""] * (several - code.co_posonlyargcount)
    ways += ["*"] * bool(code.co_flags & 4) + ["**"] * bool(code.co_flags & 8)
    names = code.co_varnames[: len(ways)]
    values = function.__defaults__ or ()
    defaults = dict(zip(names[count - len(values) : count], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    read = {name: kind_of_text(_text(hint)) for name, hint in _hints(function).items()}
    read |= {name: _STARS[way] for name, way in zip(names, ways, strict=True) if way in _STARS}
    read |= kinds
    return {
        name: (way, defaults.get(name, MISSING), read.get(name, object))
        for name, way in zip(names, ways, strict=True)
    }


def _hints(function: Any) -> dict[str, Any]:
    """The annotations of Python's own types; those of others are text for type checkers: `"_mail.Inbox"`."""
    known = function.__annotations__.items()
    return {name: hint for name, hint in known if type(hint) is not str or "." not in hint.replace("...", "")}


def _text(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _is_needed(one: _Input) -> bool:
    """Whether a parameter must be given."""
    way, default, _ = one
    return default is MISSING and way not in _STARS


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

    class Parser(ArgumentParser):
        def print_help(self, file: Any = None) -> None:
            self.exit(_printed(self.format_help().rstrip()))

    text = (function.__doc__ or "").strip().partition("\n")[0]
    # "resolve": an input may be called `help`; -h is left for what it was.
    parser = Parser(description=text, allow_abbrev=False, argument_default=SUPPRESS, conflict_handler="resolve")
    for name, (_, default, kind) in inputs.items():
        kinds = _words(kind)
        metavar = "|".join(one.upper() if one.isalpha() else one for one in kinds)
        words = [*([about[name]] if name in about else []), " or ".join(kinds)]
        if default is not MISSING:
            words.append(f"default {_named(default) or repr(default)}")
        parser.add_argument(
            *dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}")),
            dest=name,
            required=_is_needed(inputs[name]),
            metavar="CHOICE" if set(metavar) & _BRACKETS else metavar,
            help=", ".join(words).replace("%", "%%"),
        )
    return parser


def _named(value: Any) -> str:
    """The name by which a member of an enumeration is read; "" for other values."""
    return getattr(value, "name", None) or "" if hasattr(type(value), "__members__") else ""


def _words(kind: Kind) -> list[str]:
    """What an input is read as, a word for each of several kinds; JSON last, as whatever else it may be."""
    if type(kind) is tuple:
        words = dict.fromkeys(word for one in kind if one is not None for word in _words(one))
        return sorted(words, key="json".__eq__) or ["json"]
    known = choices(kind)
    if known is not None:
        return ["{" + ",".join(known) + "}"]
    is_json = type(kind) is str or kind in _FROM_JSON
    return ["json" if is_json else kind.__name__.lower()]


def _values(inputs: Mapping[str, _Input], given: Mapping[str, str]) -> tuple[list[Any], dict[str, Any]]:
    """The values for a call."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, (way, _, kind) in inputs.items():
        if name in given:
            value = read_input(name, given[name], kind)
            if way == "/":
                args.append(value)
            elif way == "*":
                args.extend(value)
            else:
                kwargs.update(value if way == "**" else {name: value})
    return args, kwargs
