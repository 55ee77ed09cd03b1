"""Places for the users' own text in generated code: held open by names, filled when the module's text is there.

A moved expression is held open by an identifier of its own width, so that lines are broken as if it stood there; a
moved body by a line of its own, which is replaced by the body in black's form at that indentation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from . import nodes
from .formatted import Passage, Plain
from .nodes import Expression, Statement

_FIRST = "\U00012000"
_DIGITS = [chr(code) for code in range(0x12001, 0x12040)]
"""Letters of width one that nobody writes programs with; see `nodes.RESERVED`."""

_EXPRESSION = re.compile(rf"{_FIRST}([{_DIGITS[0]}-{_DIGITS[-1]}]+)")
_BODY = re.compile(rf"( *){_FIRST}_(\d+)")
_DROP = re.compile(r"del \w+(, \w+)*")
LONGEST = 56
_CONSTANTS = ("None", "True", "False")


class Origin(NamedTuple):
    """Where moved text comes from: the task, its module and its file.

    `inputs` says what its parameters are called where it has moved to: `x, y=page, z: int`, the last a literal.
    """

    task: str
    module: str
    file: str
    inputs: str = ""


def described(names: Mapping[str, str], known: Mapping[str, str] | None = None) -> str:
    """`Origin.inputs` for what stands for each parameter: the name of a variable, or a literal.

    `known` are the types of literals as far as they are known.
    """
    types = known or {}
    found = []
    for name, text in names.items():
        if text == name:
            found.append(name)
        elif text.isidentifier() and text not in _CONSTANTS and not text.startswith(_FIRST):
            found.append(f"{name}={text}")
        elif kind := types.get(name) or _literal_type(text):
            found.append(f"{name}: {kind}")
    return ", ".join(found)


def _literal_type(text: str) -> str:
    try:
        return type(ast.literal_eval(text)).__name__
    except (ValueError, SyntaxError):
        return ""


class Span(NamedTuple):
    """A stretch of the module's text that stands for a line of the user's: on line `line`, from column `start` to
    `end`. Where `end` is 0 it is the whole line, and as many behind it as there are lines of the user's; 0 stands for
    none of them."""

    line: int
    start: int
    end: int
    origin: Origin
    user_lines: Sequence[int]


class _Body(NamedTuple):
    passage: Passage
    origin: Origin
    is_async: bool
    stable: Callable[[], bool]


class Places:
    """The places of one module."""

    def __init__(self) -> None:
        self._expressions: list[tuple[str, Origin, int]] = []
        self._bodies: list[_Body] = []
        self._last: Statement | None = None
        self.primaries: set[str] = set()
        self.spans: list[Span] = []

    @property
    def used(self) -> bool:
        """Whether anything of the user's is to be filled in."""
        return bool(self._bodies or self._expressions)

    def expression(self, text: str, origin: Origin, line: int) -> Expression:
        """An expression with the text of a user's, from that line of the file."""
        number = len(self._expressions)
        digits = ""
        while number or not digits:
            number, digit = divmod(number, len(_DIGITS))
            digits = _DIGITS[digit] + digits
        if len(digits) >= len(text) or not text.isprintable():
            return nodes.raw(text)  # too short to be told from a name, and to fail
        self._expressions.append((text, origin, line))
        return nodes.raw(_FIRST + digits.rjust(len(text) - 1, _DIGITS[0]))

    def body(self, passage: Passage, origin: Origin, is_async: bool, stable: Callable[[], bool]) -> Statement:
        """A statement in whose place the lines will stand; `stable` as for `Passage.formatted`."""
        self._last = nodes.expression(nodes.raw(self.line(passage, origin, is_async, stable)))
        return self._last

    def line(self, passage: Passage, origin: Origin, is_async: bool, stable: Callable[[], bool]) -> str:
        """The text of a line in whose place the lines will stand, in a body too."""
        self._bodies.append(_Body(passage, origin, is_async, stable))
        return f"{_FIRST}_{len(self._bodies) - 1}"

    def drop(self, statement: Statement, words: Sequence[str]) -> bool:
        """Have the body in the place of a statement drop these values too; False where it ends without dropping any,
        or isn't the last one that was given a place."""
        if statement is not self._last:
            return False
        body = self._bodies[-1]
        last = body.passage.lines[-1]
        if last.indent or not _DROP.fullmatch(last.text):
            return False
        self._bodies[-1] = _Body(body.passage.dropping(words), body.origin, body.is_async, body.stable)
        return True

    def mention(self, word: str) -> bool:
        """Whether a name stands in the text of some place."""
        whole = re.compile(rf"\b{word}\b")
        return any(whole.search(text) for text, _, _ in self._expressions) or any(
            whole.search(line.text) for body in self._bodies for line in body.passage.lines
        )

    def fill(self, text: str) -> str:
        """The text with every place filled; `spans` says afterwards where."""
        if not self.used:
            return text
        found: list[str] = []
        for line in text.split("\n"):
            if _FIRST not in line:
                found.append(line)
            elif body := _BODY.fullmatch(line):
                self._fill_body(found, len(body[1]) // 4, self._bodies[int(body[2])])
            else:
                found.append(self._fill_line(line, len(found) + 1, 0))
        return "\n".join(found)

    def _fill_body(self, found: list[str], indent: int, body: _Body) -> None:
        origin = body.origin
        rows = body.passage.formatted(indent, body.is_async, body.stable)
        if isinstance(rows, Plain):
            self.spans.append(Span(len(found) + 1, 0, 0, origin, rows.origins))
            found.extend(rows.texts)
            return
        for text, line, pieces in rows:
            inner = _BODY.fullmatch(text) if _FIRST in text else None
            if inner:
                self._fill_body(found, len(inner[1]) // 4, self._bodies[int(inner[2])])
                continue
            row = len(found) + 1
            if line:
                self.spans.append(Span(row, 0, 0, origin, [line]))
            if pieces:
                self.spans.extend(Span(row, start, end, origin, [there]) for start, end, there in pieces)
            found.append(self._fill_line(text, row, 0) if _FIRST in text else text)

    def _fill_line(self, text: str, row: int, column: int) -> str:
        found: list[str] = []
        place = 0
        width = column
        for match in _EXPRESSION.finditer(text):
            number = 0
            for digit in match[1]:
                number = number * len(_DIGITS) + _DIGITS.index(digit)
            inner, origin, line = self._expressions[number]
            before = text[place : match.start()]
            width += len(before)
            inner = self._fill_line(inner, row, width) if _FIRST in inner else inner
            self.spans.append(Span(row, width, width + len(inner), origin, [line]))
            width += len(inner)
            found.extend((before, inner))
            place = match.end()
        return "".join([*found, text[place:]])
