"""The columns of the table of features: each way from a workflow to its result."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cascade as cs

from .alone import call_alone, save_alone
from .table import Feature

_names = itertools.count()


@dataclass
class Runner:
    """A feature's workflow on one path: `call` gives its result, or an awaitable of it, for the inputs."""

    feature: Feature
    call: Callable[..., Any]
    governor: Any = None
    events: list[cs.Event] = field(default_factory=list)

    def run(self, **inputs: Any) -> Any:
        """The result, waited for."""
        result = self.call(**inputs)
        return asyncio.run(_finish(result)) if inspect.isawaitable(result) else result

    async def start(self, **inputs: Any) -> Any:
        """The result, within an event loop."""
        result = self.call(**inputs)
        return await result if inspect.isawaitable(result) else result


async def _finish(awaitable: Any) -> Any:
    return await awaitable


def _bus(feature: Feature, events: list[cs.Event]) -> cs.MessageBus | None:
    if not feature.listens:
        return None
    bus = cs.MessageBus()
    bus.subscribe(cs.Event, events.append)
    return bus


def simple_run(feature: Feature) -> Runner:
    """`cs.run`, which interprets."""
    workflow, events = feature.build(), list[cs.Event]()
    resources, capacity, bus = feature.resources, feature.system_resources, _bus(feature, events)

    def call(**inputs: Any) -> Any:
        return cs.run(workflow, inputs, resources=resources, system_resources=capacity, bus=bus)

    return Runner(feature, call, None, events)


def engine_run(feature: Feature, use_vm: bool = False) -> Runner:
    """`Engine.run`."""
    workflow, events = feature.build(), list[cs.Event]()
    engine = cs.Engine(_bus(feature, events), feature.system_resources)
    for resource in feature.resources:
        engine.register(resource)
    return Runner(feature, lambda **inputs: engine.run(workflow, inputs, use_vm=use_vm), engine.governor, events)


def engine_use_vm(feature: Feature) -> Runner:
    """`Engine.run(use_vm=True)`, which compiles."""
    return engine_run(feature, use_vm=True)


def compiled(feature: Feature, **options: Any) -> Runner:
    """The function that `cs.aot` gives."""
    function = _aot(feature, **options)
    return Runner(feature, function, getattr(function, "governor", None))


def _aot(feature: Feature, **options: Any) -> Any:
    return cs.aot(
        feature.build(),
        blueprints=feature.blueprints,
        resources=feature.resources,
        system_resources=feature.system_resources,
        **options,
    )


def not_inlined(feature: Feature) -> Runner:
    """Every task called, none inlined."""
    return compiled(feature, inline=False)


def observed(feature: Feature) -> Runner:
    """Compiled with a bus that somebody listens to."""
    events: list[cs.Event] = []
    bus = cs.MessageBus()
    bus.subscribe(cs.Event, events.append)
    runner = compiled(feature, observer=bus)
    runner.events = events
    return runner


def save(feature: Feature, path: Path) -> str:
    """Save the feature's module; gives the name of its function."""
    function = _aot(feature)
    function.save(path)
    return str(function.__code__.co_name)


def imported(feature: Feature, path: Path, function: str) -> Runner:
    """A saved module, imported under a name that no other module has."""
    name = f"saved_feature_{next(_names)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return Runner(feature, getattr(module, function))


def saved(feature: Feature) -> Runner:
    """Saved to a file of the current folder, and imported from there."""
    path = Path(f"{feature.name}.py").absolute()
    return imported(feature, path, save(feature, path))


def virtual_machine(feature: Feature) -> Runner:
    """`VirtualMachine().execute`."""
    builder = cs.BlueprintBuilder(feature.resources, feature.blueprints, feature.system_resources)
    blueprint = builder.build(feature.build(), template=True)
    machine = cs.VirtualMachine(feature.system_resources)
    return Runner(feature, lambda **inputs: machine.execute(blueprint, (), inputs))


def standalone(feature: Feature) -> Runner:
    """Saved as one file with all that it needs, and run where there is no Cascade."""
    served = save_alone(feature, _aot(feature))
    return Runner(feature, lambda **inputs: call_alone(served, inputs))


PATHS: dict[str, Callable[[Feature], Runner]] = {
    "cs.run": simple_run,
    "Engine.run": engine_run,
    "use_vm": engine_use_vm,
    "compiled": compiled,
    "not inlined": not_inlined,
    "observer": observed,
    "saved": saved,
    "standalone": standalone,
    "VirtualMachine": virtual_machine,
}
"""The ways within this process; "elsewhere" is a saved module in another one."""
