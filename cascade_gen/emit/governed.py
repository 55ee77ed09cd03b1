"""Writes what holds constraints around a call."""

from __future__ import annotations

from collections.abc import Callable

from cascade_gen.blueprint import Register

from . import nodes
from .function import Emitter
from .nodes import Expression, Statement
from .with_ import with_


def governed(emitter: Emitter, task: str, node: Register, emit: Callable[[], list[Statement]]) -> list[Statement]:
    """What `emit` writes for a call, under the global constraints where the module is governed."""
    if not emitter.options.governed or emitter.held:
        return emit()
    emitter.held = True
    body = emit()
    emitter.held = False
    return [holding(emitter, nodes.dict_([], []), task, node, body)]


def holding(emitter: Emitter, amounts: Expression, task: str, node: Register, body: list[Statement]) -> Statement:
    """`with governor.hold(amounts, task):` around `body`."""
    is_async = emitter.blueprint.is_async
    name = nodes.literal(emitter.tasks[task].name)
    blocked = []
    if emitter.events:
        partial = emitter.names.runtime("functools", "partial")
        told = nodes.name(f"{emitter.events}.blocked")
        blocked = [nodes.call(partial, told, name, nodes.literal(node.name))]
    method = "hold_async" if is_async else "hold"
    manager = nodes.call(f"{emitter.governor()}.{method}", amounts, name, *blocked)
    return with_(manager, body, is_async)
