"""Writes a body in another place: its text with other names, and with other ways out.

The user's own lines stay as they are, comments included; only names change, by their place. What has a way out in
it that changes is put together anew from its header and its parts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from .body import Body
from .shape import split

_COMMENT = re.compile(r"[ \t]*(#[^\n]*)")
_CASE = re.compile(r"^[ \t]*(case)\b", re.MULTILINE)
_CLAUSE = re.compile(r"(elif\b|else\b|[)\]}])")
"""What goes on with an `if` at its own indentation: another way, or the end of a bracket."""


class Line(NamedTuple):
    """A line of text at an indentation, in levels; `frozen` begins inside a string and has none.

    `origin` is the line of the user's file that it stands for, 0 where it is of none. `part`: it is one of several
    lines of its statement, or of the header of one.
    """

    text: str
    indent: int
    origin: int
    frozen: bool = False
    part: bool = False


class Substitute(NamedTuple):
    """What stands for a variable: a name, an `atom` such as a literal, or an expression that may need brackets.

    `shown` is what stands in an f-string for a literal, with the braces.
    """

    text: str
    is_name: bool = True
    is_atom: bool = True
    shown: str | None = None


class Leave(Protocol):
    """How the body leaves the place it moves to."""

    def keeps(self, node: ast.Return) -> bool:
        """Whether a `return` stays as it is, but for its names."""

    def falls(self, node: ast.Return) -> bool:
        """Whether it goes on behind the body; then it stands at the end of all around it."""

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        """The lines of a `return`, at level 0; `last`: what follows is the end of the body."""


class Writer:
    """Writes one body.

    `names` has what stands for each of its variables, `outside` the text for each name from outside; `first` what
    the first statement reads for some of them.
    """

    def __init__(
        self,
        body: Body,
        names: Mapping[str, Substitute],
        outside: Mapping[str, str],
        leave: Leave,
        first: Mapping[str, Substitute] = MappingProxyType({}),
    ) -> None:
        self._body = body
        self._text = body.text.text
        self._leave = leave
        self._edits = sorted([*_name_edits(body, names, outside, first), *body.dropped])
        self._frozen = body.frozen_lines

    def lines(self) -> list[Line]:
        """The lines of the whole body."""
        return self._block(self._body.statements, 0, True, self._body.source.tree.lineno)

    def first_lines(self) -> list[Line]:
        """The lines of the first statement, as those of the body begin."""
        return self._block(self._body.statements[:1], 0, False, self._body.source.tree.lineno)

    def expression(self, node: ast.expr) -> str | None:
        """The text of an expression if it stands on one line, else None."""
        text = self._slice(self._body.text.start(node), self._body.text.end(node))
        return None if "\n" in text else text

    def statement(self, origin: ast.AST, *parts: str | ast.expr) -> list[Line]:
        """A statement put together from texts and the user's expressions, which get brackets where they need any."""
        text = ""
        frozen: set[int] = set()
        for part in parts:
            if isinstance(part, str):
                text += part
                continue
            start, end = self._body.text.start(part), self._body.text.end(part)
            row, first = text.count("\n"), self._body.text.line(start)
            piece = self._slice(start, end)
            frozen.update(row + one - first for one in self._frozen if first < one <= first + piece.count("\n"))
            text += f"({piece})" if isinstance(part, ast.NamedExpr) or _needs_brackets(piece) else piece
        first = self._body.text.line(self._body.text.start(origin))
        lines = self._lines(text, frozen, first, _column(origin))
        return [line._replace(part=True) for line in lines] if len(lines) > 1 else lines

    def origin(self, node: ast.AST) -> int:
        """The line of a node in the user's file."""
        return self._body.source.line + self._body.text.line(self._body.text.start(node)) - 1

    # statements

    def _block(self, statements: Sequence[ast.stmt], indent: int, last: bool, after: int) -> list[Line]:
        """The lines of some statements; `after` is the line that ends what stands before them."""
        found: list[Line] = []
        for index, statement in enumerate(statements):
            rest = statements[index + 1 :]
            for line in (*self._body.heads.get(id(statement), ()), statement.lineno):
                found.extend(self._comments(line, indent, after, bool(found)))
            after = statement.end_lineno or after
            if rest and self._falls(statement):
                ways = split(statement, rest)
                assert ways is not None and isinstance(statement, ast.If)
                return [*found, *self._if(statement, ways[0], ways[1], indent, last)]
            found.extend(self._statement(statement, indent, last and not rest))
        while found and not found[-1].text:
            found.pop()
        return found or [Line("pass", indent, self._body.source.line + after - 1)]

    def _statement(self, node: ast.stmt, indent: int, last: bool) -> list[Line]:
        if isinstance(node, ast.Global) or (isinstance(node, ast.AnnAssign) and node.value is None):
            return []
        if isinstance(node, ast.Return) and not self._leave.keeps(node):
            written = self._leave.write(node, last, self)
            return [_shift(line, indent) for line in self._with_comment(written, node)]
        if isinstance(node, ast.Pass):
            return [Line("pass", indent, self.origin(node))]
        if not self._changes(node):
            return [_shift(line, indent) for line in self._verbatim(node)]
        match node:
            case ast.If(body=body, orelse=orelse):
                return self._if(node, body, orelse, indent, last)
            case ast.For() | ast.AsyncFor() | ast.While():
                before = node.test if isinstance(node, ast.While) else node.iter
                head = self._header(node, before, node.body, indent)
                found = [*head, *self._block(node.body, indent + 1, False, node.body[0].lineno)]
                return [*found, *self._word("else:", node.orelse, indent, last)]
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                head = self._header(node, items[-1].optional_vars or items[-1].context_expr, body, indent)
                return [*head, *self._block(body, indent + 1, last, body[0].lineno)]
            case ast.Try() | ast.TryStar():
                return self._try(node, indent, last)
            case ast.Match(subject=subject, cases=cases):
                found = self._header(node, subject, [cases[0].pattern], indent)
                for case in cases:
                    start = _CASE.search(self._text, self._case_start(node, case))
                    assert start is not None
                    found.extend(self._header_at(start.start(1), case.guard or case.pattern, case.body, indent + 1))
                    found.extend(self._block(case.body, indent + 2, last, case.body[0].lineno))
                return found
        raise AssertionError(node)

    def _if(
        self, node: ast.If, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt], indent: int, last: bool
    ) -> list[Line]:
        found = self._header(node, node.test, node.body, indent)
        found.extend(self._block(body, indent + 1, last, node.body[0].lineno))
        if not orelse:
            return found
        after = node.body[-1].end_lineno or node.lineno
        inner = self._block(orelse, indent + 1, last, after)
        if _is_one_if(inner):
            head = inner[0]._replace(text=f"el{inner[0].text}")
            lifted = [_shift(one, -1) for one in (head, *inner[1:])]
            return [*found, *lifted]
        return [*found, Line("else:", indent, inner[0].origin), *inner]

    def _try(self, node: ast.Try | ast.TryStar, indent: int, last: bool) -> list[Line]:
        origin = self.origin(node)
        found = [Line("try:", indent, origin)]
        found.extend(self._block(node.body, indent + 1, last and not node.orelse, node.lineno))
        for handler in node.handlers:
            if handler.type is None:
                found.append(Line("except:", indent, self.origin(handler)))
            else:
                found.extend(self._header(handler, handler.type, handler.body, indent))
            found.extend(self._block(handler.body, indent + 1, last, handler.body[0].lineno))
        found.extend(self._word("else:", node.orelse, indent, last))
        return [*found, *self._word("finally:", node.finalbody, indent, False)]

    def _word(self, word: str, body: Sequence[ast.stmt], indent: int, last: bool) -> list[Line]:
        if not body:
            return []
        inner = self._block(body, indent + 1, last, body[0].lineno)
        return [Line(word, indent, inner[0].origin), *inner]

    def _changes(self, node: ast.stmt) -> bool:
        return id(node) in self._body.rebuilt or not all(map(self._leave.keeps, self._body.returns_in(node)))

    def _falls(self, node: ast.stmt) -> bool:
        return any(map(self._leave.falls, self._body.returns_in(node)))

    # texts

    def _verbatim(self, node: ast.stmt) -> list[Line]:
        start, end = self._body.text.start(node), self._body.text.end(node)
        comment = _COMMENT.match(self._text, end)
        text = re.sub(r"^elif\b", "if", self._slice(start, end)) + (f"  {comment[1]}" if comment else "")
        first = self._body.text.line(start)
        return self._lines(text, {one - first for one in self._frozen if one > first}, first, node.col_offset)

    def _with_comment(self, lines: list[Line], node: ast.stmt) -> list[Line]:
        """The lines with the comment that stands behind a statement, behind the first."""
        comment = _COMMENT.match(self._text, self._body.text.end(node))
        if comment is None or not lines or (len(lines) > 1 and lines[1].frozen):
            return lines
        if not lines[0].origin:
            return [Line(comment[1], 0, self.origin(node)), *lines]
        return [lines[0]._replace(text=f"{lines[0].text}  {comment[1]}"), *lines[1:]]

    def _header(self, node: ast.AST, before: ast.AST, body: Sequence[ast.AST], indent: int) -> list[Line]:
        """From the start of a statement to its colon, which stands behind `before`."""
        return self._header_at(self._body.text.start(node), before, body, indent)

    def _header_at(self, start: int, before: ast.AST, body: Sequence[ast.AST], indent: int) -> list[Line]:
        place, limit = self._body.text.end(before), self._body.text.start(body[0])
        while self._text[place] != ":":
            place = self._text.index("\n", place) if self._text[place] == "#" else place + 1
            assert place < limit
        comment = _COMMENT.match(self._text, place + 1)
        text = self._slice(start, place + 1) + (f"  {comment[1]}" if comment else "")
        text = re.sub(r"^elif\b", "if", text)
        first = self._body.text.line(start)
        column = start - (self._text.rfind("\n", 0, start) + 1)
        lines = self._lines(text, {one - first for one in self._frozen if one > first}, first, column)
        return [_shift(line, indent) for line in lines]

    def _case_start(self, node: ast.Match, case: ast.match_case) -> int:
        """Somewhere before the word `case`, behind what stands before it."""
        index = node.cases.index(case)
        return self._body.text.end(node.cases[index - 1].body[-1] if index else node.subject)

    def _comments(self, line: int, indent: int, after: int, blank: bool) -> list[Line]:
        """The comments above the first line of a statement, and the empty lines among them; none at the beginning of
        a block."""
        rows = self._body.rows
        first = line
        while first - 1 > after and (not rows[first - 2].strip() or rows[first - 2].lstrip().startswith("#")):
            first -= 1
        found: list[Line] = []
        for number in range(first, line):
            text = rows[number - 1].strip()
            if text.startswith("# fmt:"):
                continue  # the module is in black's form
            if text or blank or found:
                found.append(Line(text, indent, self._body.source.line + number - 1))
        return found

    def _lines(self, text: str, frozen: set[int], first: int, column: int) -> list[Line]:
        """The lines of a text that starts on line `first` of the source, at `column` there."""
        rows = text.split("\n")
        found = []
        for row, line in enumerate(rows):
            origin = self._body.source.line + first + row - 1
            if row in frozen:
                found.append(Line(line, 0, origin, True, True))
            else:
                moved = _dedent(line, column) if row else line
                found.append(Line(moved, 0, origin, False, first + row in self._body.broken_lines))
        return found

    def _slice(self, start: int, end: int) -> str:
        """A stretch of the text with its edits."""
        found: list[str] = []
        place = start
        for first, last, new in self._edits:
            if place <= first and last <= end:
                found.extend((self._text[place:first], new))
                place = last
        return "".join([*found, self._text[place:end]])


