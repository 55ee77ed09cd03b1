"""Wraps the lines that are too long as black would, and leaves every other one alone."""

from __future__ import annotations

_WIDTH = 88


def wrap_long_lines(text: str) -> str:
    """`text` with every line over 88 columns formatted by black; each is a statement or a header of its own."""
    if max(map(len, text.splitlines()), default=0) <= _WIDTH:
        return text
    lines = text.split("\n")
    return "\n".join(_wrapped(line) if len(line) > _WIDTH else line for line in lines)


def _wrapped(line: str) -> str:
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
