"""Graphs that a run visibly comes to, which a file without the compiler has no code for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cascade_gen.blueprint import Blueprint, Loop, walk
from cascade_gen.lang import LazyResult, Workflow
from cascade_gen.lang.symbolic import Symbolic, locate
from cascade_gen.lower.trace import reachable, trace
from cascade_gen.tasks.exits import exits

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
    """What to refuse: workflows that tail calls may name, and that are more than a call with values or name more."""
    for loop in [one for one in walk(blueprint.body) if isinstance(one, Loop)]:
        known = {*(state.name for state in loop.states), *(name for name, _ in loop.links)}
        for name, link in loop.links:
            workflow = blueprint.objects[link.name]
            if isinstance(workflow, Symbolic):
                reason = "has a condition, predecessors, or several calls, so that entering it needs the compiler"
                yield f"{locate(workflow.origin)}: the workflow {name!r} {reason}; give it inputs alone"
            elif isinstance(workflow, Workflow):
                yield from _names_others(workflow, known)


def _names_others(workflow: Workflow[..., Any], known: set[str]) -> Iterator[str]:
    """The tail calls of a linked workflow's tasks to what only their module knows."""
    for call in [one for one in reachable([trace(workflow)[0]]) if isinstance(one, LazyResult)]:
        for target in exits(call.task.func).targets:
            if target.name is not None and target.name not in {*known, call.task.name}:
                said = f"the task {call.task.name!r} of the workflow {workflow.name!r}"
                reason = f"names {target.name!r} in a tail call, which only its module knows"
                yield f"{locate(call.origin)}: {said} {reason}; compile with blueprints=[{target.name}, ...] as well"
