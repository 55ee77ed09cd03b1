"""Caches of Cascade's own, as the calls that make such a cache anew."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

_GIVEN = {
    ("cascade_gen.runtime.caches", "MemoryCache"): ("maxsize", "ttl"),
    ("cascade_gen.runtime.caches", "FileExistsCache"): ("path",),
    ("cascade_gen.runtime.disk_cache", "DiskCache"): ("directory", "ttl"),
}
"""The arguments of each class, by its module and name: importing that of `DiskCache` takes long."""


class Making(NamedTuple):
    """A call of a class: its module, its name, its arguments, and those given by name."""

    module: str
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def making(value: object) -> Making | None:
    """The call that makes a cache like this one, as a person would write it: what is left out is the default.

    None for anything else, subclasses and a cache with a clock of its own among it. What a cache holds is no part
    of it.
    """
    kind = type(value)
    names = _GIVEN.get((kind.__module__, kind.__qualname__))
    if names is None:
        return None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name not in names:
            if getattr(value, f"_{parameter.name}") is not parameter.default:
                return None
            continue
        given = getattr(value, parameter.name)
        if parameter.default is parameter.empty:
            args = (*args, given)
        elif type(given) is not type(parameter.default) or given != parameter.default:
            kwargs[parameter.name] = given
    return Making(kind.__module__, kind.__qualname__, args, kwargs)
