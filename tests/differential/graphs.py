"""Graphs of lazies as the oracle sees them: what a node waits for, in which order, and which calls are roots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cascade as cs
from cascade_gen.lang import Inject, Symbolic
from cascade_gen.tasks.exits import exits


def parts(value: Any) -> list[Any] | None:
    """The items of a container that lazies are looked for in, a set's by creation; None for anything else."""
    kind = type(value)
    if kind is dict:
        return list(value.values())
    if kind in (set, frozenset):
        return sorted(value, key=lambda item: min((leaf.serial for leaf in leaves(item)), default=0))
    return list(value) if kind in (list, tuple) or hasattr(kind, "_fields") else None


def leaves(value: Any) -> Iterator[Any]:
    """The symbolic values in a value, in the order they are computed."""
    if isinstance(value, Symbolic):
        yield value
    else:
        for item in parts(value) or ():
            yield from leaves(item)


def holds_lazy(value: Any) -> bool:
    return any(True for _ in leaves(value))


def holds_data(value: Any) -> bool:
    """Whether there is something in a value that a skipped node passes on: resources aren't."""
    return any(not isinstance(leaf, Inject) for leaf in leaves(value))


def goes_round(node: Any) -> bool:
    """Whether a root may go round, as far as its source shows: then it is a loop, with rounds of its own."""
    return node.policies.jumps is not None or exits(node.task.func).kind != "value"


def defaults(task: Any) -> list[tuple[str, Any]]:
    return [(name, one.default) for name, one in task.signature.parameters.items()]


def written(node: Any) -> list[Any]:
    """The data inputs of a node in the order written, lazy defaults last."""
    if isinstance(node, cs.MappedLazyResult):
        lazy = [value for name, value in defaults(node.task) if name not in node.iterables]
        return [*node.iterables.values(), *filter(holds_lazy, lazy)]
    lazy = [old for (_, old), value in zip(defaults(node.task), node.values, strict=True) if old is value]
    return [*node.args, *node.kwargs.values(), *filter(holds_lazy, lazy)]


def needs(node: Any) -> list[Any]:
    """What a node waits for, in order: predecessors, inputs, condition."""
    if isinstance(node, cs.Router):
        return [*leaves(node.selector), *leaves(list(node.routes.values()))]
    if not isinstance(node, cs.LazyResult | cs.MappedLazyResult):
        return []
    condition = node.policies.condition if node.policies.has_condition else None
    amounts = list(node.policies.constraints.values())
    return [*leaves(node.policies.after), *leaves(written(node)), *leaves(amounts), *leaves(condition)]


def reachable(workflow: Any) -> list[Any]:
    """Every node under a workflow."""
    found: dict[int, Any] = {}
    pending = list(leaves(workflow))
    while pending:
        node = pending.pop()
        if id(node) not in found:
            found[id(node)] = node
            jumps = node.policies.jumps if isinstance(node, cs.LazyResult) else None
            pending += [*needs(node), *(leaves(list(jumps.routes.values())) if jumps else ())]
    return list(found.values())


def roots(workflow: Any) -> set[int]:
    """The calls that may go round: targets, through the routes of Routers, that no other node needs."""
    candidates, pending = {}, list(leaves(workflow))
    while pending:
        node = pending.pop()
        if id(node) not in candidates:
            candidates[id(node)] = node
            pending += leaves(list(node.routes.values())) if isinstance(node, cs.Router) else ()
    needed: set[int] = set()
    for node in reachable(workflow):
        of_root = isinstance(node, cs.Router) and id(node) in candidates
        needed.update(id(one) for one in (leaves(node.selector) if of_root else needs(node)))
    return {key for key, node in candidates.items() if key not in needed and isinstance(node, cs.LazyResult)}
