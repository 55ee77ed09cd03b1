"""Reads what a saved module says of itself in its docstring: who generated it, and from what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cascade_gen.emit import FORMAT, text_hash
from cascade_gen.errors import CascadeError, Location, StaleFormatError

from .standalone.stamps import CARRIED

_FORMAT = re.compile(r"^format (\d+), blueprint ([0-9a-f]+), text ([0-9a-f]+)$", re.M)
_TASK = re.compile(r"^task (\S+):(\S+) ([0-9a-f]+)$", re.M)
_WORKFLOW = re.compile(r"^workflow (\S+):(\S+) ([0-9a-f]+)$", re.M)
_GENERATOR = re.compile(r": compiled by cascade-gen ([\w.+!-]*\w)")
_STANDALONE = ", with all that it needs."


@dataclass(frozen=True, slots=True)
class Header:
    """The stamps of the module `text` in the file `path`.

    `tasks`, `workflows` and `carried` are module, name or names, and hash of each task, of each workflow function
    that declared the graph, and of what a standalone file has taken along of a module. `edited`: the text isn't
    what was generated.
    """

    path: Path
    text: str
    generator: str
    format: int
    blueprint: str
    tasks: tuple[tuple[str, str, str], ...]
    workflows: tuple[tuple[str, str, str], ...]
    carried: tuple[tuple[str, str, str], ...]
    standalone: bool
    edited: bool

    @property
    def said_edited(self) -> str:
        """In words that the file was edited."""
        return f"{self.path}: edited by hand since it was generated"


def read_header(path: Path) -> Header:
    """The stamps of a saved module, whether it was edited or not.

    Raises `CascadeError` for a file that can't be read or isn't a generated module, `StaleFormatError` for one of a
    newer format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CascadeError(f"can't read {path}: {error}") from None
    found = _FORMAT.search(text)
    if found is None:
        raise CascadeError(f"{path} is not a module that cascade-gen generated: it has no stamp")
    if int(found[1]) > FORMAT:
        raise StaleFormatError(
            f"{path} has format {found[1]}, but this version knows formats up to {FORMAT}",
            Location(str(path), text.count("\n", 0, found.start()) + 1, 0, len(f"format {found[1]}")),
            "install the newer version: pip install --upgrade cascade-gen",
        )
    head = text[: found.start()]
    stamps = text[found.end() :].partition('"""')[0]
    generator = _GENERATOR.search(head)
    return Header(
        path,
        text,
        generator[1] if generator else "",
        int(found[1]),
        found[2],
        _stamps(_TASK, stamps),
        _stamps(_WORKFLOW, stamps),
        _stamps(CARRIED, stamps),
        head.rstrip("\n").endswith(_STANDALONE),
        text_hash(text) != found[3],
    )


def _stamps(kind: re.Pattern[str], text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((one[1], one[2], one[3]) for one in kind.finditer(text))
