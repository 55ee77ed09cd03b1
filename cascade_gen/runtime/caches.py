"""Cache policies that need no disk of their own: a file that a task leaves behind, and a memory cache.

A policy is any object with `check` and `save`, plain or async. `key` is what `keys.cache_key` gives for the
call, `inputs` are its arguments by name.
"""

from __future__ import annotations

import os
import time
from _thread import RLock
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from .quick import quick
from .sentinels import MISS

if TYPE_CHECKING:
    from collections import OrderedDict


_OrderedDict: Any = quick("_collections", "collections", "OrderedDict")


class CachePolicy(Protocol):
    """What `with_cache` takes. Either method may also be a coroutine function, in an async workflow."""

    def check(self, key: str, inputs: Mapping[str, object]) -> object:
        """The value kept for this call, or `MISS`; `None` is a value."""

    def save(self, key: str, inputs: Mapping[str, object], value: object) -> object:
        """Keep `value` for this call. What it gives back is not looked at, unless it is to be awaited."""


class FileExistsCache:
    """A hit as long as a file exists; the value is its `path`, as it was given. `TypeError` for what is no path."""

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str]) -> None:
        os.fspath(path)
        self.path = path

    def __repr__(self) -> str:
        return f"FileExistsCache({self.path!r})"

    def check(self, key: str, inputs: Mapping[str, object]) -> object:
        """The path if there is a file (or a folder) of that name, else `MISS`."""
        return self.path if os.path.exists(self.path) else MISS

    def save(self, key: str, inputs: Mapping[str, object], value: object) -> None:
        """Nothing: it is the task that writes the file."""


class MemoryCache:
    """The `maxsize` values used last (all of them if None), each for at most `ttl` seconds.

    Values are kept as they are, not copied. Threads may share it. `clock` gives seconds. `ValueError` for a
    size or a time that can't be meant.
    """

    __slots__ = ("_clock", "_entries", "_saving", "_touch", "maxsize", "ttl")

    def __init__(
        self,
        maxsize: int | None = 128,
        ttl: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if maxsize is not None and maxsize < 0:
            raise ValueError(f"maxsize must not be negative, but is {maxsize}")
        self.maxsize = maxsize
        self.ttl = checked_ttl(ttl)
        self._clock = clock
        self._entries: OrderedDict[str, tuple[object, float | None]] = _OrderedDict()
        self._touch = self._entries.move_to_end
        self._saving = RLock()  # which the destructor of a value that is dropped may take once more

    def __repr__(self) -> str:
        return f"MemoryCache(maxsize={self.maxsize}, ttl={self.ttl})"

    def __len__(self) -> int:
        return len(self._entries)

    def check(self, key: str, inputs: Mapping[str, object]) -> object:
        """The value saved last for `key`, or `MISS`."""
        # No lock: both steps are atomic, and an entry that goes between them was a hit all the same.
        try:
            value, end = self._entries[key]
        except KeyError:
            return MISS
        if end is not None and self._clock() >= end:
            _drop(self, key, end)
            return MISS
        try:  # noqa: SIM105 - this is the hot path
            self._touch(key)
        except KeyError:
            pass
        return value

    def save(self, key: str, inputs: Mapping[str, object], value: object) -> None:
        """Keep `value`, and let go of what was used longest ago."""
        end = None if self.ttl is None else self._clock() + self.ttl
        with self._saving:
            self._entries[key] = (value, end)
            self._touch(key)
            while self.maxsize is not None and len(self._entries) > self.maxsize:
                self._entries.popitem(last=False)


def _drop(cache: MemoryCache, key: str, end: float) -> None:
    """Remove an entry that has run out, unless it was saved anew meanwhile."""
    with cache._saving:
        entry = cache._entries.get(key)
        if entry is not None and entry[1] == end:
            del cache._entries[key]


def checked_ttl(ttl: float | None) -> float | None:
    """`ttl` itself; `ValueError` unless it is None or a positive number of seconds."""
    if ttl is not None and not ttl > 0:
        raise ValueError(f"ttl must be a positive number of seconds, but is {ttl}")
    return ttl
