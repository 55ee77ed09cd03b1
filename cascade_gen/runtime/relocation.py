"""Rebuilds tracebacks: the user's entries stay, those of moved code become the user's, all others go."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import CodeType, TracebackType

from .astray import sender
from .errors import CascadeError
from .failures import tell
from .frames import entries, is_house, is_machinery, traceback_of
from .stand_ins import returned_from, stand_in
from .tracebacks import Lines
from .user_lines import Place, UserLines

_GRAPHS = ("CompiledShapes.", "InterpretedShapes.", "PlainCalls.", "PlainAsyncCalls.")
"""What runs the graphs that a redirect leads to: what fails there is no fault of the redirect."""

_SAID = (CascadeError, TypeError, ValueError)
"""What Cascade raises to say that its input is wrong."""


def relocate(error: BaseException, lines: Lines) -> None:
    """See `tracebacks.relocate`."""
    first = traceback_of(error)
    if first is None:
        return
    table = UserLines(first.tb_frame.f_code, lines)
    if isinstance(error, Exception):  # a cancellation or Ctrl-C is nobody's failure
        try:  # noqa: SIM105  # contextlib takes long to import
            tell(error, table)
        except Exception:  # it may refuse notes
            pass
        find = table.find
    else:
        find = table.find_near
    _rebuild(error, find, table.is_generated)
    for one in _chained(error):
        if any(table.is_generated(entry.tb_frame.f_code) for entry in entries(one)):
            _rebuild(one, table.find, table.is_generated)


def hide(error: BaseException) -> None:
    """See `tracebacks.hide`."""
    frames = {id(entry.tb_frame) for entry in entries(error)}
    shared = [one for one in _chained(error) if any(id(entry.tb_frame) in frames for entry in entries(one))]
    for one in (error, *shared):
        _rebuild(one, lambda entry: None, lambda code: False)
        if not _debug() and isinstance(one, _SAID) and all(is_house(entry.tb_frame) for entry in entries(one)):
            BaseException.with_traceback(one, None)  # the line that called us is where it is wrong


def _debug() -> bool:
    return os.environ.get("CASCADE_DEBUG", "0") not in ("", "0")


def _chained(error: BaseException) -> list[BaseException]:
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


def _rebuild(
    error: BaseException,
    find: Callable[[TracebackType], Place | None],
    is_generated: Callable[[CodeType], bool],
) -> None:
    """What is left where nothing is the user's are the entries of the generated function."""
    debug = _debug()
    kept: list[TracebackType] = []
    generated: list[TracebackType] = []
    machinery: list[TracebackType] = []
    inside = True  # in what Cascade calls, not the user
    for entry in entries(error):
        own = is_generated(entry.tb_frame.f_code)
        place = find(entry) if own else None
        if place is not None:
            kept.extend([entry] if debug or place.file is None else [])
            kept.extend([] if place.file is None else [stand_in(error, entry, place)])
            inside = False
        elif own or is_house(entry.tb_frame):
            generated.extend([entry] if own else [])
            kept.extend([entry] if debug else [])
            inside = True
        elif inside and is_machinery(entry.tb_frame):
            machinery.append(entry)
            continue
        else:
            kept.append(entry)
            inside = False
        if not inside:
            machinery.clear()
    _link(error, [*kept, *machinery] or _returned(error) or generated)


def _returned(error: BaseException) -> list[TracebackType]:
    """The line of a redirect that Cascade itself couldn't follow, where that is known."""
    frames = [entry.tb_frame for entry in entries(error)]
    sent = next((found for frame in frames if (found := sender(frame)) is not None), None)
    graphs = any(frame.f_code.co_qualname.startswith(_GRAPHS) for frame in frames)
    if sent is None or graphs or not is_house(frames[-1]):
        return []
    line = returned_from(sent)
    return [] if line is None else [line]


def _link(error: BaseException, kept: list[TracebackType]) -> None:
    """Make these the traceback; the entries stay the very objects."""
    if not kept:
        return
    following: TracebackType | None = None
    for entry in reversed(kept):
        if entry.tb_next is not following:
            entry.tb_next = following
        following = entry
    BaseException.with_traceback(error, following)
