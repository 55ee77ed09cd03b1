"""What the code generator gives for a Blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

OBSERVER = "the observer"
"""The key in `Emitted.bound` of what a module tells its events to; no task is bound under it."""


class Emitted(NamedTuple):
    """A generated module: its text, the name of its function, and what only this process can give it.

    `bound`: what the text can't import, by key. `adopted`: module-level values that the text makes anew but that
    have to be the very objects given. `unshippable`: what another process could not find, in words, or `@name` for a
    value. `governor`: the name of what constraints are held against, if anything is. `called` says by task why it is
    called; the bodies of the others have moved.
    """

    text: str
    function: str
    bound: Mapping[str, Any]
    adopted: Mapping[str, Any]
    unshippable: tuple[str, ...]
    governor: str
    called: Mapping[str, str]
