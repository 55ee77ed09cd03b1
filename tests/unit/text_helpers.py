"""A function that is named like a method of texts, and goes on with another task."""

from __future__ import annotations

import cascade as cs


@cs.task
def cut(name: str) -> str:
    return name[:1]


def rstrip(name: str) -> object:
    """No method of a text."""
    return cs.tail(cut, name)