def _name_edits(
    body: Body, names: Mapping[str, Substitute], outside: Mapping[str, str], first: Mapping[str, Substitute]
) -> list[tuple[int, int, str]]:
    found = []
    gone: set[int] = set()
    behind = body.text.end(body.statements[0]) if first else 0
    for one in body.names:
        if one.owner == "local":
            new = names.get(one.name)
            if one.start < behind and one.name in first and not one.store:
                new = first[one.name]
            if new is None:
                continue
            if one.room == "text" and new.shown is not None:
                found.append((one.start - 1, one.end + 1, new.shown))
                gone.add(one.start)
                continue
            text = new.text if new.is_atom or one.room == "any" else f"({new.text})"
            if one.imported and text != one.name:
                text = f"{one.name} as {text}"
        else:
            text = outside[one.name]
        if text != body.text.text[one.start : one.end]:
            found.append((one.start, one.end, text))
    plain = (one.edits for one in body.formatted if gone.issuperset(one.names))
    return [*found, *(edit for edits in plain for edit in edits)]


def _is_one_if(lines: list[Line]) -> bool:
    """Whether a block is a single `if`, with its other ways."""
    first, *others = lines
    deeper = all(one.frozen or one.indent > first.indent or _CLAUSE.match(one.text) for one in others)
    return deeper and first.text.startswith(("if ", "if("))


def _needs_brackets(text: str) -> bool:
    return "\n" in text


def _column(node: ast.AST) -> int:
    column: int = node.col_offset  # type: ignore[attr-defined]
    return column


def _dedent(line: str, column: int) -> str:
    margin = len(line) - len(line.lstrip())
    return line[min(margin, column) :]


def _shift(line: Line, levels: int) -> Line:
    return line if line.frozen or not levels else line._replace(indent=line.indent + levels)
