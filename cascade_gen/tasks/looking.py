"""One look for a whole compilation: what names stand for doesn't change while a workflow is compiled."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Within it, what `seen` has found stays as it was found first; another one within it looks anew."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def seen(key: Hashable, look: Callable[[], T]) -> T:
    """What `look` gives: what it gave before for this key, where that was in the same look.

    A key that has an `id` is good as long as the object lives, which whoever compiles it sees to.
    """
    known = _seen.get()
    if known is None:
        return look()
    found: T | None = known.get(key)
    if found is None:
        found = known[key] = look()
    return found
