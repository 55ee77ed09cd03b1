"""Hand-written programs, each for one thing that goes wrong when a body is moved or a call becomes a jump."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .bodies import Program

_TITLE = re.compile(
    r"^=== (?P<name>.*?); root: (?P<root>.*?)(; inputs: (?P<inputs>.*?))?(; linked: (?P<linked>.*))?$"
)


def traps(file: str) -> Iterator[tuple[str, Program]]:
    """The traps of a file beside this one: a title with what is called, then the module."""
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    for part in re.split(r"^(?==== )", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        found = _TITLE.match(title)
        assert found is not None, title
        given = found["inputs"] or ""
        task = found["root"].partition("(")[0]
        yield found["name"], Program(
            body, found["root"], task, given, found["linked"] or "", is_async="async def" in body
        )
