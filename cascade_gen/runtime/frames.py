"""The entries of tracebacks, and whose code they run: looked at by what makes tracebacks fit to be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from types import FrameType, TracebackType

Position = tuple[int, int, int | None, int | None]
"""First and last line of a piece of code, first and last column."""

_HOUSE = ("cascade", "cascade_gen")
_MACHINERY = ("asyncio", "concurrent", "contextlib", "importlib", "multiprocessing", "threading")


def traceback_of(error: BaseException) -> TracebackType | None:
    """The traceback of an exception, whatever its class makes of attributes."""
    found: TracebackType | None = vars(BaseException)["__traceback__"].__get__(error)
    return found


def entries(error: BaseException) -> Iterator[TracebackType]:
    """The entries of an exception's traceback, the outermost first."""
    entry = traceback_of(error)
    while entry is not None:
        yield entry
        entry = entry.tb_next


def chained(error: BaseException) -> list[BaseException]:
    """The causes, contexts and members of an exception, itself left out."""
    seen = {id(error)}
    found: list[BaseException] = []
    pending = [error]
    while pending:
        one = pending.pop()
        members = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        for other in (one.__cause__, one.__context__, *members):
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                found.append(other)
                pending.append(other)
    return found


def is_debugged() -> bool:
    """Whether all entries are to stay where they were."""
    return os.environ.get("CASCADE_DEBUG", "0") not in ("", "0")


def is_house(frame: FrameType) -> bool:
    """Whether a frame runs Cascade's own code. In a standalone file it can't be told from the user's."""
    return _package(frame) in _HOUSE


def is_machinery(frame: FrameType) -> bool:
    """Whether a frame is of what the standard library runs others with: event loops, threads, context managers."""
    return _package(frame) in _MACHINERY


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def position(entry: TracebackType) -> Position:
    """Where in its file an entry has failed; columns count the bytes in UTF-8."""
    found = next(islice(entry.tb_frame.f_code.co_positions(), entry.tb_lasti // 2, None), None)
    if found is None or found[0] is None:
        return entry.tb_lineno, entry.tb_lineno, None, None
    return found[0], found[1] or found[0], found[2], found[3]
