"""Runs workflows: `Engine`, and `run` for the simple case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cascade_gen.blueprint.signature import named_inputs
from cascade_gen.engine import InterpretedShapes, RunContext, ShapeCache, interpret
from cascade_gen.lang import ResourceDefinition
from cascade_gen.lower import BlueprintBuilder
from cascade_gen.optimize import optimise
from cascade_gen.runtime.events import MessageBus
from cascade_gen.runtime.governor import Governor
from cascade_gen.runtime.tracebacks import hide
from cascade_gen.runtime.wait import wait


class Engine:
    """Runs workflows, several at the same time if asked to; events go to `bus`.

    `system_resources` is what the constraints of all its runs are held against.
    """

    def __init__(self, bus: MessageBus | None = None, system_resources: Mapping[str, float] | None = None) -> None:
        self._bus = bus
        self._system_resources = dict(system_resources or {})
        self._resources: dict[str, ResourceDefinition] = {}
        self.governor = Governor(self._system_resources)

    def register(self, resource: ResourceDefinition) -> None:
        """Let workflows inject a `@cs.resource` by its name."""
        if not isinstance(resource, ResourceDefinition):
            raise TypeError(f"register takes a @cs.resource; got {resource!r}")
        self._resources[resource.name] = resource

    async def run(self, workflow: Any, params: Mapping[str, Any] | None = None, use_vm: bool = False) -> Any:
        """The result of a workflow, given its inputs by name.

        It is interpreted, with events, or with `use_vm` compiled and run. An unknown input is `TypeError`.
        """
        try:
            if use_vm:
                return await self._compiled(workflow, params or {})
            result, is_async = self._start(workflow, params or {})
            return await result if is_async else result
        except BaseException as error:
            hide(error)
            raise

    def _start(self, workflow: Any, params: Mapping[str, Any]) -> tuple[Any, bool]:
        """The result of an interpreted run, or the coroutine that gives it, and which of them."""
        builder = BlueprintBuilder(self._resources.values(), capacity=self._system_resources)
        blueprint = optimise(builder.build(workflow, template=True))
        run = RunContext(bus=self._bus, governor=self.governor)
        run.foreign = InterpretedShapes(run, ShapeCache(builder))
        args, kwargs = named_inputs(blueprint, params)
        return interpret(blueprint, run, args, kwargs), blueprint.is_async

    async def _compiled(self, workflow: Any, params: Mapping[str, Any]) -> Any:
        from cascade_gen.pipeline import compile_for

        function = compile_for(workflow, self._resources.values(), self._system_resources, self.governor)
        args, kwargs = named_inputs(function.blueprint, params)
        result = function(*args, **kwargs)
        return await result if function.blueprint.is_async else result


def run(
    workflow: Any,
    params: Mapping[str, Any] | None = None,
    *,
    resources: Iterable[ResourceDefinition] = (),
    system_resources: Mapping[str, float] | None = None,
    bus: MessageBus | None = None,
) -> Any:
    """Interpret a workflow and wait for its result, inside a running event loop too (in a helper thread)."""
    engine = Engine(bus, system_resources)
    for resource in resources:
        engine.register(resource)
    try:
        result, is_async = engine._start(workflow, params or {})
        return wait(lambda: result) if is_async else result
    except BaseException as error:
        hide(error)
        raise
