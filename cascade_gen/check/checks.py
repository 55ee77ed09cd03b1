"""The list of checks: each a function from the declared graph to what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cascade_gen.errors import CompileError, CompileWarning
from cascade_gen.lang import Inject, LazyResult, MappedLazyResult, ResourceDefinition, Symbolic, Task
from cascade_gen.tasks.exits import Exits

from .capacity import capacity_errors
from .cycles import cycles
from .edges import edge_warnings
from .jumps import jump_warnings, route_errors
from .misplaced import misplaced_warnings
from .resources import resource_errors
from .roots import Roots
from .tail_calls import call_warnings, tail_call_warnings


@dataclass(frozen=True, slots=True)
class Graph:
    """A declared graph: every node that can be reached, in a fixed order, and what each waits for."""

    nodes: Sequence[Symbolic]
    waits_for: Callable[[Symbolic], Sequence[Symbolic]]
    resources: Mapping[str, ResourceDefinition]
    capacity: Mapping[str, float]
    blueprints: Mapping[str, Any]
    exits: Callable[[Task[..., Any]], Exits]


def find_errors(graph: Graph, circles: bool = False) -> list[CompileError]:
    """What is certainly wrong. `circles` are looked for only if one is known to be there."""
    found: list[CompileError] = list(cycles(graph.nodes, graph.waits_for)) if circles else []
    for node in graph.nodes:
        if type(node) is LazyResult or type(node) is MappedLazyResult:
            if node._policies is not None:
                found += capacity_errors(node, graph.capacity)
                found += route_errors(node)
        elif type(node) is Inject:
            found += resource_errors(node, graph.resources)
    return found


def find_warnings(graph: Graph, roots: frozenset[int]) -> list[CompileWarning]:
    """What is wrong if it is ever reached; `roots` are the ids of the calls that may go round.

    Linear in the graph, and what is read from a task's source is kept with its code.
    """
    calls = [node for node in graph.nodes if isinstance(node, LazyResult | MappedLazyResult)]
    tasks = list({id(node.task): node.task for node in calls}.values())
    found = list(edge_warnings(graph.nodes, graph.waits_for))
    naming = [task for task in tasks if graph.exits(task).targets]
    if naming:
        entries = [node for node in calls if isinstance(node, LazyResult) and id(node) in roots]
        going = Roots(entries, graph.exits, graph.blueprints)
        found += call_warnings(going, {id(one): one for one in (*naming, *(root.task for root in going))}.values())
        found += tail_call_warnings(going)
        found += jump_warnings(going)
        found += misplaced_warnings(calls, roots | going.nodes, graph.exits)
    return found
