"""Names for registers, tasks and objects: the user's words, made identifiers that shadow nothing."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

_LONGEST = 40
_NOT_WORD = re.compile(r"\W+")
RESERVED = frozenset((*dir(builtins), *keyword.kwlist, *keyword.softkwlist))


def identifier(hint: str, fallback: str = "value") -> str:
    """An identifier near `hint` that is no keyword and no builtin, and doesn't start with an underscore."""
    name = unicodedata.normalize("NFKC", hint[: 4 * _LONGEST])
    name = _NOT_WORD.sub("_", name).strip("_")[:_LONGEST].rstrip("_")
    if name and not name.isidentifier():
        name = f"{fallback}_{name}"
    if not name.isidentifier():
        name = fallback
    return f"{name}_" if name in RESERVED else name


class Namer:
    """Gives each name out once: `fetch`, then `fetch_2`, `fetch_3`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def reserve(self, name: str) -> None:
        """Never give out `name`."""
        self._taken.add(name)

    def is_taken(self, name: str) -> bool:
        """Whether a name has been given out or reserved."""
        return name in self._taken

    def name(self, hint: str, fallback: str = "value") -> str:
        """A name near `hint` that has not been given out."""
        base = identifier(hint, fallback)
        number = self._next.get(base, 1)
        name = base if number == 1 else f"{base}_{number}"
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._next[base] = number + 1
        self._taken.add(name)
        return name
