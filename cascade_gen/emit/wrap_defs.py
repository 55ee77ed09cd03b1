"""Wraps the first line of a function as black would, where annotations and defaults are plain.

    def survey(text: str = "6 9 8", limit: int = 3, words: list[str] | None = None) -> dict[str, int]:

becomes

    def survey(
        text: str = "6 9 8", limit: int = 3, words: list[str] | None = None
    ) -> dict[str, int]:

and each parameter stands on a line of its own where they don't fit on one.
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_]\w*+"
_VALUE = rf'{_NAME}(?:\.{_NAME})*|"[^"\\]*"|-?\d+(?:\.\d+)?(?![\w.])|\.\.\.'
_HEAD = re.compile(rf"(?:async )?def {_NAME}\(", re.ASCII)
_WORD = re.compile(rf"{_NAME}(?P<typed>: )?", re.ASCII)
_DEFAULT = re.compile(rf"=(?:{_VALUE}|\(\))", re.ASCII)
_TYPED_DEFAULT = re.compile(rf" = (?:{_VALUE}|\(\))", re.ASCII)
_PART = re.compile(rf"(?P<value>{_VALUE})|\[|\]|, | \| ", re.ASCII)


def wrap_def(line: str, width: int) -> str | None:
    """A line that is longer than `width`, wrapped; None where it is no such line, or has something else in it."""
    head = _HEAD.match(line)
    if head is None or not line.isascii():
        return None
    start = head.end()
    words, place = _parameters(line, start)
    behind = line[place:]
    if not words or not _is_end(behind) or max(start, len(behind)) > width:
        return None
    if len(words) > 1 and 4 + place - start <= width:
        rows = [line[start:place]]
    elif "*" in words and "/" not in words:  # black takes it for a Python that allows no comma behind those
        rows = [*(f"{one}," for one in words[:-1]), words[-1]]
    else:
        rows = [f"{one}," for one in words]
    if max(map(len, rows)) + 4 > width:
        return None
    return "\n".join([line[:start], *(f"    {row}" for row in rows), behind])


def _parameters(line: str, place: int) -> tuple[list[str], int]:
    """The parameters that stand in a line from a place on, and where they end; none where one isn't plain."""
    found: list[str] = []
    while True:
        end = _parameter_end(line, place)
        if end < 0:
            return [], place
        found.append(line[place:end])
        if line[end : end + 2] != ", ":
            return found, end
        place = end + 2


def _parameter_end(line: str, place: int) -> int:
    """Where a parameter ends, or -1."""
    if line.startswith(("*,", "/,", "/)"), place):
        return place + 1
    word = _WORD.match(line, place)
    if word is None:
        return -1
    end = _type_end(line, word.end()) if word["typed"] else word.end()
    default = (_TYPED_DEFAULT if word["typed"] else _DEFAULT).match(line, end) if end > 0 else None
    return end if default is None else default.end()


def _type_end(line: str, place: int) -> int:
    """Where an annotation ends, or -1: names and constants, with what is in brackets, and unions of them."""
    depth, wanted = 0, True
    while (part := _PART.match(line, place)) is not None:
        text = part[0]
        if text == "[":
            if wanted and not depth:
                return -1
            depth, wanted = depth + 1, True
        elif text == "]":
            depth -= 1
            if depth < 0 or (wanted and line[place - 1] != "["):
                return -1
            wanted = False
        elif part["value"]:
            if not wanted:
                return -1
            wanted = False
        elif wanted:
            return -1
        elif text == ", " and not depth:
            break
        else:
            wanted = True
        place = part.end()
    return -1 if depth or wanted else place


def _is_end(text: str) -> bool:
    """Whether a text closes the parameters and says what is returned, if anything."""
    if text == "):":
        return True
    return text.startswith(") -> ") and _type_end(text, 5) == len(text) - 1 and text.endswith(":")
