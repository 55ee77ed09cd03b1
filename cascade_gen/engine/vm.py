"""`VirtualMachine`: runs a Blueprint as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cascade_gen.blueprint import Blueprint
from cascade_gen.check import listed_values, named_values
from cascade_gen.errors import edge
from cascade_gen.lower import BlueprintBuilder
from cascade_gen.runtime.governor import Governor

from .context import RunContext
from .interpret import interpret
from .shapes import InterpretedShapes, ShapeCache


class VirtualMachine:
    """Executes Blueprints by walking them; `system_resources` is what constraints are held against."""

    def __init__(self, system_resources: Mapping[str, float] | None = None) -> None:
        self._governor = Governor(system_resources)
        self._capacity = system_resources
        self._shapes = ShapeCache(BlueprintBuilder(capacity=system_resources))

    def execute(
        self,
        blueprint: Blueprint,
        initial_args: Sequence[Any] = (),
        initial_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The result of `blueprint` called with these arguments, or an awaitable of it where it is async.

        Raises `TypeError` for what is no Blueprint, and for arguments without a value yet.
        """
        with edge():
            _check(blueprint)
            args, kwargs = listed_values(initial_args), named_values(initial_kwargs, "initial_kwargs")
            run = RunContext(governor=self._governor)
            run.foreign = InterpretedShapes(run, self._shapes_for(blueprint))
            return interpret(blueprint, run, args, kwargs)

    def _shapes_for(self, blueprint: Blueprint) -> ShapeCache:
        """Those of all Blueprints, or of this one's own where returned graphs can inject its resources."""
        if not blueprint.bound_resources:
            return self._shapes
        return ShapeCache(BlueprintBuilder(blueprint.bound_resources.values(), capacity=self._capacity))


def _check(blueprint: object) -> None:
    if not isinstance(blueprint, Blueprint):
        raise TypeError(
            f"execute() takes a Blueprint, which cs.BlueprintBuilder().build(workflow) makes; got {blueprint!r}"
        )
