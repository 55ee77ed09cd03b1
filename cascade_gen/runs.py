"""Runs workflows: `Engine`, and `run` for the simple case."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from cascade_gen.blueprint.signature import named_inputs
from cascade_gen.check import known_bus, known_capacity, named_values, resources_by_name
from cascade_gen.engine import InterpretedShapes, RunContext, ShapeCache, awaited, interpret
from cascade_gen.errors import CalledAt, edge
from cascade_gen.lang import Later, ResourceDefinition, Task, Workflow
from cascade_gen.lower import BlueprintBuilder
from cascade_gen.optimize import optimise
from cascade_gen.runtime.events import MessageBus
from cascade_gen.runtime.governor import Governor
from cascade_gen.runtime.wait import wait

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from cascade_gen.lang.typed import Targets

    class RunOptions(TypedDict, total=False):
        """The options of `run`, for its overloads."""

        resources: Iterable[ResourceDefinition]
        system_resources: Mapping[str, float] | None
        bus: MessageBus | None


R = TypeVar("R")


class Engine:
    """Runs workflows, several at the same time if asked to; events go to `bus`.

    `system_resources` is what the constraints of all its runs are held against.
    """

    def __init__(self, bus: MessageBus | None = None, system_resources: Mapping[str, float] | None = None) -> None:
        known_bus("bus", bus)
        known_capacity(system_resources)
        self._bus = bus
        self._system_resources = dict(system_resources or {})
        self._resources: dict[str, ResourceDefinition] = {}
        self.governor = Governor(self._system_resources)

    def register(self, resource: ResourceDefinition) -> None:
        """Let workflows inject a `@cs.resource` by its name."""
        if not isinstance(resource, ResourceDefinition):
            raise TypeError(f"register takes a @cs.resource; got {resource!r}")
        self._resources[resource.name] = resource

    # A lazy result comes first: to a type checker it fits everywhere.
    @overload
    async def run(self, workflow: Later[R], params: Mapping[str, Any] | None = None, use_vm: bool = False) -> R: ...
    @overload
    async def run(
        self,
        workflow: Task[..., R] | Workflow[..., Later[R]],
        params: Mapping[str, Any] | None = None,
        use_vm: bool = False,
    ) -> R: ...
    @overload
    async def run(
        self, workflow: Workflow[..., R], params: Mapping[str, Any] | None = None, use_vm: bool = False
    ) -> R: ...
    @overload
    async def run(self, workflow: Targets, params: Mapping[str, Any] | None = None, use_vm: bool = False) -> Any: ...
    def run(
        self, workflow: Any, params: Mapping[str, Any] | None = None, use_vm: bool = False
    ) -> Coroutine[Any, Any, Any]:
        """The result of a workflow, given its inputs by name, to be awaited.

        It is interpreted, with events, or with `use_vm` compiled and run. An unknown input is `TypeError`.
        """
        # An event loop may run it when whoever has called it is gone; errors are to name their line.
        running = self._run(workflow, params, use_vm, CalledAt(sys._getframe(1)))
        for word, name in ("__name__", "run"), ("__qualname__", type(self).run.__qualname__):
            setattr(running, word, name)
        return running

    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(run)

    async def _run(self, workflow: Any, params: Mapping[str, Any] | None, use_vm: bool, called_at: CalledAt) -> Any:
        with edge():
            if use_vm:
                return await self._compiled(workflow, named_values(params))
            result, is_async = self._start(workflow, named_values(params), among_others=True)
            return await result if is_async else result

    def _start(self, workflow: Any, params: Mapping[str, Any], among_others: bool) -> tuple[Any, bool]:
        """The result of an interpreted run, or the coroutine that gives it, and which of them.

        A run `among_others` on an event loop awaits what it waits for, though it has nothing async.
        """
        builder = BlueprintBuilder(self._resources.values(), capacity=self._system_resources)
        blueprint = optimise(builder.build(workflow, template=True))
        is_sync = not blueprint.is_async
        blueprint = awaited(blueprint, self.governor) if among_others else blueprint
        run = RunContext(bus=self._bus, governor=self.governor, sync=is_sync)
        run.foreign = InterpretedShapes(run, ShapeCache(builder))
        args, kwargs = named_inputs(blueprint, params)
        return interpret(blueprint, run, args, kwargs), blueprint.is_async

    async def _compiled(self, workflow: Any, params: Mapping[str, Any]) -> Any:
        from cascade_gen.pipeline import compile_for

        function = compile_for(workflow, self._resources.values(), self._system_resources, self.governor)
        args, kwargs = named_inputs(function.blueprint, params)
        result = function(*args, **kwargs)
        return await result if function.blueprint.is_async else result


@overload
def run(workflow: Later[R], params: Mapping[str, Any] | None = None, **options: Unpack[RunOptions]) -> R: ...
@overload
def run(
    workflow: Task[..., R] | Workflow[..., Later[R]],
    params: Mapping[str, Any] | None = None,
    **options: Unpack[RunOptions],
) -> R: ...
@overload
def run(workflow: Workflow[..., R], params: Mapping[str, Any] | None = None, **options: Unpack[RunOptions]) -> R: ...
@overload
def run(workflow: Targets, params: Mapping[str, Any] | None = None, **options: Unpack[RunOptions]) -> Any: ...
def run(
    workflow: Any,
    params: Mapping[str, Any] | None = None,
    *,
    resources: Iterable[ResourceDefinition] = (),
    system_resources: Mapping[str, float] | None = None,
    bus: MessageBus | None = None,
) -> Any:
    """Interpret a workflow and wait for its result, inside a running event loop too (in a helper thread)."""
    with edge():
        engine = Engine(bus, system_resources)
        for resource in resources_by_name(resources).values():
            engine.register(resource)
        result, is_async = engine._start(workflow, named_values(params), among_others=False)
        return wait(lambda: result) if is_async else result
