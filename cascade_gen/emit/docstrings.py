"""The docstring of a generated function: the user's own words, in the form in which black leaves them."""

from __future__ import annotations

import inspect
import re

from .nodes import RESERVED

_INDENT = "    "
_ODD = re.compile(r'\\|"""| $')
"""What is escaped in a line: a backslash, what would end the string, and the space that black takes off its end."""
_ESCAPED = {"\\": "\\\\", '"""': '\\"\\"\\"', " ": "\\x20"}


def docstring(doc: str) -> str:
    """The lines of a docstring at the first indentation, each with its end.

    Read back and cleaned (`inspect.cleandoc`), it is `doc` cleaned, but for space on empty lines.
    """
    lines = [line if line.strip() else "" for line in inspect.cleandoc(doc).strip("\n").split("\n")]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    if len(lines) == 1:
        return f'{_INDENT}"""{_alone(lines[0])}"""\n'
    first, *rest = map(_escaped, lines)
    if first.startswith(" ") or all(line.startswith(" ") for line in rest if line):
        first, rest = "", [first, *rest]  # the first line would be cleaned apart from the others
    first = f" {first}" if first.startswith('"') else first
    return "\n".join([f'{_INDENT}"""{first}', *(_INDENT + line if line else "" for line in rest), f'{_INDENT}"""\n'])


def _alone(line: str) -> str:
    """The one line of a docstring; black sets quotes at its ends apart with spaces."""
    if not line:
        return " "
    text = _escaped(line)
    if line.endswith('" '):
        text = f"{_escaped(line[:-1])} "
    elif line.endswith('"'):
        text = f"{_escaped(line[:-1])}\\x22"
    return f" {text}" if text.startswith('"') else text  # which cleaning takes off again


def _escaped(line: str) -> str:
    """A line as it stands in a literal of three quotes."""
    text = _ODD.sub(lambda found: _ESCAPED[found[0]], line)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_sign, text))


def _sign(sign: str) -> str:
    return sign if sign.isprintable() and not RESERVED.match(sign) else ascii(sign)[1:-1]
