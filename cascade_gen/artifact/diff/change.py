"""One difference between two saved modules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed about a subject, in words; `breaking` where a call that was right may now go wrong."""

    breaking: bool
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"
