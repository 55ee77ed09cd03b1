"""Wraps the lines that are too long as black would, and leaves every other one alone."""

from __future__ import annotations

from .nodes import RESERVED
from .wrap_calls import wrap_call
from .wrap_defs import wrap_def

WIDTH = 88


def is_long(line: str) -> bool:
    """Whether a line takes more than 88 columns; some signs take two, but not those that hold places open."""
    if len(line) <= WIDTH // 2:
        return False
    if line.isascii() or RESERVED.sub("", line).isascii():
        return len(line) > WIDTH
    from black.strings import str_width

    return str_width(line) > WIDTH


def wrap_long_lines(text: str) -> str:
    """`text` with every line over 88 columns formatted by black; each is a statement, a header or a decorator."""
    if text.isascii() and max(map(len, text.splitlines()), default=0) <= WIDTH:
        return text
    return "\n".join(_wrapped(line) if is_long(line) else line for line in text.split("\n"))


def _wrapped(line: str) -> str:
    return wrap_call(line, WIDTH) or wrap_def(line, WIDTH) or _formatted(line)


def _formatted(line: str) -> str:
    import black

    code = line.lstrip(" ")
    indent = len(line) - len(code)
    if code.startswith("#"):
        return line
    header, closer = _as_statement(code)
    formatted = black.format_str(header + code + closer, mode=black.Mode(line_length=WIDTH - indent))
    rows = formatted.rstrip("\n").split("\n")
    rows = rows[header.count("\n") : len(rows) - closer.count("\n")]
    return "\n".join(" " * indent + row if row else row for row in rows)


def _as_statement(code: str) -> tuple[str, str]:
    """What has to stand before and after a line so that it is a statement."""
    if code.startswith("@"):
        return "", "\ndef f():\n    pass"
    if not code.endswith(":"):
        return "", ""
    if code.startswith("elif "):
        return "if x:\n    pass\n", "\n    pass"
    if code.startswith("except "):
        return "try:\n    pass\n", "\n    pass"
    return "", "\n    pass"
