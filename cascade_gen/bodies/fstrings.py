"""Literals in f-strings: `f"{greeting}, {name}?"` becomes `f"Hello, {name}?"`, and a string of which nothing but
literals are left becomes a plain one."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

_ODD = frozenset("'\"\\{}")
_LAST = "\uffff"
"""Signs behind it are written as escapes, some of them at least."""

_STRING = re.compile(
    r"""(?P<prefix>[A-Za-z]*)(?P<quote>\"{3}|'{3}|"|')(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""", re.DOTALL
)
_BETWEEN = re.compile(r"(?:\s|\\\n|\#[^\n]*)*")
_RAW_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_BRACES = re.compile(rf"\\N\{{[^}}]*\}}|\\[^{{}}]|{_RAW_BRACES.pattern}", re.DOTALL)
_OPEN_ESCAPE = re.compile(r"\\[0-7]{0,2}\Z")
"""The end of a text that goes on with what follows it: `\\1` does with a digit."""

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Formatted:
    """An f-string in which nothing but names stand: where these start, and what makes it a plain string once all of
    them are gone."""

    names: tuple[int, ...]
    edits: tuple[Edit, ...]


def shown(value: object) -> str | None:
    """What a literal is in an f-string, where it may stand there as its own text, else None."""
    if value is not None and type(value) not in (bool, int, float, str):
        return None
    text = f"{value}"
    return text if text.isprintable() and not _ODD.intersection(text) and max(text, default="") <= _LAST else None


def is_number(value: object) -> bool:
    """Whether the text of a literal has no quotes: a number, or a name."""
    return value is None or type(value) in (bool, int) or (type(value) is float and isfinite(value))


def is_mere(node: ast.FormattedValue, text: str, start: int, end: int) -> bool:
    """Whether `{name}`, whose name stands from `start` to `end`, may give way to a text."""
    if not isinstance(node.value, ast.Name) or node.conversion != -1 or node.format_spec is not None:
        return False
    if text[start - 1] != "{" or text[end] != "}":
        return False
    return not _OPEN_ESCAPE.search(text, max(0, start - 4), start - 1)


def formatted(text: str, start: int, end: int, names: Sequence[int]) -> Formatted | None:
    """The f-string, or several strings one behind the other, from `start` to `end`, in which nothing but `names`
    stand; None where its text isn't read that way."""
    edits: list[Edit] = []
    places: list[int] = []
    while start < end:
        string = _STRING.match(text, start, end)
        if string is None:
            return None
        if "f" in string["prefix"].lower():
            first = string.start() + string["prefix"].lower().index("f")
            edits.append((first, first + 1, ""))
            for one in (_RAW_BRACES if "r" in string["prefix"].lower() else _BRACES).finditer(
                text, *string.span("text")
            ):
                if one[0] in ("{{", "}}"):
                    edits.append((one.start(), one.end(), one[0][0]))
                elif one[0].startswith("{"):
                    places.append(one.start() + 1)
        between = _BETWEEN.match(text, string.end(), end)
        assert between is not None
        start = between.end()
    return Formatted(tuple(places), tuple(edits)) if places == list(names) else None
