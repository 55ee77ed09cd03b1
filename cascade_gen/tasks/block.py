"""Finds the lines of one function in a file without parsing the file: tokens from its first line on."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat, takewhile
from tokenize import COMMENT, DEDENT, INDENT, NEWLINE, NL, STRING, TokenInfo

_BROKEN = (tokenize.TokenError, SyntaxError)
_STRING_STARTS = frozenset(
    getattr(tokenize, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(tokenize, name)
)
_STRING_ENDS = frozenset(
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
)
_WALK_BACK = 20
_AFTER_LAMBDA = frozenset((",", ":", ";", "for", "async", "if", "else", "in", "as", "from"))


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a file: their text without the indentation, and what was removed from each.

    `line` is the number of the first line in the file; `margins[k]` counts the characters that were in front
    of line `k` of `text`.
    """

    text: str
    line: int
    margins: tuple[int, ...]


def def_blocks(lines: Sequence[str], first: int, last: int) -> Iterator[Block]:
    """What may be the whole `def` whose code starts on line `first`, decorators included, the likely first.

    `last` is the last line that has code. A quick guess by indentation comes first; reading tokens, which is
    exact, is some twenty times as slow. Nothing comes when there is no def.
    """
    start = _def_start(lines, first - 1)
    if start is None:
        return
    rows = _by_indentation(lines, start, last)
    if not rows[0][:1].isspace() or not any(map(_may_hide_lines, rows)):
        yield _dedent(rows, start + 1, set())
    shape = _DefShape()
    try:
        for token in tokenize.generate_tokens(chain(islice(lines, start, None), repeat("")).__next__):
            if shape.read(token):
                break
    except _BROKEN:
        pass  # the line after the block may end it in a way that only the whole file explains
    if shape.last_row:
        yield _dedent(lines[start : start + shape.last_row], start + 1, shape.frozen)


def lambda_blocks(lines: Sequence[str], first: int, last: int) -> Iterator[Block]:
    """Every text that may be a lambda starting on line `first` and ending on `last`, or just after it.

    For each `lambda` on the line the longest comes first. A lambda may stand in the middle of anything, so
    that only parsing tells where it ends.
    """
    for found in re.finditer(r"\blambda\b", lines[first - 1] if 0 < first <= len(lines) else ""):
        rows = [lines[first - 1][found.start() :], *lines[first : last + 1]]
        for row, column in reversed(_lambda_ends(rows)):
            text = "".join((*rows[: row - 1], rows[row - 1][:column]))
            yield Block(text, first, (found.start(), *repeat(0, row - 1)))


def _def_start(lines: Sequence[str], index: int) -> int | None:
    """The index of the line the def starts on; a parenthesised decorator starts after its own `@`."""
    if index >= len(lines):
        return None
    for candidate in range(index, max(index - _WALK_BACK, -1), -1):
        if re.match(r"\s*(@|def\b|async\b)", lines[candidate]):
            return candidate
    return None


def _by_indentation(lines: Sequence[str], start: int, last: int) -> Sequence[str]:
    """The lines up to `last`, and on to where something stands no deeper than the def."""
    column = len(lines[start]) - len(lines[start].lstrip())
    end = last
    for number in range(last, len(lines)):
        text = lines[number].lstrip()
        if len(lines[number]) - len(text) > column and text:
            end = number + 1
        elif text and not text.startswith("#"):
            break
    return lines[start:end]


def _may_hide_lines(row: str) -> bool:
    """Whether the next line may begin inside a string."""
    return '"""' in row or "'''" in row or row.rstrip("\r\n").endswith("\\")


class _DefShape:
    """Where a def ends, and which of its rows begin inside a string; fed token by token."""

    def __init__(self) -> None:
        self.last_row = 0
        self.frozen: set[int] = set()
        self._state: Callable[[TokenInfo], bool] = self._line
        self._depth = 0
        self._column = 0
        self._strings: list[int] = []

    def read(self, token: TokenInfo) -> bool:
        """Take the next token; true when the def is over."""
        if token.type == STRING:
            self.frozen.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in _STRING_STARTS:
            self._strings.append(token.start[0])
        elif token.type in _STRING_ENDS and self._strings:
            self.frozen.update(range(self._strings.pop() + 1, token.end[0] + 1))
        return self._state(token)

    def _line(self, token: TokenInfo) -> bool:
        """At the start of a logical line of the head: a decorator's, or that of the def."""
        if token.type in (INDENT, NL, COMMENT):
            return False
        if token.string == "@":
            self._state = self._decorator
        elif token.string in ("def", "async"):
            self._state, self._column = self._head, token.start[1]
        else:
            return True
        return False

    def _decorator(self, token: TokenInfo) -> bool:
        if token.type == NEWLINE:
            self._state = self._line
        return False

    def _head(self, token: TokenInfo) -> bool:
        if token.type == NEWLINE:
            self.last_row, self._state = token.start[0], self._after_head
        return False

    def _after_head(self, token: TokenInfo) -> bool:
        """A one-line def has no INDENT after its line."""
        if token.type in (NL, COMMENT):
            return False
        self._state, self._depth = self._body, 1
        return token.type != INDENT

    def _body(self, token: TokenInfo) -> bool:
        if token.type == NEWLINE or (token.type == COMMENT and token.start[1] > self._column):
            self.last_row = token.start[0]
        elif token.type == INDENT:
            self._depth += 1
        elif token.type == DEDENT:
            self._depth -= 1
        return self._depth == 0


def _dedent(rows: Sequence[str], line: int, frozen: set[int]) -> Block:
    """Take the first row's indentation off all rows, but for those that begin inside a string."""
    indent = rows[0][: len(rows[0]) - len(rows[0].lstrip())].rpartition("\f")[2]
    margins = tuple(0 if number in frozen else _margin(row, indent) for number, row in enumerate(rows, 1))
    texts = (row[margin:].rstrip("\r\n") + "\n" for row, margin in zip(rows, margins, strict=True))
    return Block("".join(texts), line, margins)


def _margin(row: str, indent: str) -> int:
    """How much of a row to take off; a form feed starts the columns anew."""
    blank = row[: len(row) - len(row.lstrip())].rstrip("\r\n")
    page = blank.rfind("\f") + 1
    same = takewhile(lambda pair: pair[0] == pair[1], zip(indent, blank[page:], strict=False))
    return page + sum(1 for _ in same)


def _lambda_ends(rows: Sequence[str]) -> list[tuple[int, int]]:
    """Every (row, column) at which the lambda that begins the rows may end."""
    ends: list[tuple[int, int]] = []
    depth = 0
    previous = (1, 0)
    # A bracket in front keeps the tokenizer from ending the statement at the first line's end.
    readline = chain(("(" + rows[0],), rows[1:], repeat("")).__next__
    try:
        for token in tokenize.generate_tokens(readline):
            depth -= token.string in (")", "]", "}")
            if depth == 0 and previous != (1, 0):
                break
            if depth == 1 and (token.type == NL or token.string in _AFTER_LAMBDA):
                ends.append(previous)
            depth += token.string in ("(", "[", "{")
            if token.type not in (NL, COMMENT):
                previous = token.end
    except _BROKEN:
        pass  # the rows end inside the bracket in front
    ends.append(previous)
    return [(row, column - (row == 1)) for row, column in dict.fromkeys(ends) if (row, column) > (1, 1)]
