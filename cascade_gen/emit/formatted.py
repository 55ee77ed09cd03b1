"""Puts a moved body into black's form at the indentation it moves to, and keeps count of its lines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from cascade_gen.bodies.body import Body
from cascade_gen.bodies.writer import Line
from cascade_gen.tasks.memo import CodeMemo

from .form import are_in_form, delicate_names
from .nodes import RESERVED
from .wrap import WIDTH, is_long


class Row(NamedTuple):
    """A line of a formatted body, and the line of the user's file it stands for.

    `pieces` are expressions in it that stood on other lines of theirs: first column, last column, line.
    """

    text: str
    origin: int
    pieces: tuple[tuple[int, int, int], ...] = ()


class Plain(NamedTuple):
    """Rows that are nothing but lines of the user's: their texts, and for which line each stands."""

    texts: list[str]
    origins: list[int]


class Form(NamedTuple):
    """Whether black leaves the text of a function as it is, and the names that must stay names for that."""

    stable: bool
    delicate: frozenset[str]


_forms: CodeMemo[Form] = CodeMemo()


def form_of(code: CodeType, body: Body) -> Form:
    """The form of a function, looked at once."""
    return _forms.get(code) or _forms.put(code, Form(_is_stable(body), delicate_names(body.statements)))


def _is_stable(body: Body) -> bool:
    if not body.statements:
        return True
    first = body.statements[0]
    rows = body.text.text.rstrip("\n").split("\n")[first.lineno - 1 :]
    margin = rows[0][: first.col_offset]
    whole = not margin.strip() and all(row.startswith(margin) for row in rows if row)
    if whole and are_in_form([row.removeprefix(margin) for row in rows]):
        return True
    text = body.source.text
    return _black(text, WIDTH) == text


class Passage:
    """Lines of a body that stand together, and how they look at an indentation: kept with them, since a body that has
    moved once mostly has the same lines in another module."""

    __slots__ = ("_dropping", "_rows", "lines")

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        self._rows: dict[int, Plain | list[Row]] = {}
        self._dropping: tuple[Sequence[str], Passage] | None = None

    def dropping(self, words: Sequence[str]) -> Passage:
        """The same with these values dropped too by its last line, which drops some."""
        if self._dropping is None or self._dropping[0] != words:
            *before, last = self.lines
            last = last._replace(text=", ".join([last.text, *words]))
            self._dropping = words, Passage([*before, last])
        return self._dropping[1]

    def formatted(self, indent: int, is_async: bool, stable: Callable[[], bool]) -> Plain | list[Row]:
        """The lines at an indentation in levels.

        Where black has left the user's function as it was (`stable`), so it does with statements on lines of their
        own that are not too long, whatever the names in them.
        """
        rows = self._rows.get(indent)
        if rows is None:
            rows = self._rows[indent] = _unbroken(self.lines, indent)
        return rows if rows and stable() else _formatted(self.lines, indent, is_async)


def _unbroken(lines: Sequence[Line], indent: int) -> Plain | list[Row]:
    """The lines at an indentation; none where a statement stands on several, or one would be too long."""
    texts = []
    for one in lines:
        row = "    " * (one.indent + indent) + one.text if one.text else ""
        if one.part or ((len(row) > WIDTH or not row.isascii()) and is_long(row)):
            return []
        texts.append(row)
    origins = [one.origin for one in lines]
    held_open = any(not text.isascii() and RESERVED.search(text) for text in texts)
    return [*map(Row, texts, origins)] if held_open else Plain(texts, origins)


@lru_cache(maxsize=4096)
def _formatted(lines: tuple[Line, ...], indent: int, is_async: bool) -> list[Row]:
    header = "async def f():\n" if is_async else "def f():\n"
    written = [one.text if one.frozen or not one.text else "    " * (one.indent + 1) + one.text for one in lines]
    before = header + "\n".join(written) + "\n"
    after = _black(before, WIDTH - 4 * (indent - 1))
    rows = after.rstrip("\n").split("\n")[1:]
    pieces: dict[int, list[tuple[int, int, int]]] = {}
    if rows == written:
        origins = [one.origin for one in lines]
    else:
        there = [lines[0].origin, *(one.origin for one in lines)]
        origins = _origins(before, after, there, len(rows))
        pieces = _pieces(before, after, there, rows, origins)
    inside = _inside_strings(after)
    shift = 4 * (indent - 1)
    found = []
    for number, (row, origin) in enumerate(zip(rows, origins, strict=True), 2):
        if not row or number in inside:
            found.append(Row(row, origin))
        else:
            moved = tuple((start + shift, end + shift, line) for start, end, line in pieces.get(number, ()))
            found.append(Row(" " * shift + row, origin, moved))
    return found


def _black(text: str, width: int) -> str:
    import black
    from black.parsing import InvalidInput

    try:
        return black.format_str(text, mode=black.Mode(line_length=max(width, 20)))
    except InvalidInput:  # what a later Python allows than black knows
        return text


def _origins(before: str, after: str, lines: list[int], count: int) -> list[int]:
    """The user's line of every formatted line: both texts have the same tree, but for brackets."""
    old, new = _places(before, ast.AST), _places(after, ast.AST)
    if len(old) != len(new):
        old, new = _places(before, ast.stmt), _places(after, ast.stmt)
    found: dict[int, int] = {}
    for place, other in zip(old, new, strict=True):
        found.setdefault(other, lines[min(place, len(lines)) - 1])
    origins, last = [], lines[0]
    for number in range(2, count + 2):
        last = found.get(number, last)
        origins.append(last)
    return origins


def _pieces(
    before: str, after: str, lines: Sequence[int], rows: Sequence[str], origins: Sequence[int]
) -> dict[int, list[tuple[int, int, int]]]:
    """By line of `after`, the expressions on it that don't come from the line that it stands for as a whole."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    pending: list[tuple[ast.AST, ast.AST, int, int]] = [(ast.parse(before), ast.parse(after), 0, 0)]
    while pending:
        old, new, row, line = pending.pop()
        if isinstance(old, ast.expr) and isinstance(new, ast.expr) and new.lineno == new.end_lineno:
            line = line if new.lineno == row else origins[new.lineno - 2]
            row = new.lineno
            there = lines[min(told_line(old), len(lines)) - 1]
            if there != line:
                text = rows[row - 2].encode()
                start, end = (len(text[:column].decode()) for column in (new.col_offset, new.end_col_offset or 0))
                found.setdefault(row, []).append((start, end, there))
                line = there
        inner = list(ast.iter_child_nodes(old)), list(ast.iter_child_nodes(new))
        if len(inner[0]) == len(inner[1]):
            pending.extend((one, other, row, line) for one, other in zip(*inner, strict=True))
    return found


def _places(text: str, kind: type[ast.AST]) -> list[int]:
    """The lines of the nodes of a text, in the order of the tree."""
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kind)]
    return [told_line(node) for node in found if hasattr(node, "lineno")]


def told_line(node: Any) -> int:
    """The line that Python tells where a node fails: of an attribute on a line of its own, and of its call, that."""
    path = node.func if isinstance(node, ast.Call) else node
    line: int = path.end_lineno or path.lineno if isinstance(path, ast.Attribute) else node.lineno
    return line


def _inside_strings(text: str) -> set[int]:
    """The lines of a text that begin inside a string."""
    if '"""' not in text and "'''" not in text and "\\\n" not in text:
        return set()
    import io
    import tokenize

    found: set[int] = set()
    starts: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif name == "FSTRING_START":
            starts.append(token.start[0])
        elif name == "FSTRING_END":
            found.update(range(starts.pop() + 1, token.end[0] + 1))
    return found
