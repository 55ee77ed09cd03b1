"""Texts that take the place of a name, in quotes that may stand there: f-strings up to 3.11 end at their own."""

from __future__ import annotations

import io
import re
import tokenize
from functools import lru_cache

from .resolve import Refused
from .sources import Module

_QUOTE = re.compile("[\"']")


def quoted(module: Module, offset: int, text: str, said: str) -> str:
    """`text`, which is a string in double quotes, in those that are free at a byte of a module.

    Raises `Refused` where f-strings around it have both kinds; `said` is the name that stands there.
    """
    taken = {quote for start, end, quote in _strings(module) if start < offset < end}
    if '"' not in taken:
        return text
    if "'" not in taken:
        return f"'{text[1:-1]}'"
    raise Refused(f"{said!r} stands within both kinds of quotes; use a variable for it")


@lru_cache(maxsize=8)
def _strings(module: Module) -> list[tuple[int, int, str]]:
    """The first byte of each string in a module, the one behind it, and its first quote."""
    rows = module.data.decode().split("\n")

    def byte(place: tuple[int, int]) -> int:
        row, column = place
        return module.line_start(row) + len(rows[row - 1][:column].encode())

    found: list[tuple[int, int, str]] = []
    opened: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(module.data.decode()).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "FSTRING_START":  # from 3.12 on
            opened.append(token)
        elif kind in ("STRING", "FSTRING_END"):
            first = opened.pop() if kind == "FSTRING_END" else token
            quote = _QUOTE.search(first.string)
            assert quote is not None
            found.append((byte(first.start), byte(token.end), quote[0]))
    return found
