"""A `RecursionError` of what is shown, told as compiling tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cascade_gen.lower.recursion import told

_T = TypeVar("_T")


def recursion_told(show: Callable[[], _T]) -> _T:
    """What `show` gives. `CompileError`: a workflow calls itself, or containers are nested too deeply.

    A function of the user's that calls itself without end is the user's own `RecursionError`, and comes out as it is.
    """
    try:
        return show()
    except RecursionError as error:
        found = told(error)
        if found is None:
            raise
        raise found from None
