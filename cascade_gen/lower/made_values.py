"""Values of the standard library and of users' dataclasses, as the calls that make such a value anew."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Made(NamedTuple):
    """A call: what is called, and what it is given by position and by name.

    `changes` says that what it gives may be changed in place, what that holds apart; `is_instance` that its class is
    a dataclass.
    """

    maker: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    changes: bool
    is_instance: bool = False


_Parts = Callable[[Any], tuple[Any, ...]]

_PARTS: dict[str, _Parts] = {
    "builtins.bytearray": lambda value: (bytes(value),),
    "builtins.range": lambda value: (value.start, value.stop, value.step),
    "builtins.slice": lambda value: (value.start, value.stop, value.step),
    "collections.Counter": lambda value: (dict(value),),
    "collections.OrderedDict": lambda value: (list(value.items()),),
    "collections.defaultdict": lambda value: (value.default_factory, dict(value)),
    "collections.deque": lambda value: (list(value),) if value.maxlen is None else (list(value), value.maxlen),
    "datetime.date": lambda value: (value.year, value.month, value.day),
    "datetime.datetime": lambda value: (value.year, value.month, value.day, *_clock(value)),
    "datetime.time": lambda value: _clock(value),
    "datetime.timedelta": lambda value: (value.days, value.seconds, value.microseconds),
    "datetime.timezone": lambda value: value.__getinitargs__(),
    "decimal.Decimal": lambda value: (str(value),),
    "fractions.Fraction": lambda value: (value.numerator, value.denominator),
    "pathlib.PosixPath": lambda value: (value.as_posix(),),
    "pathlib.PurePosixPath": lambda value: (str(value),),
    "pathlib.WindowsPath": lambda value: (value.as_posix(),),
    "re.Pattern": lambda value: (value.pattern, *_flags(value)),
    "uuid.UUID": lambda value: (str(value),),
    "zoneinfo.ZoneInfo": lambda value: (value.key,),
}
"""What a value of each class is made of, in the order of the maker's parameters."""

_NAMED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "datetime.datetime": lambda value: _zone(value),
    "datetime.time": lambda value: _zone(value),
}
"""What is given by name besides."""

_MAKERS: dict[type, Any] = {type(Path()): Path, re.Pattern: re.compile}
"""What gives a value of a class that isn't called itself: which some machines lack, or nobody may call."""


def made_value(value: Any) -> Made | None:
    """The call that makes an equal value. None for anything that isn't surely made by one."""
    kind: Any = type(value)
    name = _name(kind)
    if name in _PARTS:
        if name == "zoneinfo.ZoneInfo" and value.key is None:
            return None
        named = _NAMED[name](value) if name in _NAMED else {}
        changes = name.startswith(("builtins.bytearray", "collections."))
        return Made(_MAKERS.get(kind, kind), _PARTS[name](value), named, changes)
    fields = _fields(value)
    return None if fields is None else Made(kind, (), fields, not kind.__dataclass_params__.frozen, True)


def _name(kind: type) -> str:
    """The class and the module it is imported from, where the standard library hides it in another."""
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"


def _clock(value: Any) -> tuple[int, ...]:
    """Hour and minute, and what is less where there is any."""
    rest = (value.second, value.microsecond) if value.microsecond else (value.second,) if value.second else ()
    return (value.hour, value.minute, *rest)


def _zone(value: Any) -> dict[str, Any]:
    zone = {} if value.tzinfo is None else {"tzinfo": value.tzinfo}
    return zone | ({"fold": value.fold} if value.fold else {})


def _flags(value: re.Pattern[Any]) -> tuple[int, ...]:
    """The flags of a pattern, if they aren't those that it has anyway; none that prints while it compiles."""
    flags = value.flags & ~re.DEBUG
    return () if flags == (re.UNICODE if isinstance(value.pattern, str) else 0) else (int(flags),)


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of an instance of a dataclass that is made of them, and holds nothing else."""
    kind = type(value)
    if "__dataclass_fields__" not in vars(kind) or not _is_made_plainly(kind):
        return None
    names = [one.name for one in dataclasses.fields(kind)]
    if sorted(names) != sorted(list(inspect.signature(kind.__init__).parameters)[1:]):
        return None
    if hasattr(value, "__dict__"):
        held = vars(value)
        return {name: held[name] for name in names} if held.keys() == set(names) else None
    return {name: getattr(value, name) for name in names} if all(hasattr(value, name) for name in names) else None


def _is_made_plainly(kind: Any) -> bool:
    """Whether calling a dataclass does nothing but set its fields."""
    params = kind.__dataclass_params__
    return (
        params.init
        and type(kind).__call__ is type.__call__
        and kind.__new__ is object.__new__
        and not hasattr(kind, "__post_init__")
        and (params.frozen or kind.__setattr__ is object.__setattr__)
    )
