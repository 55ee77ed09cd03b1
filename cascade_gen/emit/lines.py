"""Writes what a generated function does when it fails, and the table that says where its lines come from.

    except BaseException as failure:
        relocate(failure, _lines)
        raise


    _lines = (("half", "agents.crawl:half", "agents/crawl.py", "x", "2=17"),)

`runtime/tracebacks.py` says what stands in the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from types import CodeType
from typing import TYPE_CHECKING

import libcst as cst

from cascade_gen.tasks.source import plain_function

from . import nodes
from .nodes import Statement
from .places import Origin, Span
from .wrap import is_long

if TYPE_CHECKING:
    from .function import Emitter

_LONGEST = 72
"""What a text of lines may take of a row that stands on several."""

_BEFORE = re.compile(r" *(?:return |[\w, ()]+ = )?(?:await )?")
"""What may stand before an expression that fills the rest of its line."""


class Table:
    """The table of one module, made when the body of its function is known.

    `needed`: there is something of the user's in the function that may fail.
    """

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self.needed = emitter.fails
        self._word = emitter.lines() if self.needed else ""
        self._moved: dict[Origin, list[str]] = {}

    def guarded(self, body: Sequence[Statement]) -> list[Statement]:
        """The body with a handler around it that costs nothing until something fails."""
        if not self.needed:
            return list(body)
        emitter = self._emitter
        failure = emitter.names.local("failure")
        relocate = emitter.runtime("tracebacks", "relocate")
        told = nodes.expression(nodes.raw(f"{relocate}({failure}, {self._word})"))
        handler = cst.ExceptHandler(
            nodes.block([told, nodes.line(cst.Raise())]),
            nodes.name(emitter.names.builtin("BaseException")),
            cst.AsName(cst.Name(failure)),
        )
        return [cst.Try(nodes.block(body), [handler])]

    def held_open(self) -> list[Statement]:
        """The assignment in whose place the table will stand."""
        return [nodes.assign(self._word, nodes.raw("()"))] if self.needed else []

    def fill(self, text: str, function: str) -> str:
        """The text of the module with the table in it; the user's text is in its places already."""
        if not self.needed:
            return text
        head = f"\n{'async ' * self._emitter.blueprint.is_async}def {function}("
        first = text.count("\n", 0, text.index(head)) + 2
        self._moved = by_origin(self._emitter.places.spans, text.split("\n"), first)
        before, empty, after = text.rpartition(f"\n{self._word} = ()\n")
        assert empty
        return f"{before}\n{self._text()}{after}"

    def _text(self) -> str:
        emitter = self._emitter
        called = [(emitter.tasks[key].name, word) for key, word in emitter.functions.items()]
        rows = [[nodes.quoted(name), word] for name, word in (*called, *emitter.directs.values())]
        for origin, lines in self._moved.items():
            rows.append([nodes.quoted(one) for one in (*self._heading(origin), *chunks(lines))])
        return table_text(self._word, rows) + "\n"

    def _heading(self, origin: Origin) -> tuple[str, str, str, str]:
        code = self._codes.get((origin.task, origin.module))
        function = origin.task if code is None else code.co_name
        return origin.task, f"{origin.module}:{function}", origin.file, origin.inputs

    @cached_property
    def _codes(self) -> dict[tuple[str, str], CodeType]:
        """The code of the functions that moved text may be of, by the names of tasks and modules."""
        blueprint = self._emitter.blueprint
        found: dict[tuple[str, str], CodeType] = {}
        for ref in blueprint.tasks:
            task = blueprint.bound_tasks.get(ref.key)
            function = None if task is None else plain_function(task.func)
            if function is not None:
                found.setdefault((ref.name, function.__module__ or ""), function.__code__)
        return found


def table_text(word: str, rows: Sequence[Sequence[str]]) -> str:
    """The assignment of a table; `rows` are the expressions in each row."""
    text = f"{word} = ({', '.join(map(_row, rows))}{',' * (len(rows) == 1)})"
    return f"{word} = (\n{''.join(map(_line, rows))})" if is_long(text) else text


def _row(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)})"


def _line(parts: Sequence[str]) -> str:
    """A row on a line of its own, or on several, as black has it."""
    text = f"    {_row(parts)},\n"
    if not is_long(text.rstrip("\n")):
        return text
    return "    (\n" + "".join(f"        {one},\n" for one in parts) + "    ),\n"


def chunks(lines: Sequence[str]) -> Iterator[str]:
    """The ranges in texts that aren't too long."""
    text = ""
    for one in lines:
        if text and len(text) + len(one) >= _LONGEST:
            yield text
            text = ""
        text += f" {one}" if text else one
    yield text


def by_origin(spans: Sequence[Span], text: Sequence[str], first: int) -> dict[Origin, list[str]]:
    """The ranges of each origin, in the order of the text; lines are counted from `first`."""
    whole = {one.line for one in spans if not one.end}
    found: dict[Origin, list[_Range]] = {}
    before: _Range | None = None
    for span in sorted(spans, key=attrgetter("line", "start")):
        origin = span.origin
        columns = _columns(span, text[span.line - 1], span.line in whole) if span.end else ""
        if before is None or origin is not before.origin:
            before = found[origin][-1] if origin in found else None
        for line, there in enumerate(span.user_lines, span.line - first):
            if not (there or span.end):  # nobody's line
                continue
            if before is None or columns or not before.takes(line, there):
                before = _Range(origin, line, there, columns)
                found.setdefault(origin, []).append(before)
    return {origin: list(map(str, ranges)) for origin, ranges in found.items()}


class _Range:
    """Lines that stand one after the other, and the lines of the user's that they stand for."""

    __slots__ = ("_begin", "_columns", "_end", "_first", "_last", "origin")

    def __init__(self, origin: Origin, line: int, there: int, columns: str) -> None:
        self.origin = origin
        self._first = self._last = line
        self._begin = self._end = there
        self._columns = columns

    def takes(self, line: int, there: int) -> bool:
        """Take the next line, if it is in step with the lines there, or all of them stand for one."""
        if self._columns or line != self._last + 1:
            return False
        same = there == self._begin == self._end
        if not same and (there != self._end + 1 or self._end - self._begin != self._last - self._first):
            return False
        self._last, self._end = line, there
        return True

    def __str__(self) -> str:
        here = str(self._first) if self._first == self._last else f"{self._first}-{self._last}"
        there = str(self._begin) if self._begin == self._end else f"{self._begin}-{self._end}"
        return f"{here}{self._columns}={there}"


def _columns(span: Span, line: str, in_body: bool) -> str:
    """The columns of a span in bytes; none where it is the one thing on its line that may fail."""
    before, behind = line[: span.start], line[span.end :]
    if not in_body and not behind and _BEFORE.fullmatch(before):
        return ""
    start = len(before.encode())
    return f"[{start}:{start + len(line[span.start : span.end].encode())}]"
