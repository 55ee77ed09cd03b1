"""Wraps long calls and displays of names and constants as black would, thousands of times faster.

    part, part_2 = await together(_load("a"), _load("b"))

becomes, where that is too long for a line,

    part, part_2 = await together(
        _load("a"),
        _load("b"),
    )

What is within brackets goes on a line of its own if it fits, but for what lists, tuples, sets and dicts hold, else
each item does, with a comma behind it; targets get brackets where they don't fit either ("How Black wraps lines",
"Trailing commas" and "Parentheses" in black's description of its style). What holds a place open is a name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .nodes import RESERVED

_SIGNS = RESERVED.pattern.strip("[]")
_NAME = rf"[A-Za-z_{_SIGNS}][\w{_SIGNS}]*"
_STRING = r'b?"[^"\\]*"'
_NUMBER = r"-?\d+(?:\.\d+)?(?![\w.])"
_HEAD = re.compile(rf"@|return |{_NAME}: {_NAME} = |{_NAME}(?:, {_NAME})* = |", re.ASCII)
_ITEM = re.compile(
    rf"(?:{_NAME}=|(?P<key>{_STRING}|{_NUMBER}|(?!lambda){_NAME}(?:\.{_NAME})*): )?"
    rf"(?:await (?=[A-Za-z_{_SIGNS}]))?(?P<atom>{_STRING}|{_NUMBER}|(?P<name>{_NAME}(?:\.{_NAME})*)|)"
    r"(?P<bracket>[(\[{]?)",
    re.ASCII,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 40


class _Item(NamedTuple):
    """A stretch of the line; `opening` is the place of its bracket, or -1, `items` what is within."""

    start: int
    end: int
    opening: int
    is_call: bool
    items: list[_Item]


class _OtherError(Exception):
    """The line has something else in it, or black would do something else to it."""


def wrap_call(line: str, width: int) -> str | None:
    """A line that is longer than `width`, wrapped; None where it holds anything but calls and displays."""
    indent = len(line) - len(line.lstrip(" "))
    head = _HEAD.match(line, indent)
    if head is None or not (line.isascii() or RESERVED.sub("", line).isascii()):
        return None
    try:
        item = _read(line, head.end())
        return "\n".join(_Layout(line, width).statement(indent, item))
    except _OtherError:
        return None


def _read(line: str, start: int) -> _Item:
    """The one item that stands from `start` to the end of the line, with what is in it."""
    outer: list[_Item] = []
    open_items: list[_Item] = [_Item(start, len(line), -1, False, outer)]
    place = start
    while True:
        found = _ITEM.match(line, place)
        if found is None or not (found["atom"] or found["bracket"]):
            raise _OtherError
        opening = found.start("bracket") if found["bracket"] else -1
        within = open_items[-1].opening
        if bool(found["key"]) and (within < 0 or line[within] != "{"):
            raise _OtherError
        if opening >= 0 and found["atom"] and (found["bracket"] != "(" or not found["name"]):
            raise _OtherError
        item = _Item(place, 0, opening, bool(found["name"]), [])
        place = found.end()
        if opening >= 0:
            if len(open_items) > _DEEPEST:
                raise _OtherError
            if line[place : place + 1] != _CLOSING[found["bracket"]]:
                open_items.append(item)
                continue
            place += 1
        open_items[-1].items.append(item._replace(end=place))
        while line[place : place + 1] in _CLOSING.values() and len(open_items) > 1:
            closed = open_items.pop()
            if line[place] != _CLOSING[line[closed.opening]]:
                raise _OtherError
            place += 1
            open_items[-1].items.append(closed._replace(end=place))
        if place == len(line):
            break
        if len(open_items) == 1 or line[place : place + 2] != ", ":
            raise _OtherError
        place += 2
    if len(open_items) > 1 or len(outer) != 1:
        raise _OtherError
    return outer[0]


class _Layout:
    """The lines that one line becomes."""

    def __init__(self, line: str, width: int) -> None:
        self._line = line
        self._width = width
        self._found: list[str] = []

    def statement(self, indent: int, item: _Item) -> list[str]:
        """The lines of a statement that is `item` behind its head."""
        if not item.items:
            raise _OtherError
        pad = " " * indent
        opened = self._line[: item.opening + 1]
        if len(opened) <= self._width:
            self._found.append(opened)
        else:
            self._targets(pad, item)
        self._within(item, indent + 4)
        self._found.append(pad + self._line[item.end - 1])
        return self._found

    def _targets(self, pad: str, item: _Item) -> None:
        """Targets that don't fit on a line with what follows: in brackets, one by one."""
        targets, equals, _ = self._line[len(pad) : item.start].partition(" = ")
        words = targets.split(", ")
        behind = f"{pad}) = {self._line[item.start : item.opening + 1]}"
        fits = len(pad) + len(targets) + len(" = (") <= self._width
        short = len(pad) + item.end - item.opening <= self._width
        if not equals or len(words) == 1 or fits or short or len(behind) > self._width:
            raise _OtherError
        if len(pad) + 5 + max(map(len, words)) > self._width:
            raise _OtherError
        self._found.extend((f"{pad}(", *(f"{pad}    {word}," for word in words), behind))

    def _item(self, item: _Item, indent: int, comma: str) -> None:
        fits = indent + item.end - item.start + len(comma) <= self._width
        if fits or item.opening < 0:  # a constant stays in one piece, however long it is
            self._found.append(" " * indent + self._line[item.start : item.end] + comma)
            return
        if not item.items or indent + item.opening + 1 - item.start > self._width:
            raise _OtherError
        self._found.append(" " * indent + self._line[item.start : item.opening + 1])
        self._within(item, indent + 4)
        self._found.append(" " * indent + self._line[item.end - 1] + comma)

    def _within(self, item: _Item, indent: int) -> None:
        """What is in the brackets of an item."""
        text = self._line[item.opening + 1 : item.end - 1]
        lone = len(item.items) == 1
        if (item.is_call or lone) and indent + len(text) <= self._width:
            self._found.append(" " * indent + text)
            return
        for one in item.items:
            self._item(one, indent, "" if lone else ",")
