"""Keeps the table of the user's lines true, once the function has other names, and so other columns and lines.

The function of the file has the tree of the generated one, but for names, and for what Cascade's imports in it were.
So each of its expressions is known to stand for the line that it stood for there.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cascade_gen.emit.formatted import told_line
from cascade_gen.emit.lines import by_origin, chunks, table_text
from cascade_gen.emit.nodes import quoted
from cascade_gen.emit.places import Origin, Span
from cascade_gen.runtime.user_lines import UserRange, user_range

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Node = ast.stmt | ast.expr | ast.ExceptHandler
_Meant = tuple[Origin, int]
"""Whose text it is, and which line of theirs."""
_NODES = (ast.stmt, ast.expr, ast.ExceptHandler)
_MOVABLE = (ast.Import, ast.ImportFrom, ast.Global, ast.Pass)
"""What imports of Cascade's or of the user's own modules become, and what comes in with them."""


def table_again(table: str, old: _Function, text: str, places: Sequence[list[str]]) -> str:
    """The text of a table, `table`, for a function that is `old` in the generated module, and `text` in the file.

    `places` says of the tasks that are called, in their order, where their lines come from.
    """
    tree = ast.parse(table).body[0]
    assert isinstance(tree, ast.Assign) and isinstance(tree.value, ast.Tuple)
    rows = [one.elts for one in tree.value.elts if isinstance(one, ast.Tuple)]
    known = _Known(old.lineno, [[ast.literal_eval(one) for one in row] for row in rows if len(row) > 2])
    new = next(one for one in ast.parse(text).body if isinstance(one, _Function))
    lines = text.split("\n")
    found = by_origin(_spans(_entries(known.meant, old, new), lines), lines, new.lineno)
    called = [row for row in rows if len(row) == 2]
    again = [[_quoted(row[0]), ast.unparse(row[1]), *place] for row, place in zip(called, places, strict=True)]
    again += [
        [quoted(one) for one in (*origin, *chunks(found[origin]))] for origin in known.origins if origin in found
    ]
    return table_text(ast.unparse(tree.targets[0]), again)


def lines_of(old: _Function, new: _Function, text: str, first: int) -> Iterator[str]:
    """The ranges that say of a function in `text`, counted from its line `first`, where its lines stood: `old`."""
    origin = Origin("", "", "", "")
    entries = _entries(lambda node: (origin, told_line(node)), old, new)
    lines = text.split("\n")
    return chunks(by_origin(_spans(entries, lines), lines, first)[origin])


class _Known:
    """What the rows of a table say of the generated function, which begins on line `first`."""

    def __init__(self, first: int, rows: Sequence[Sequence[str]]) -> None:
        self._first = first
        self.origins = [Origin(*row[:4]) for row in rows]
        self._ranges: defaultdict[int, list[tuple[UserRange, Origin]]] = defaultdict(list)
        for row, origin in zip(rows, self.origins, strict=True):
            for one in (user_range(text) for texts in row[4:] for text in texts.split()):
                for line in range(one.first, one.last + 1):
                    self._ranges[line].append((one, origin))

    def meant(self, node: _Node) -> _Meant | None:
        """Whose line it is where the node fails: what covers it says so, and of several the narrowest."""
        first, last = told_line(node) - self._first, _last(node) - self._first
        path = node.func if isinstance(node, ast.Call) else node
        start = node.col_offset
        if isinstance(path, ast.Attribute) and told_line(node) != node.lineno:
            start = (path.end_col_offset or 0) - len(path.attr)
        columns = start, node.end_col_offset
        found = [(one, origin) for one, origin in self._ranges[first] if one.covers(first == last, *columns)]
        if not found:
            return None
        one, origin = min(found, key=lambda pair: pair[0].width)
        return origin, one.there(first)


class _Entry(NamedTuple):
    """A node of the new function, what it stands for, and the one around it."""

    node: _Node
    meant: _Meant | None
    around: _Entry | None


def _entries(meant: Callable[[_Node], _Meant | None], old: _Function, new: _Function) -> list[_Entry]:
    """All that may fail in the new function, what is around before what is inside."""
    found: list[_Entry] = []
    pending: list[tuple[ast.AST, ast.AST, _Entry | None]] = [(*pair, None) for pair in _zipped(old.body, new.body)]
    pending.reverse()
    while pending:
        one, other, around = pending.pop()
        if isinstance(one, _NODES) and isinstance(other, _NODES):
            around = _Entry(other, meant(one), around)
            found.append(around)
        pending.extend((*pair, around) for pair in reversed(_inner(one, other)))
    return found


def _inner(old: ast.AST, new: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """The nodes within a node, each with what it has become; none in a path that has another name."""
    found: list[tuple[ast.AST, ast.AST]] = []
    if type(old) is not type(new):
        return found
    for (_, one), (_, other) in zip(ast.iter_fields(old), ast.iter_fields(new), strict=True):
        if isinstance(one, list):
            found += _zipped(one, other)
        elif isinstance(one, ast.AST) and isinstance(other, ast.AST):
            found.append((one, other))
    return found


def _zipped(old: list[Any], new: list[Any]) -> list[tuple[ast.AST, ast.AST]]:
    """The same of nodes in a row; of statements the imports may have gone, and declarations come."""
    if len(old) != len(new):
        old, new = ([one for one in row if not isinstance(one, _MOVABLE)] for row in (old, new))
    return [
        (one, other)
        for one, other in zip(old, new, strict=True)
        if isinstance(one, ast.AST) and isinstance(other, ast.AST)
    ]


def _spans(entries: Sequence[_Entry], text: Sequence[str]) -> list[Span]:
    """The stretches that say of each node what it stands for: whole lines, and expressions on lines of others."""
    foreign = {told_line(one.node) for one in entries if one.meant is None}
    whole: dict[int, _Meant | None] = {}
    said: dict[int, tuple[int, _Meant | None]] = {}
    spans: list[Span] = []
    for one in entries:
        line, node = told_line(one.node), one.node
        if line not in whole:
            whole[line] = None if line in foreign else one.meant
        row, meant = said.get(id(one.around), (0, None))
        if row != line:
            meant = whole[line]
        if one.meant != meant and one.meant is not None and node.lineno == _last(node):
            start, end = (_width(text[line - 1], column) for column in (node.col_offset, node.end_col_offset))
            spans.append(_span(line, start, end, one.meant))
            meant = one.meant
        said[id(one)] = line, meant
    return [*(_span(line, 0, 0, meant) for line, meant in _filled(whole) if meant is not None), *spans]


def _span(line: int, start: int, end: int, meant: _Meant) -> Span:
    return Span(line, start, end, meant[0], [meant[1]])


def _filled(whole: Mapping[int, _Meant | None]) -> Iterator[tuple[int, _Meant | None]]:
    """Lines where nothing begins, closing brackets mostly, belong to what is around them."""
    lines = sorted(whole)
    for line, after in zip(lines, [*lines[1:], 0], strict=True):
        meant, following = whole[line], whole.get(after)
        yield line, meant
        if meant is None or following is None or meant[0] is not following[0]:
            continue
        step = {0: 0, after - line: 1}.get(following[1] - meant[1])
        if step is not None:
            yield from ((line + gap, (meant[0], meant[1] + gap * step)) for gap in range(1, after - line))


def _last(node: _Node) -> int:
    return node.end_lineno or node.lineno


def _width(row: str, column: int | None) -> int:
    """The letters before a column, which trees count in bytes."""
    return len(row.encode()[:column].decode(errors="ignore"))


def _quoted(node: ast.expr) -> str:
    return quoted(ast.literal_eval(node))
