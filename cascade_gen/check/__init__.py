"""What a workflow is checked for before it is lowered: errors, all that can be found, and warnings.

A rung of its own between `tasks`, whose facts it uses, and `lower`, which asks it: a check is a function from the
declared graph to what is wrong with it, so that one mistake doesn't hide the next as it would in the lowering.
"""

from .checks import Graph, find_errors, find_warnings
from .empty import empty_warnings
from .options import (
    known_bus,
    known_capacity,
    known_inputs,
    known_seconds,
    listed_blueprints,
    listed_values,
    named_values,
    resources_by_name,
)
from .places import defined_at, named_at
from .report import show_warnings, together
from .resources import resource_errors

__all__ = [
    "Graph",
    "defined_at",
    "empty_warnings",
    "find_errors",
    "find_warnings",
    "known_bus",
    "known_capacity",
    "known_inputs",
    "known_seconds",
    "listed_blueprints",
    "listed_values",
    "named_at",
    "named_values",
    "resource_errors",
    "resources_by_name",
    "show_warnings",
    "together",
]
