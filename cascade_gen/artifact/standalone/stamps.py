"""Stamps of what a standalone file has taken along of the user's modules, so that a later change shows."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable
from typing import Any, cast

from cascade_gen.tasks.canonical import canonical

from .changes import changed_roots
from .closure import Closure
from .library import Library
from .sources import Module

_SHOWN = 16
CARRIED = re.compile(r"^carried (\S+):(\S+) ([0-9a-f]+)$", re.M)
"""The line of a stamp: module, names, hash."""


def stamp_lines(closure: Closure, generated: Module) -> list[str]:
    """A line for each of the user's modules of which something was taken along."""
    names: dict[str, set[str]] = {}
    for symbol in closure.symbols:
        if not symbol.is_house and symbol.module != generated.name:
            names.setdefault(symbol.module, set()).add(symbol.name)
    return [
        f"carried {name}:{','.join(sorted(found))} {_stamp(closure.modules[name], found)}"
        for name, found in sorted(names.items())
    ]


def changed(text: str) -> list[str]:
    """What of a standalone file's text is no longer as it is in the user's modules: a line for each."""
    lines: list[str] = []
    for module, names, stamp in CARRIED.findall(text):
        found = Library([module]).module(module)
        if found is None:
            lines.append(f"{module} can't be read any more")
            continue
        missing = sorted(set(names.split(",")) - found.binders.keys())
        if missing:
            lines.append(f"{module} no longer has {', '.join(missing)}")
        elif _stamp(found, names.split(",")) != stamp:
            lines.append(f"{module}: one of {', '.join(names.split(','))} has changed")
    return lines


def _stamp(module: Module, names: Iterable[str]) -> str:
    """The hash of the statements that bind the names, or change what they stand for; whatever their layout."""
    wanted = set(names)
    body: list[ast.stmt] = [
        part.node
        for part in module.parts
        if part.facts.binds & wanted or (part.kind == "effect" and changed_roots(part) & wanted)
    ]
    text = canonical(cast(Any, ast.Module(body, [])))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN]
