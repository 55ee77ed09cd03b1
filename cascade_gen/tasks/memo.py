"""Facts kept for as long as the code object they were read from lives."""

from __future__ import annotations

import weakref
from types import CodeType
from typing import Generic, TypeVar

T = TypeVar("T")


class CodeMemo(Generic[T]):
    """A weak map from code objects to facts, by identity.

    Equal code objects are not the same function: two files may hold the same lines, so that a
    `WeakKeyDictionary`, which compares by equality, would mix them up. A fact must not refer to its code
    object or to a function, or neither would ever be freed.
    """

    def __init__(self) -> None:
        self._facts: dict[int, tuple[weakref.ref[CodeType], T]] = {}

    def get(self, code: CodeType) -> T | None:
        """The fact kept for `code`, or None."""
        entry = self._facts.get(id(code))
        return entry[1] if entry is not None and entry[0]() is code else None

    def put(self, code: CodeType, fact: T) -> T:
        """Keep `fact` for `code`; gives it back."""
        key = id(code)
        facts = self._facts

        def forget(dead: weakref.ref[CodeType]) -> None:
            entry = facts.get(key)
            if entry is not None and entry[0] is dead:
                facts.pop(key, None)

        facts[key] = (weakref.ref(code, forget), fact)
        return fact

    def __len__(self) -> int:
        return len(self._facts)
