"""Interprets the graphs that tasks return: lowered once for each shape."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from cascade_gen.blueprint import Blueprint
from cascade_gen.blueprint.signature import constant_of
from cascade_gen.lower import BlueprintBuilder, generalised, shape_of
from cascade_gen.optimize import optimise
from cascade_gen.runtime.errors import CascadeError
from cascade_gen.runtime.run import Run
from cascade_gen.runtime.sentinels import MISSING

from .context import RunContext
from .drive import drive_inside
from .interpret import body

_MOST = 512


class ShapeCache:
    """The Blueprints of the shapes met so far, the least used ones forgotten."""

    def __init__(self, builder: BlueprintBuilder) -> None:
        self._builder = builder
        self._known: OrderedDict[Hashable, tuple[Blueprint, bool]] = OrderedDict()

    def blueprint(
        self, workflow: Any, outer: frozenset[str] | None, awaits: bool
    ) -> tuple[Blueprint, tuple[Any, ...], bool]:
        """The Blueprint of a workflow's shape, the literals that are its inputs, and whether it has async work.

        In a run that `awaits` it is awaited in any case.
        """
        shape = shape_of(workflow)
        key = (outer, awaits, shape.key)
        found = self._known.get(key)
        if found is None:
            blueprint = optimise(self._builder.build_shape(*generalised(workflow), outer))
            found = replace(blueprint, is_async=True) if awaits else blueprint, blueprint.is_async
            self._known[key] = found
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        blueprint, is_async = found
        return blueprint, shape.values, is_async


class InterpretedShapes:
    """Runs returned graphs within a run that is interpreted."""

    def __init__(self, run: RunContext, shapes: ShapeCache) -> None:
        self._run = run
        self._shapes = shapes

    def run(self, workflow: Any, outer: frozenset[str] | None, run: Run) -> Any:
        """The result of a graph, in a sync run."""
        blueprint, values, is_async = self._shapes.blueprint(workflow, outer, False)
        if is_async:
            raise only_now_async(blueprint)
        return drive_inside(self._walk(blueprint, values))

    async def run_async(self, workflow: Any, outer: frozenset[str] | None, run: Run, sync: bool = False) -> Any:
        """The result of a graph, in an async run, or in a `sync` one that is awaited."""
        blueprint, values, is_async = self._shapes.blueprint(workflow, outer, True)
        if is_async and sync:
            raise only_now_async(blueprint)
        return await self._walk(blueprint, values)

    async def _walk(self, blueprint: Blueprint, values: tuple[Any, ...]) -> Any:
        inner = replace(self._run, inner=True, params=dict(self._run.params))
        registers = (one.register.name for one in blueprint.inputs if not one.param)
        given = dict(zip(registers, values, strict=True))
        for one in blueprint.inputs:
            if one.param:
                default = MISSING if one.default is None else constant_of(blueprint, one.default)
                given[one.register.name] = self._run.params.get(one.name, default)
        return await body(blueprint, inner, given)


def only_now_async(blueprint: Blueprint) -> CascadeError:
    """The error of a sync run that meets an async workflow."""
    names = dict.fromkeys(task.name for task in blueprint.tasks if task.awaits)
    name = next(iter(names), blueprint.name)
    return CascadeError(
        f"the workflow {name!r} is async, but it was met only now, in a sync run:"
        f" name it when compiling, blueprints=[{name}], so that the whole is async"
    )
