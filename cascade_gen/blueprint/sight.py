"""What is in sight at a place of a Blueprint: a map that can be taken back to what it was."""

from __future__ import annotations

from typing import Generic, TypeVar

V = TypeVar("V")


class Sight(Generic[V]):
    """A map that remembers its changes; `now` is what it holds. No value may be None."""

    def __init__(self) -> None:
        self.now: dict[str, V] = {}
        self._changes: list[tuple[str, V | None]] = []

    def put(self, key: str, value: V) -> None:
        """Set a key, which may be there already."""
        self._changes.append((key, self.now.get(key)))
        self.now[key] = value

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._changes)

    def undo(self, mark: int) -> dict[str, V]:
        """Take back what was put since the mark, and give it: each key once, with its last value."""
        put: dict[str, V] = {}
        for key, before in reversed(self._changes[mark:]):
            put.setdefault(key, self.now[key])
            if before is None:
                del self.now[key]
            else:
                self.now[key] = before
        del self._changes[mark:]
        return put
