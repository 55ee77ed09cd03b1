"""Puts a moved body into black's form at the indentation it moves to, and keeps count of its lines."""

from __future__ import annotations

import ast
from functools import lru_cache

from cascade_gen.bodies.writer import Line

_WIDTH = 88


@lru_cache(maxsize=4096)
def format_body(lines: tuple[Line, ...], indent: int, is_async: bool) -> list[tuple[str, int]]:
    """The lines of a body at an indentation in levels, each with the line of the user's file it stands for."""
    header = "async def f():\n" if is_async else "def f():\n"
    written = [one.text if one.frozen or not one.text else "    " * (one.indent + 1) + one.text for one in lines]
    before = header + "\n".join(written) + "\n"
    after = _black(before, _WIDTH - 4 * (indent - 1))
    rows = after.rstrip("\n").split("\n")[1:]
    if rows == written:
        origins = [one.origin for one in lines]
    else:
        origins = _origins(before, after, [lines[0].origin, *(one.origin for one in lines)], len(rows))
    inside = _inside_strings(after)
    shift = "    " * (indent - 1)
    return [
        (row if not row or number in inside else shift + row, origin)
        for number, (row, origin) in enumerate(zip(rows, origins, strict=True), 2)
    ]


def _black(text: str, width: int) -> str:
    import black

    return black.format_str(text, mode=black.Mode(line_length=max(width, 20)))


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


def _places(text: str, kind: type[ast.AST]) -> list[int]:
    """The lines of the nodes of a text, in the order of the tree."""
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kind)]
    return [node.lineno for node in found if hasattr(node, "lineno")]


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
