"""What `cascade explain` says of an error code."""

from __future__ import annotations

from textwrap import fill

from cascade_gen.errors import CODES


def explain(code: str) -> str | None:
    """The title, explanation and example of `code` (`CS101`, in either case); None if nobody uses it."""
    info = CODES.get(code.strip().upper())
    if info is None:
        return None
    example = "\n".join(f"    {line}".rstrip() for line in info.example.splitlines())
    return f"{info.code}: {info.title}\n\n{_wrapped(info.explanation)}\n\nFor example:\n\n{example}\n"


def _wrapped(text: str, width: int = 80) -> str:
    """Each paragraph of `text` in lines of at most `width` characters."""
    return "\n\n".join(fill(paragraph, width) for paragraph in text.split("\n\n"))
