"""Puts moved expressions into black's form, each on one line; most are in it already, which is seen without black."""

from __future__ import annotations

import re
from functools import lru_cache
from keyword import iskeyword

from .form import is_in_form

_WORD = re.compile(
    r"""(?P<other>[A-Za-z]{0,2}(?:"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\d[\w.]*)|[^\W\d]\w*"""
)
_WIDE = 100_000


def format_expression(text: str) -> str:
    """The text of an expression as black writes it, whatever stands around it.

    Black is asked once for what differs in names only.
    """
    words: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        word = found[0]
        return word if found["other"] or iskeyword(word) else words.setdefault(word, f"v{len(words)}")

    numbered = _WORD.sub(number, text)
    formatted = _in_form(numbered)
    if formatted == numbered:
        return text
    names = {short: word for word, short in words.items()}
    return _WORD.sub(lambda found: found[0] if found["other"] else names.get(found[0], found[0]), formatted)


@lru_cache(maxsize=4096)
def _in_form(text: str) -> str:
    return text if is_in_form(text) else _formatted(text)


def _formatted(text: str) -> str:
    import black
    from black.parsing import InvalidInput

    mode = black.Mode(line_length=_WIDE, magic_trailing_comma=False)
    try:
        found = black.format_str(f"x = {text}", mode=mode)
    except InvalidInput:  # what a later Python allows than black knows
        return text
    line = found.removeprefix("x = ").rstrip("\n")
    return text if "\n" in line else line
