"""What a generated module needs that exists only in this process."""

from __future__ import annotations

from typing import Any

import libcst as cst

from . import nodes
from .nodes import Expression


class Bound:
    """What one module is given when it is loaded, by key, and what of it other processes could not find, in words."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.unshippable: list[str] = []

    def bind(self, key: str, value: Any, said: str) -> Expression:
        """How the module reads a value, which is `said` to be missed elsewhere."""
        self.values[key] = value
        self.unshippable.append(said)
        index = cst.SubscriptElement(cst.Index(nodes.literal(key)))
        return cst.Subscript(nodes.name("_bound"), [index])
