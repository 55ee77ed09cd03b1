"""Reads the table of a generated module: which line of which user's function an entry of a traceback stands for."""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import CodeType, ModuleType, TracebackType
from typing import Any

from .frames import Position, position
from .tracebacks import Lines


class Moved:
    """A task whose body has moved into the generated function; `inputs` say how its parameters are called there."""

    __slots__ = ("file", "function", "inputs", "module", "task")

    def __init__(self, task: str, module: str, function: str, file: str, inputs: str) -> None:
        self.task = task
        self.module = module
        self.function = function
        self.file = file
        self.inputs = inputs


class Place:
    """A line of the user's. `file` is None where it isn't there; `name` is what the entry's function is called."""

    __slots__ = ("file", "line", "moved", "name")

    def __init__(self, moved: Moved, file: str | None, line: int, name: str) -> None:
        self.moved = moved
        self.file = file
        self.line = line
        self.name = name


class UserRange:
    """Lines from `first` to `last`, or columns of one, that stand for the user's from `begins` to `ends`."""

    __slots__ = ("begins", "end", "ends", "first", "last", "start")

    def __init__(self, first: int, last: int, begins: int, ends: int, start: int = 0, end: int = 0) -> None:
        self.first = first
        self.last = last
        self.begins = begins
        self.ends = ends
        self.start = start
        self.end = end

    def covers(self, on_one_line: bool, start: int | None, end: int | None) -> bool:
        """Whether the columns of a position on these lines, where they are known, are among those of the range."""
        if not self.end or start is None or end is None:
            return True
        return on_one_line and self.start <= start and end <= self.end

    @property
    def width(self) -> int:
        """What is narrower says it better."""
        return self.end - self.start if self.end else sys.maxsize

    def there(self, line: int) -> int:
        """The user's line of one of these."""
        return min(self.begins + line - self.first, self.ends)


class UserLines:
    """The table of the generated function that runs `code`."""

    def __init__(self, code: CodeType, lines: Lines) -> None:
        self._code = code
        self._inside = f"{code.co_qualname}.<locals>."
        self._ranges: list[tuple[UserRange, Moved]] = []
        self.called: list[tuple[str, Callable[..., Any]]] = []
        self._carried: list[tuple[CodeType, str, list[UserRange]]] = []
        for row in lines:
            if not isinstance(row[1], str):
                self.called.append((row[0], row[1]))
                ranges = [user_range(one) for text in row[3:] for one in text.split()]
                self._carried.extend([(code_of(row[1]), row[2], ranges)] if ranges else [])
                continue
            module, _, function = row[1].partition(":")
            moved = Moved(row[0], module, function.rpartition(".")[2], row[2], row[3])
            self._ranges.extend((user_range(one), moved) for text in row[4:] for one in text.split())

    def is_generated(self, code: CodeType) -> bool:
        """Whether code is of the generated function, or of one in it."""
        if code.co_filename != self._code.co_filename:
            return False
        return code is self._code or code.co_qualname.startswith(self._inside)

    def find(self, entry: TracebackType) -> Place | None:
        """The user's line that an entry stands for, None where it is scaffolding."""
        found = self.covering(position(entry))
        if found is None:
            return None
        moved, line = found
        code = entry.tb_frame.f_code
        name = code.co_name if self._is_users(code) else moved.function
        return Place(moved, _readable(moved, line, entry.tb_frame.f_globals), line, name)

    def find_near(self, entry: TracebackType) -> Place | None:
        """`find` for a run that was interrupted: between two lines of the user's it's the one that comes next."""
        found = self.find(entry)
        if found is not None:
            return found
        line = position(entry)[0] - self._code.co_firstlineno
        later = [(one.first, one.begins, moved) for one, moved in self._ranges if one.first >= line]
        if entry.tb_next is not None or not later:
            return None
        _, begins, moved = min(later, key=lambda one: one[0])
        return Place(moved, _readable(moved, begins, entry.tb_frame.f_globals), begins, moved.function)

    def written(self, entry: TracebackType) -> str:
        """The user's own file and line of an entry of a task that is called, "" where the entry names them itself."""
        first, last, start, end = position(entry)
        for code, file, ranges in self._carried:
            if code.co_filename != entry.tb_frame.f_code.co_filename:
                continue
            line = first - code.co_firstlineno
            found = [one for one in ranges if one.first <= line <= one.last and one.covers(first == last, start, end)]
            if found:
                return f"{file}:{min(found, key=attrgetter('width')).there(line)}"
        return ""

    def is_moved(self, line: int) -> bool:
        """Whether a line of the generated file stands for one of the user's."""
        return self.covering((line, line, None, None)) is not None

    def covering(self, place: Position) -> tuple[Moved, int] | None:
        """The task and the user's line of a position: of what covers it, the narrowest."""
        line = place[0] - self._code.co_firstlineno
        best: tuple[int, Moved, int] | None = None
        for one, moved in self._covering(place):
            if best is None or one.width < best[0]:
                best = one.width, moved, one.there(line)
        return None if best is None else best[1:]

    def is_argument(self, place: Position) -> bool:
        """Whether a position is in an expression that has moved into a line of another body."""
        return len({one.end > 0 for one, _ in self._covering(place)}) > 1

    def _covering(self, place: Position) -> Iterator[tuple[UserRange, Moved]]:
        line, last = place[0] - self._code.co_firstlineno, place[1] - self._code.co_firstlineno
        for one, moved in self._ranges:
            if one.first <= line <= one.last and one.covers(line == last, place[2], place[3]):
                yield one, moved

    def _is_users(self, code: CodeType) -> bool:
        """Whether a lambda or comprehension is of the moved body itself, and not around it."""
        if code is self._code:
            return False
        parts = [one for one in code.co_positions() if one[0] and one[2] != one[3]]
        first = min(((line, column) for line, _, column, _ in parts), default=(0, 0))
        last = max(((line, column) for _, line, _, column in parts), default=(0, 0))
        if not self.is_moved(code.co_firstlineno):
            return False
        return self.covering((first[0] or 0, last[0] or 0, first[1], last[1])) is not None


def code_of(function: Callable[..., Any]) -> Any:
    """The code that a call of a function, a method or an object runs first."""
    own = getattr(function, "__code__", None)
    return own or getattr(vars(type(function)).get("__call__"), "__code__", None)


def user_range(text: str) -> UserRange:
    """`2-5=16-19`, `6-8=20` or `9[15:21]=16`."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?(?:\[(\d+):(\d+)\])?=(\d+)(?:-(\d+))?", text)
    assert match is not None
    first, last, start, end, begins, ends = (int(one or 0) for one in match.groups())
    return UserRange(first, last or first, begins, ends or begins, start, end)


def _readable(moved: Moved, line: int, namespace: Mapping[str, Any]) -> str | None:
    """The name of the user's file, None where that line can't be read.

    In memory the functions themselves say it, as the only ones to know the name of a notebook's cell.
    """
    loaded = sys.modules.get(moved.module)
    own = vars(loaded).get("__file__") if isinstance(loaded, ModuleType) else None
    functions = (task.func for task in namespace.get("__tasks__", {}).values())
    codes = [one.__code__ for one in functions if getattr(one, "__module__", "") == moved.module]
    known = next((one.co_filename for one in codes if one.co_name == moved.function), None)
    for name in (known, own, moved.file):
        if isinstance(name, str) and linecache.getline(name, line):
            return linecache.cache[name][3] if name is moved.file else name  # type: ignore[misc]
    return None
