"""Marks for what `None` can't say: one object each, in every process and after every copy."""

from __future__ import annotations

from typing import Any


class Sentinel:
    """A value that is only ever itself; it prints as its name and pickles and copies to itself.

    Its name must be the global name under which its module binds it.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name


MISS: Any = Sentinel("MISS")
"""What a cache policy's `check` gives when it has no value (`None` is a value)."""

KEEP: Any = Sentinel("KEEP")
"""Stands for an input that keeps its current value."""

MISSING: Any = Sentinel("MISSING")
"""Stands for a value that was never given."""

EMPTY: Any = Sentinel("EMPTY")
"""Stands in a signature for a default that is `inspect.Parameter.empty`, which there says that there is none."""
