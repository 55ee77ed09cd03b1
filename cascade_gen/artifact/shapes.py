"""Compiles the graphs that tasks of compiled workflows return: once for each shape."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from cascade_gen.blueprint import Blueprint, Emitted
from cascade_gen.engine import only_now_async
from cascade_gen.lang import ResourceDefinition
from cascade_gen.lower import BlueprintBuilder, generalised, shape_of
from cascade_gen.optimize import optimise
from cascade_gen.runtime.grow import without_compiler
from cascade_gen.runtime.run import Run

from .cache import kept_or_made
from .compiled import load

_MOST = 512
_known: OrderedDict[Hashable, tuple[Any, bool]] = OrderedDict()


class CompiledShapes:
    """Runs returned graphs: a function for each shape, shared by all loops of this process."""

    def run(self, workflow: Any, outer: frozenset[str] | None, run: Run) -> Any:
        """The result of a graph, in a sync run."""
        function, is_async, values = _function(workflow, outer, run, False)
        if is_async:
            raise only_now_async(function.blueprint)
        return function(run, *values)

    async def run_async(self, workflow: Any, outer: frozenset[str] | None, run: Run, sync: bool = False) -> Any:
        """The result of a graph, in an async run, or in a `sync` one that is awaited."""
        function, is_async, values = _function(workflow, outer, run, True)
        if is_async and sync:
            raise only_now_async(function.blueprint)
        result = function(run, *values)
        return await result if function.blueprint.is_async else result


def _function(
    workflow: Any, outer: frozenset[str] | None, run: Run, awaits: bool
) -> tuple[Any, bool, tuple[Any, ...]]:
    """What runs the graph in a run that `awaits`, whether it has async work, and the literals it is to be given.

    In such a run a sync graph that uses resources is awaited too, and one that may have to wait for constraints: they
    are awaited there.
    """
    shape = shape_of(workflow)
    observed = run.events is not None
    table = {} if run.scope is None else run.scope.table
    governed = run.governor is not None
    awaited = awaits and (governed or bool(table))
    key = (outer, observed, governed, awaited, tuple((name, one.func) for name, one in table.items()), shape.key)
    found = _known.get(key)
    if found is None:
        resources = [ResourceDefinition(one.func, one.name, one.scope) for one in table.values()]
        blueprint = optimise(BlueprintBuilder(resources).build_shape(*generalised(workflow), outer))
        is_async = blueprint.is_async
        if awaited and (governed or blueprint.resources):
            blueprint = replace(blueprint, is_async=True)
        found = _known[key] = load(blueprint, _emitted(blueprint, observed, governed), None), is_async
        if len(_known) > _MOST:
            _known.popitem(last=False)
    else:
        _known.move_to_end(key)
    return *found, shape.values


def _emitted(blueprint: Blueprint, observed: bool, governed: bool) -> Emitted:
    """The module of a shape, from the cache on disk if it is there."""
    options: dict[str, Any] = {"inner": True, "observed": observed, "governed": governed}

    def make() -> Emitted:
        try:
            from cascade_gen.emit import Options, emit_module  # which takes longer to import than all else
        except ModuleNotFoundError as error:
            raise without_compiler(error) from None
        return emit_module(blueprint, Options(**options))

    return kept_or_made(blueprint, options, make)
