"""Writes `with` statements."""

from __future__ import annotations

import libcst as cst

from . import nodes
from .nodes import Expression, Statement


def with_(manager: Expression, body: list[Statement], is_async: bool, target: str = "") -> Statement:
    """`with manager as target:` around `body`."""
    name = cst.AsName(cst.Name(target)) if target else None
    asynchronous = cst.Asynchronous() if is_async else None
    return cst.With([cst.WithItem(manager, name)], nodes.block(body), asynchronous)
