"""How the walker runs the instructions that read inputs or own blocks, policies and loops apart."""

from __future__ import annotations

from typing import Any

from cascade_gen.blueprint import (
    Defer,
    Inject,
    Map,
    Missing,
    Parallel,
    ReadEnv,
    ReadParam,
    Skip,
)
from cascade_gen.runtime.inputs import read_env, read_param
from cascade_gen.runtime.results import aligned, missing
from cascade_gen.runtime.sentinels import MISSING
from cascade_gen.runtime.strands import once_async, together

from .aside import Aside
from .walker import Walker, handles


@handles(ReadParam)
async def _read_param(walker: Walker, one: ReadParam) -> None:
    given = walker.values[one.source.name]
    value = walker.values[one.target.name] = read_param(one.name, given, walker.read(one.type))
    walker.run.params[one.name] = value  # for graphs that tasks return


@handles(ReadEnv)
async def _read_env(walker: Walker, one: ReadEnv) -> None:
    default = MISSING if one.default is None else walker.read(one.default)
    walker.values[one.target.name] = read_env(one.name, walker.read(one.type), default)


@handles(Inject)
async def _inject(walker: Walker, one: Inject) -> None:
    value = walker.scope.use(one.resource)
    walker.values[one.target.name] = await value if walker.blueprint.is_async else value


@handles(Skip)
async def _skip(walker: Walker, one: Skip) -> None:
    if walker.run.events is not None:
        walker.run.events.skipped(walker.tasks[one.task][0].name, one.node, walker.read(one.reason))


@handles(Missing)
async def _missing(walker: Walker, one: Missing) -> None:
    raise missing(one.name, walker.read(one.reason))


@handles(Parallel)
async def _parallel(walker: Walker, one: Parallel) -> None:
    await together(*(walker.walk(branch) for branch in one.branches))


@handles(Defer)
async def _defer(walker: Walker, one: Defer) -> None:
    is_async = walker.blueprint.is_async
    walker.deferred[one.name] = once_async(walker.walk, one.block) if is_async else Aside(walker, one.block)


@handles(Map)
async def _map(walker: Walker, one: Map) -> None:
    results: list[Any] = []
    walker.values[one.target.name] = results
    if not one.inputs:
        return
    positions = aligned(**{item.name: walker.read(item.iterable) for item in one.inputs})

    async def item(values: tuple[Any, ...]) -> Any:
        inner = walker.inner()
        inner.values.update(zip((item.item.name for item in one.inputs), values, strict=True))
        await inner.walk(one.block)
        return inner.read(one.result)

    if one.overlap:
        results.extend(await together(*(item(values) for values in positions)))
    else:
        for values in positions:
            results.append(await item(values))
