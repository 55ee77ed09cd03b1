"""Ways to start async runs, and tasks whose starts and ends show what overlaps."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

import cascade as cs

PATIENCE = 30.0
"""Seconds after which a run that hangs is a failure."""

WAYS = ["interpreted", "compiled", "observed", "use_vm"]

log: list[str] = []
_events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


def forget() -> None:
    """Forget what happened: before each test."""
    log.clear()
    _events.clear()


class Runs:
    """One way to run workflows: `start` gives a coroutine of the result; `governor` is what the last one used."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.governor: Any = None

    def start(self, workflow: Any, resources: tuple[Any, ...] = (), capacity: Any = None) -> Coroutine[Any, Any, Any]:
        if self.way in ("interpreted", "use_vm"):
            engine = cs.Engine(system_resources=capacity)
            for resource in resources:
                engine.register(resource)
            self.governor = engine.governor
            return engine.run(workflow, use_vm=self.way == "use_vm")
        observer = cs.MessageBus() if self.way == "observed" else None
        function = cs.aot(workflow, resources=resources, system_resources=capacity, observer=observer)
        self.governor = getattr(function, "governor", None)
        coroutine: Coroutine[Any, Any, Any] = function()
        return coroutine

    def run(self, workflow: Any, resources: tuple[Any, ...] = (), capacity: Any = None) -> Any:
        """The result; an error if it hangs or if it leaves tasks behind."""

        async def main() -> Any:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self.start(workflow, resources, capacity)
            finally:
                assert asyncio.all_tasks() == {asyncio.current_task()}

        return asyncio.run(main())


@cs.task
async def job(name, after=(), given=None):
    log.append(f"start {name}")
    _events[name].set()
    for other in after:
        await _events[other].wait()
    await asyncio.sleep(0)
    log.append(f"end {name}")
    return name


@cs.task
def sync_job(name, given=None):
    log.append(f"sync {name}")
    return name


@cs.task
def row(*parts):
    log.append("row")
    return "".join(parts)


@cs.task
async def fails(error, after=()):
    for other in after:
        await _events[other].wait()
    log.append("fails")
    raise error


@cs.task
async def lingers(name, turns=3, error=None):
    log.append(f"start {name}")
    _events[name].set()
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(turns):
            await asyncio.sleep(0)
        log.append(f"end {name}")
        if error is not None:
            raise error
