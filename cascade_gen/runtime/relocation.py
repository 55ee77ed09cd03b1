"""Rebuilds tracebacks: the user's entries stay, those of moved code become the user's, all others go."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from types import CodeType, TracebackType

from .astray import sender
from .errors import CascadeError
from .failures import WORKERS, found_in, tell
from .frames import chained, entries, is_debugged, is_house, is_machinery, traceback_of
from .overdue import overdue
from .stand_ins import defined, returned_from, stand_in
from .tracebacks import Lines
from .user_lines import Place, UserLines

_GRAPHS = ("InterpretedShapes._walk", "PlainCalls.", "PlainAsyncCalls.")
"""What runs the graphs that a redirect leads to: what fails there is no fault of the redirect.

Compiled graphs say themselves what fails there.
"""

_SAID = (CascadeError, TypeError, ValueError, OSError)
"""What Cascade raises to say that its input is wrong, that something took too long, or can't be written."""


def relocate(error: BaseException, lines: Lines) -> None:
    """See `tracebacks.relocate`."""
    first = traceback_of(error)
    if first is None:
        return
    linecache.checkcache(first.tb_frame.f_code.co_filename)  # it may have been saved anew under this name
    table = UserLines(first.tb_frame.f_code, lines)
    others, shared = chained(error), _sharing(error)
    for one in (error, *others):
        _tell_overdue(one, table)
    if isinstance(error, Exception):  # a cancellation or Ctrl-C is nobody's failure
        try:  # noqa: SIM105  # contextlib takes long to import
            tell(error, table)
        except Exception:  # it may refuse notes
            pass
        find = table.find
    else:
        find = table.find_near
    _rebuild(error, find, table.is_generated)
    for one in others:
        if any(one is other for other in shared) or any(
            table.is_generated(entry.tb_frame.f_code) for entry in entries(one)
        ):
            _rebuild(one, table.find, table.is_generated)
            _drop_house(one)


def say(error: BaseException, lines: Lines) -> None:
    """See `tracebacks.say`."""
    first = traceback_of(error)
    if first is not None:
        frame = first.tb_frame
        outermost = frame.f_globals.get(frame.f_code.co_qualname.partition(".")[0])  # rounds have scopes of their own
        _tell_overdue(error, UserLines(getattr(outermost, "__code__", frame.f_code), lines))


def hide(error: BaseException) -> None:
    """See `tracebacks.hide`."""
    for one in _sharing(error):
        _rebuild(one, lambda entry: None, lambda code: False)
        _drop_house(one)


def _sharing(error: BaseException) -> list[BaseException]:
    """An exception, and those it is chained with that come from a call which it has left as well."""
    frames = {id(entry.tb_frame) for entry in entries(error)}
    shared = [error]
    for one in chained(error):
        own = {id(entry.tb_frame) for entry in entries(one)}
        if own & frames:
            frames |= own
            shared.append(one)
    return shared


def _drop_house(error: BaseException) -> None:
    """Leave no entry where none is the user's: the line that called us is where it is wrong."""
    said = isinstance(error, _SAID) or not isinstance(error, Exception)
    if said and not is_debugged() and all(is_house(entry.tb_frame) for entry in entries(error)):
        BaseException.with_traceback(error, None)


def _tell_overdue(error: BaseException, table: UserLines) -> None:
    """Have an exception say what took too long, if it comes from a timeout that the generated function has set."""
    late = overdue(error)
    if late is None or not table.is_generated(late.entered.tb_frame.f_code) or table.find(late.entered):
        return
    seconds = late.seconds()
    late.end_in_wait()
    found = found_in(error, table)
    late.say("" if found is None else found.task, seconds)


def _rebuild(
    error: BaseException,
    find: Callable[[TracebackType], Place | None],
    is_generated: Callable[[CodeType], bool],
) -> None:
    """What is left where nothing is the user's are the entries of the generated function."""
    debug = is_debugged()
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
    _link(error, [*kept, *machinery] or _returned(error) or _handed(error) or generated)


def _returned(error: BaseException) -> list[TracebackType]:
    """The line of a redirect that Cascade itself couldn't follow, where that is known."""
    frames = [entry.tb_frame for entry in entries(error)]
    sent = None
    for frame in frames:
        sent = None if frame.f_code.co_qualname.startswith(_GRAPHS) else sender(frame) or sent
    if sent is None or not is_house(frames[-1]):
        return []
    line = returned_from(sent)
    return [] if line is None else [line]


def _handed(error: BaseException) -> list[TracebackType]:
    """The `def` of what a worker was left with when a timeout or Ctrl-C struck: where in it isn't known."""
    if isinstance(error, Exception) and type(error) is not TimeoutError:
        return []
    frames = [entry.tb_frame for entry in entries(error)]
    workers = (frame for frame in frames if frame.f_code.co_qualname in WORKERS and is_house(frame))
    worker = next(workers, None)
    if worker is None or not is_house(frames[-1]):
        return []
    line = defined(worker.f_locals["func"])
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
