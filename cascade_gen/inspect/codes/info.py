"""The form of an entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What is said of a code: a title, an explanation, a program that gets it and the program mended.

    The programs stand behind an `import cascade as cs`; a test runs them.
    """

    code: str
    title: str
    explanation: str
    wrong: str
    right: str
