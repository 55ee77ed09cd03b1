"""Graphs that a run visibly comes to, which a file without the compiler has no code for."""

from __future__ import annotations

from collections.abc import Iterator

from cascade_gen.blueprint import Blueprint, Loop, walk
from cascade_gen.lang.symbolic import Symbolic, locate

from .closure import Closure, Refusal
from .resolve import Symbol

_BUILDERS = {
    Symbol("cascade_gen.lang.routing", "Router"),
    Symbol("cascade_gen.lang.routing", "bind"),
    Symbol("cascade_gen.lang.routing", "select_jump"),
    Symbol("cascade_gen.lang.compose", "sequence"),
}


def graphs_built(closure: Closure) -> Iterator[Refusal]:
    """What to refuse: Routers, sequences and jumps made in bodies. Plain calls are run as they are."""
    for use in closure.uses:
        if not use.unit.module.is_house and use.mention.deferred and use.found.target in _BUILDERS:
            word = use.unit.module.words(use.mention.path)
            reason = f"{word} makes a graph when a task runs, which needs the compiler; make it part of the workflow"
            yield Refusal(use.unit.module, use.mention.nodes[-1], reason, use.mention.path)


def graphs_named(blueprint: Blueprint) -> Iterator[str]:
    """What to refuse: workflows that tail calls may name and that are more than a call with values."""
    for one in walk(blueprint.body):
        for name, link in one.links if isinstance(one, Loop) else ():
            workflow = blueprint.objects[link.name]
            if isinstance(workflow, Symbolic):
                reason = "has a condition, predecessors, or several calls, so that entering it needs the compiler"
                yield f"{locate(workflow.origin)}: the workflow {name!r} {reason}; give it inputs alone"
