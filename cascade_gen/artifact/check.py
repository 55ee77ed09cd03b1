"""Tells whether a saved module still says what its tasks say."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cascade_gen.emit import FORMAT, text_hash
from cascade_gen.errors import CascadeError, Location, StaleFormatError
from cascade_gen.tasks.source import identity

from . import standalone

Status = Literal["fresh", "stale", "edited"]

_FORMAT = re.compile(r"^format (\d+), blueprint ([0-9a-f]+), text ([0-9a-f]+)$", re.M)
_TASK = re.compile(r"^task (\S+):(\S+) ([0-9a-f]+)$", re.M)


@dataclass(slots=True)
class Report:
    """What was found: `status`, and a line for each reason."""

    status: Status
    lines: list[str] = field(default_factory=list)


def check_file(path: str | Path) -> Report:
    """Whether the saved module at `path` is fresh, stale (a task has changed) or edited by hand.

    Raises `CascadeError` for a file that isn't a generated module, `StaleFormatError` for one of a newer format.
    """
    path = Path(path)
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
    if text_hash(text) != found[3]:
        return Report("edited", [f"{path}: edited by hand since it was generated"])
    changed = [line for task in _TASK.finditer(text) for line in _task(*task.groups())] + standalone.changed(text)
    if changed:
        return Report("stale", changed)
    return Report("fresh", [f"{path}: fresh"])


def _task(module: str, qualname: str, stamp: str) -> list[str]:
    """What has changed about a task since the module was generated."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found: object = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        return [f"{module}:{qualname} can't be imported any more: {error}"]
    now = identity(getattr(found, "func", found))
    return [] if now.startswith(stamp) else [f"{module}:{qualname} has changed"]
