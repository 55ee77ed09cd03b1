"""Tells whether a saved module still says what its tasks and workflow functions say."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cascade_gen.tasks.source import identity

from . import standalone
from .header import read_header

Status = Literal["fresh", "stale", "edited"]


@dataclass(slots=True)
class Report:
    """What was found: `status`, and a line for each reason."""

    status: Status
    lines: list[str] = field(default_factory=list)


def check_file(path: str | Path) -> Report:
    """Whether the saved module at `path` is fresh, stale (a task or a workflow has changed) or edited by hand.

    Raises `CascadeError` for a file that isn't a generated module, `StaleFormatError` for one of a newer format.
    """
    header = read_header(Path(path))
    if header.edited:
        return Report("edited", [header.said_edited])
    changed = [line for one in (*header.tasks, *header.workflows) for line in _stamped(*one)] + standalone.changed(
        header.text
    )
    if changed:
        return Report("stale", changed)
    return Report("fresh", [f"{path}: fresh"])


def _stamped(module: str, qualname: str, stamp: str) -> list[str]:
    """What has changed about a task or a workflow function since the module was generated."""
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
