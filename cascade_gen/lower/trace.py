"""Traces `@cs.workflow` functions, and finds everything that a workflow can reach."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cascade_gen.check import named_at, together
from cascade_gen.lang import Argument, Governed, Symbolic, Workflow
from cascade_gen.lang.workflow import nameless_error
from cascade_gen.runtime.containers import holds_lazy

from .graph import Needs, leaves

Parameters = list[tuple[inspect.Parameter, Argument]]


def trace(workflow: Workflow[..., Any]) -> tuple[Any, Parameters]:
    """Call the function with symbolic arguments: the graph, and each argument's parameter.

    A parameter whose default is lazy (`cs.Param`, `cs.inject`, a call) has that for its value, as a task's has.
    """
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    arguments: Parameters = []
    errors = [nameless_error(workflow, one, named_at(workflow.func, one.name)) for one in workflow.nameless]
    if errors:
        raise together(errors)
    for parameter in workflow.signature.parameters.values():
        value: Any = parameter.default
        if not holds_lazy(value):
            value = Argument(parameter.name, workflow.origin)
            arguments.append((parameter, value))
        if parameter.kind is parameter.KEYWORD_ONLY:
            keywords[parameter.name] = value
        else:
            positional.append(value)
    return workflow(*positional, **keywords), arguments


def reachable(values: Iterable[Any], needs: Needs | None = None) -> list[Symbolic]:
    """Every node that `values` can lead to, through inputs, conditions, routes and jumps, from left to right."""
    pending = [leaf for value in values for leaf in leaves(value)][::-1]
    found: dict[int, Symbolic] = {}
    needs = Needs() if needs is None else needs
    while pending:
        node = pending.pop()
        if id(node) in found:
            continue
        found[id(node)] = node
        needed = list(needs.all(node))
        if isinstance(node, Governed) and node.policies.jumps is not None:
            needed.extend(leaf for route in node.policies.jumps.routes.values() for leaf in leaves(route))
        pending.extend(reversed(needed))
    return list(found.values())


def shared_arguments(workflow: Any, nodes: Sequence[Symbolic], needs: Needs) -> set[int]:
    """The ids of the symbolic arguments that are used in more than one place; `nodes` are what it can reach."""
    uses = Counter(id(leaf) for leaf in leaves(workflow))
    uses.update(id(leaf) for node in nodes for leaf in needs.all(node))
    return {id(node) for node in nodes if isinstance(node, Argument) and uses[id(node)] > 1}
