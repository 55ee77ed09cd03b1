"""Statements as black writes them, one by one: most of them are the same in every file."""

from __future__ import annotations

import ast
import re
from functools import lru_cache


@lru_cache(4096)
def formatted(text: str, width: int) -> str:
    """Statements as black writes them in lines of `width`."""
    import black

    return black.format_str(text, mode=black.Mode(line_length=width)).rstrip("\n")


def joined(texts: list[str], blank: int) -> str:
    """Statements one below the other: `blank` lines around functions and classes, one between others."""
    pieces: list[str] = []
    for text in texts:
        wide = pieces and (is_definition(text) or _ends_in_definition(pieces[-1]))
        pieces += ["\n" * (blank + 1 if wide else 2), text] if pieces else [text]
    return "".join(pieces)


def is_definition(text: str) -> bool:
    """Whether statements begin with a function or class, whatever comments stand above it."""
    return re.match(r"(#.*\n)*(def |class |async def |@)", text) is not None


def _ends_in_definition(text: str) -> bool:
    """Whether a function or class stands last in statements, be it in a block or some way down in one."""
    if is_definition(text):
        return True
    if re.match(r"(#.*\n)*(if|try|with|for|while|match|async)\b", text) is None:
        return False
    tree = ast.parse(text)
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.end_lineno == tree.body[-1].end_lineno
        for node in ast.walk(tree)
    )
