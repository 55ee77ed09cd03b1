"""Interprets Blueprints: a run from its inputs to its result, with its events and its resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cascade_gen.blueprint import Blueprint
from cascade_gen.blueprint.signature import bind_inputs
from cascade_gen.runtime.async_scopes import AsyncScope
from cascade_gen.runtime.observe import Observed
from cascade_gen.runtime.scopes import Resource, Scope
from cascade_gen.runtime.tracebacks import hide

from . import constructs, loops, policies  # noqa: F401  # they register their handlers
from .context import RunContext
from .drive import Showing, Stopped, drive
from .failures import tell
from .walker import Walker


def interpret(
    blueprint: Blueprint, run: RunContext, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
) -> Any:
    """The result of a Blueprint, or a coroutine of it where it is async.

    `TypeError` in Python's words where the inputs don't bind.
    """
    values = bind_inputs(blueprint, args, kwargs or {})
    if blueprint.is_async:
        return _awaited(blueprint, run, values)
    try:
        return drive(_run(blueprint, run, values))
    except BaseException as error:
        hide(error, tell)
        raise


async def _awaited(blueprint: Blueprint, run: RunContext, values: dict[str, Any]) -> Any:
    try:
        return await _run(blueprint, run, values)
    except Stopped as stopped:
        raise stopped.error from None  # of which Python makes what it makes in every coroutine
    except BaseException as error:
        hide(error, tell)
        raise


async def _run(blueprint: Blueprint, run: RunContext, values: dict[str, Any]) -> Any:
    run.params = {one.name: values[one.register.name] for one in blueprint.inputs if one.param}
    if run.bus is None:
        return await _scoped(blueprint, run, values)
    inputs = {one.name: values[one.register.name] for one in blueprint.inputs}
    with Showing(Observed(run.bus, blueprint.name, inputs)) as run.events:
        return await _scoped(blueprint, run, values)


async def _scoped(blueprint: Blueprint, run: RunContext, values: dict[str, Any]) -> Any:
    """The body within the scope of the run's resources, if it uses any."""
    if not blueprint.resources:
        return await body(blueprint, run, values)
    table = {
        ref.name: Resource(
            ref.name, blueprint.bound_resources[ref.name].func, ref.scope, dict(ref.injects), ref.is_async
        )
        for ref in blueprint.resources
    }
    events = run.events
    told = (None, None) if events is None else (events.acquired, events.released)
    if blueprint.is_async:
        async with Showing(AsyncScope(table, None, *told)) as run.scope:
            return await body(blueprint, run, values)
    with Showing(Scope(table, None, *told)) as run.scope:
        return await body(blueprint, run, values)


async def body(blueprint: Blueprint, run: RunContext, values: dict[str, Any]) -> Any:
    """Walk the body and give the result."""
    walker = Walker(blueprint, run, values)
    await walker.walk(blueprint.body)
    return walker.read(blueprint.result)
