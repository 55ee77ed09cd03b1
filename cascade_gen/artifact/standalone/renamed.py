"""Brings statements back into black's form after some names in them have changed, without black for most of them.

A statement in one line stays what it is as long as it fits. black is asked about the others alone, which for the
thousands of calls of a large workflow takes a hundredth of the time.
"""

from __future__ import annotations

import ast
import re

from .formatting import formatted
from .sources import Part

_NAMES = re.compile(r"[\w.]+")
_ELEMENT = re.compile(r" +[\w.=*+\- ()\[\],]+,", re.ASCII)
_ENOUGH = 40
"""So many elements, one below the other, don't fit into one line, however short they are."""

Rows = list[str]


def renamed(part: Part, text: str, width: int) -> str | None:
    """What black makes of `text`, which is a statement in its form but for names; None where it has to be asked."""
    data = part.module.data
    old, new = data[part.start : part.end].decode().split("\n"), text.split("\n")
    if len(old) != len(new) or not text.isascii():
        return None
    spans = _spans(part.node, data.count(b"\n", 0, part.start) + 1)
    found: dict[int, tuple[int, Rows]] = {}
    for row, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if row not in spans or _NAMES.sub("", before) != _NAMES.sub("", after):
            return None
        start, end, is_header = spans[row]
        if start == end and len(after) <= width:
            continue
        rows = new[start : end + 1]
        if is_header or _has_more_than_code(rows):
            return None
        if start not in found:
            found[start] = end, _again(rows, width)
    for start in sorted(found, reverse=True):
        end, rows = found[start]
        new[start : end + 1] = rows
    return "\n".join(new)


def _has_more_than_code(rows: Rows) -> bool:
    """Whether there are comments or texts of several lines, whose places in a row mean something."""
    return any('"""' in row or "'''" in row or "#" in row or row.endswith("\\") for row in rows)


def _spans(node: ast.stmt, first: int) -> dict[int, tuple[int, int, bool]]:
    """First and last row of the statement in each row, and whether it is the header of a block."""
    found: dict[int, tuple[int, int, bool]] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.stmt | ast.ExceptHandler):
            start, end = one.lineno - first, (one.end_lineno or one.lineno) - first
            body = getattr(one, "body", None)
            if body:
                end = max(start, body[0].lineno - first - 1)
            span = start, end, bool(body) or isinstance(one, ast.Match)
            found.update((row, span) for row in range(start, end + 1) if not body or row not in found)
    return found


def _again(rows: Rows, width: int) -> Rows:
    """The rows of a statement as black writes it."""
    indent = len(rows[0]) - len(rows[0].lstrip(" "))
    short = _abbreviated(rows, width)
    written = _written(short, indent, width)
    if short == rows:
        return written
    return rows if written == short else _written(rows, indent, width)


def _written(rows: Rows, indent: int, width: int) -> Rows:
    text = formatted("\n".join(row[indent:] for row in rows), width - indent)
    return [" " * indent + row if row else row for row in text.split("\n")]


def _abbreviated(rows: Rows, width: int) -> Rows:
    """The rows without the elements that follow many others of their kind: whatever is true of these is of them."""
    found: Rows = []
    count = 0
    for row in rows:
        count = count + 1 if _is_element(row, width) else 0
        if count <= _ENOUGH:
            found.append(row)
    return found


def _is_element(row: str, width: int) -> bool:
    is_whole = row.count("(") == row.count(")") and row.count("[") == row.count("]")
    return is_whole and len(row) <= width and _ELEMENT.fullmatch(row) is not None
