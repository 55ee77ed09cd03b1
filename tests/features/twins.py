"""Async twins of the modules of features: the same text, with `async def` for the tasks that run inline."""

from __future__ import annotations

import re
from pathlib import Path

AREAS = (
    "calls",
    "inputs",
    "provided",
    "skipping",
    "routes",
    "maps",
    "policies",
    "caching",
    "governed",
    "tails",
    "recursion",
    "machines",
    "nesting",
    "telling",
)
"""The modules with features, in the order of the table."""

_PACKAGE = __package__ or "tests.features"
_TASK = re.compile(r"^(@cs\.task(?:\((?!.*mode=).*\))?\n)def ", re.MULTILINE)


def twin_name(area: str) -> str:
    """The name of the async twin's module."""
    return f"features_{area}_async"


def twin_text(area: str) -> str:
    """The text of the twin. A task whose decorator is followed by a comment stays sync, as does one with a mode."""
    text = (Path(__file__).parent / f"{area}.py").read_text(encoding="utf-8")
    text = text.replace("from .words import", f"from {twin_name('words')} import")
    text = text.replace("from .", f"from {_PACKAGE}.")
    return _TASK.sub(r"\1async def ", text)


def write_twins(folder: Path) -> None:
    """Write the twins of all areas, for whoever has `folder` on its path."""
    for area in ("words", *AREAS):
        (folder / f"{twin_name(area)}.py").write_text(twin_text(area), encoding="utf-8")
