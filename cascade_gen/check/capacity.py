"""Constraints: no node may ask for more than there is at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cascade_gen.errors import CapacityError, CompileError
from cascade_gen.lang import LazyResult, MappedLazyResult

from .places import chained_at


def capacity_errors(
    node: LazyResult[object] | MappedLazyResult[object], capacity: Mapping[str, float]
) -> Iterator[CompileError]:
    """The constraints of a node that can never be met; amounts that are lazy show only when it runs."""
    for name, amount in node.policies.constraints.items():
        total = capacity.get(name)
        if total is not None and isinstance(amount, int | float) and amount > total:
            yield CapacityError(
                f"Resource requirement '{name}={amount}' exceeds total system capacity ({float(total)}).",
                chained_at(node, "with_constraints", name),
                "ask for less, or give the system more: system_resources={...}",
            )
