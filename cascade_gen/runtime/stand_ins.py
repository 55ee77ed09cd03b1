"""Makes entries of tracebacks for lines that ran elsewhere.

An entry needs a frame, and a frame its code: that of a generator is given the user's file, line, function and
variables, called and never run. Jinja does likewise for its templates, with code that runs and fails; that would
hold on to the frames of this module.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, ModuleType, TracebackType
from typing import Any

from .astray import Sender, defined_in, written_in
from .frames import position
from .user_lines import Place

Passed = tuple[str, str, str, str, int, tuple[int, int] | None]
"""An entry of another process: its file, module, function, the function's qualified name, line and columns."""

_ALIAS = rb"(?<![\w.])_\w+\."
"""The name of a user's module, which moved code needs before each of its globals."""

_LINE_ONLY, _WITH_COLUMNS = 13, 14  # kinds of entries in `co_linetable`: CPython's Objects/locations.md


def stand_in(error: BaseException, entry: TracebackType, place: Place) -> TracebackType:
    """An entry of the user's line, with the variables of the frame that has failed in its stead."""
    assert place.file is not None
    columns = _columns(entry, place.file, place.line)
    namespace = _namespace(place.moved.module)
    return _entry(place.file, place.name, place.line, columns, variables(error, entry), namespace)


def passed(lines: Sequence[Passed]) -> TracebackType | None:
    """The traceback of an exception that has passed these lines in another process; what they had stays there."""
    following = None
    for file, module, name, qualname, line, columns in reversed(lines):
        entry = _entry(file, name, line, columns, {}, _namespace(module), qualname)
        entry.tb_next = following
        following = entry
    return following


def returned_from(sent: Sender) -> TracebackType | None:
    """An entry of the line in which a task has returned a redirect, if there is one place only where it can be."""
    place = written_in(sent)
    if place is None:
        return None
    func = sent.state.func
    line, last, start, end = place
    columns = None if last != line or start is None or end is None else (start, end)
    return _entry(func.__code__.co_filename, func.__name__, line, columns, sent.inputs, func.__globals__)


def defined(function: Any) -> TracebackType | None:
    """An entry of the line of a function's `def`, None for what is written elsewhere or in C."""
    function = getattr(function, "func", function)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    return _entry(code.co_filename, code.co_name, defined_in(code), None, {}, function.__globals__)


def _namespace(module: str) -> dict[str, Any]:
    """The globals of a module, if it is loaded."""
    loaded = sys.modules.get(module)
    return vars(loaded) if isinstance(loaded, ModuleType) else {"__name__": module}


def _entry(
    file: str,
    name: str,
    line: int,
    columns: tuple[int, int] | None,
    variables: dict[str, Any],
    namespace: dict[str, Any],
    qualname: str = "",
) -> TracebackType:
    """An entry that shows a line of a function."""
    values = {name: value for name, value in variables.items() if name.isidentifier()}
    code = _never_run.__code__
    code = code.replace(
        co_filename=file,
        co_name=name,
        co_qualname=qualname or name,
        co_firstlineno=line,
        co_varnames=tuple(values),
        co_nlocals=len(values),
        co_argcount=len(values),
        co_linetable=_line_table(len(code.co_code) // 2, columns),
    )
    made = FunctionType(code, namespace)(*values.values())
    return TracebackType(None, made.gi_frame, 0, line)


def _never_run() -> Iterator[None]:
    """What a stand-in's frame seems to run: such a frame needs no caller, and no debugger sees it start."""
    yield


def variables(error: BaseException, entry: TracebackType) -> dict[str, Any]:
    """The variables of an entry's frame, without the exception: it would hold its own traceback."""
    values = entry.tb_frame.f_locals
    own = [name for name, value in values.items() if value is error]
    found = {name: value for name, value in values.items() if value is not error}
    if type(values) is dict:  # before 3.13 the frame keeps this very dict
        for name in own:
            del values[name]
    return found


def _columns(entry: TracebackType, file: str, line: int) -> tuple[int, int] | None:
    """The columns in the user's line of what has failed, where it can be found there as it was written."""
    first, last, start, end = position(entry)
    if first != last or start is None or end is None:
        return None
    there = linecache.getline(file, line).encode()
    here = linecache.getline(entry.tb_frame.f_code.co_filename, first, entry.tb_frame.f_globals).encode()
    if here.strip() == there.strip():
        shift = _margin(there) - _margin(here)
        return start + shift, end + shift
    failed = here[start:end]
    for text in (failed, re.sub(_ALIAS, b"", failed)):
        found = [one.start() for one in re.finditer(rb"(?<!\w)" + re.escape(text) + rb"(?!\w)", there)]
        if len(found) == 1 and text:
            return found[0], found[0] + len(text)
    return None


def _margin(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _line_table(units: int, columns: tuple[int, int] | None) -> bytes:
    """The location table of code that stands on its first line, in columns if they are known."""
    kind, rest = _LINE_ONLY, _varint(0)
    if columns is not None:
        kind, rest = _WITH_COLUMNS, b"".join(map(_varint, (0, 0, columns[0] + 1, columns[1] + 1)))
    lengths = [min(8, units - done) for done in range(0, units, 8)]
    return b"".join(bytes([0x80 | kind << 3 | length - 1]) + rest for length in lengths)


def _varint(value: int) -> bytes:
    """A number in six bits a byte, the lowest first; the seventh says that more follow."""
    found = bytearray()
    while value >= 64:
        found.append(0x40 | value & 63)
        value >>= 6
    return bytes([*found, value])
