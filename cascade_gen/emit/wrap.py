"""Wraps the lines that are too long as black would, and leaves every other one alone."""

from __future__ import annotations

import re

_WIDTH = 88
_WORD = r"(?:(?:\w+=)?[A-Za-z_][\w.]*|\d+)"
_CALL = re.compile(rf"( *)((?:return |\w+ = )?(?:await )?[A-Za-z_][\w.]*\()({_WORD}(?:, {_WORD})+)\)", re.ASCII)


def wrap_long_lines(text: str) -> str:
    """`text` with every line over 88 columns formatted by black; each is a statement or a header of its own."""
    if max(map(len, text.splitlines()), default=0) <= _WIDTH:
        return text
    lines = text.split("\n")
    return "\n".join(_wrapped(line) if len(line) > _WIDTH else line for line in lines)


def _wrapped(line: str) -> str:
    return _wrapped_call(line) or _formatted(line)


def _wrapped_call(line: str) -> str | None:
    """A call of names and numbers wrapped as black does it, much faster; None for any other line."""
    match = _CALL.fullmatch(line)
    if match is None:
        return None
    pad, head, arguments = match.groups()
    if len(pad) + len(head) > _WIDTH:
        return None
    if len(pad) + 4 + len(arguments) <= _WIDTH:
        return f"{pad}{head}\n{pad}    {arguments}\n{pad})"
    parts = arguments.split(", ")
    if max(map(len, parts)) + len(pad) + 5 > _WIDTH:
        return None
    return "\n".join([pad + head, *(f"{pad}    {part}," for part in parts), f"{pad})"])


def _formatted(line: str) -> str:
    import black
    from black.parsing import InvalidInput

    code = line.lstrip(" ")
    indent = len(line) - len(code)
    if code.startswith(("#", '"""')):
        return line
    header, closer = _as_statement(code)
    mode = black.Mode(line_length=_WIDTH - indent)
    try:
        formatted = black.format_str(header + code + closer, mode=mode)
    except InvalidInput:
        return line
    rows = formatted.rstrip("\n").split("\n")
    rows = rows[header.count("\n") :]
    rows = rows[:-1] if closer else rows
    return "\n".join(" " * indent + row if row else row for row in rows)


def _as_statement(code: str) -> tuple[str, str]:
    """What has to stand before and after a line so that it is a statement."""
    if not code.endswith(":"):
        return "", ""
    if code.startswith("elif "):
        return "if x:\n    pass\n", "\n    pass"
    return "", "\n    pass"
