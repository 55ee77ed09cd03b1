"""The names under which classes have tasks and workflows: what a method of such a name gives may be lazy."""

from __future__ import annotations

_names: set[str] = set()


def note_method(name: str) -> None:
    """Remember that a class has a task or workflow under this name."""
    _names.add(name)


def names_a_method(name: str) -> bool:
    """Whether any class of this process was ever given a task or workflow under a name."""
    return name in _names
