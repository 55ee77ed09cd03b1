"""Workflow functions that declare a graph and don't return it."""

from __future__ import annotations

from collections.abc import Iterator

from cascade_gen.errors import CompileWarning
from cascade_gen.lang import Workflow

from .places import defined_at

_NO_RESULT = "CS306"


def empty_warnings(workflow: Workflow[..., object], graph: object, declared: int) -> Iterator[CompileWarning]:
    """What to say of a function that has declared so many nodes when it was traced, and has given `graph`."""
    if graph is None and declared:
        yield CompileWarning(
            _NO_RESULT,
            f"the workflow {workflow.name!r} returns nothing, so that none of its calls will ever run",
            defined_at(workflow.func),
            "return the call whose result is wanted; what has to run before it goes into .after(...)",
        )
