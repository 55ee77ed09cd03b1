"""Brings errors and warnings to the user: all errors as one, each warning once."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, TypeVar

from cascade_gen.errors import CompileError, CompileWarning

_shown: dict[Any, Any] = {}
"""What Python's machinery of warnings keeps of those it has shown; it forgets them when a filter is set."""


Told = TypeVar("Told", CompileError, CompileWarning)


def _in_order(found: Iterable[Told]) -> list[Told]:
    """What was found, file by file and there in the order of the lines; what is said twice of one place once."""
    told = {(one.code, one.message, one.location): one for one in found}
    files = {one.location.file: None for one in told.values() if one.location is not None}
    ranks = {file: rank for rank, file in enumerate(files)}

    def place(one: Told) -> tuple[int, int, int]:
        where = one.location
        return (-1, 0, 0) if where is None else (ranks[where.file], where.line, where.column)

    return sorted(told.values(), key=place)


def together(errors: Iterable[CompileError]) -> CompileError:
    """One error to raise for several, of which there must be at least one: the first, which carries the others."""
    first, *more = _in_order([one for found in errors for one in found.errors])
    return first.with_more(more)


def show_warnings(found: Iterable[CompileWarning]) -> None:
    """Hand warnings to Python's `warnings`, as of the lines that they are about.

    Whether they are shown, counted or raised is for its filters to say; by default each is shown once.
    """
    for warning in _in_order(found):
        place = warning.location
        file, line = ("<unknown>", 0) if place is None else (place.path or place.file, place.line)
        warnings.warn_explicit(warning, CompileWarning, file, line, registry=_shown)
