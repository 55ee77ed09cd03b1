"""Printing what differs between two saved modules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cascade_gen.shell.output import write

if TYPE_CHECKING:
    from cascade_gen.artifact.diff import Change

_COLOURS = {"breaking": "bold red", "compatible": "green"}


def write_changes(changes: Sequence[Change]) -> None:
    """Write a line for each change to stdout, with colour on a terminal."""
    if not changes:
        write("no difference")
    for change in changes:
        _write_line("breaking" if change.breaking else "compatible", str(change))


def _write_line(word: str, text: str) -> None:
    if not sys.stdout.isatty():
        write(f"{word:<10}  {text}")
        return
    from rich.console import Console
    from rich.text import Text

    Console().print(Text.assemble((f"{word:<10}", _COLOURS[word]), "  ", text), soft_wrap=True)
