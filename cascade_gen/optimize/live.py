"""The names that are read later, on the way backwards through blocks.

There is one set for a whole block and what is nested in it: a way through it is walked on the set itself, and what
that changed is taken back before the next way. A copy of the set for each of many branches, whose values are all read
behind them, would take quadratic time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Change(NamedTuple):
    """What a way has made of the names: those that are read before it though not behind it, and the reverse."""

    added: frozenset[str]
    dropped: frozenset[str]


class Live:
    """The names that are read later; it can go back to where it was."""

    __slots__ = ("_changes", "_names")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = set(names)
        self._changes: list[str] = []  # each has come or gone

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self._names)

    def add(self, names: Iterable[str]) -> None:
        """These are read."""
        for name in names:
            if name not in self._names:
                self._names.add(name)
                self._changes.append(name)

    def discard(self, names: Iterable[str]) -> None:
        """These are written: what is read behind is not what stood there before."""
        for name in names:
            if name in self._names:
                self._names.discard(name)
                self._changes.append(name)

    def mark(self) -> int:
        """Where `back` can go back to."""
        return len(self._changes)

    def back(self, mark: int) -> Change:
        """Go back to a mark; gives what has changed since."""
        changed: set[str] = set()
        for name in self._changes[mark:]:
            changed ^= {name}  # what came and went is as it was
        del self._changes[mark:]
        added, dropped = changed & self._names, changed - self._names
        self._names -= added
        self._names |= dropped
        return Change(frozenset(added), frozenset(dropped))

    def join(self, ways: Iterable[Change]) -> None:
        """One of the ways is taken: what is read before any of them, or behind one that doesn't write it.

        Where there is none, nobody comes to what is behind.
        """
        changes = list(ways)
        dropped = [one.dropped for one in changes]
        self.discard(frozenset.intersection(*dropped) if dropped else self.names())
        for one in changes:
            self.add(one.added)
