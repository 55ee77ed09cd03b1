"""Cascade: declare workflows as lazy task calls, compile them to the Python you would have written by hand."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cascade_gen._version import __version__ as __version__
from cascade_gen.lang import (
    Env,
    LazyResult,
    MappedLazyResult,
    Param,
    Router,
    Task,
    Workflow,
    bind,
    inject,
    pipeline,
    resource,
    select_jump,
    sequence,
    tail,
    task,
    workflow,
)
from cascade_gen.runtime.redirects import Jump, TailCall

_ELSEWHERE = {
    "aot": "cascade_gen.pipeline",
    "Engine": "cascade_gen.runs",
    "run": "cascade_gen.runs",
    "Compiled": "cascade_gen.artifact.typed",
    "Outcome": "cascade_gen.artifact.typed",
    "VirtualMachine": "cascade_gen.engine",
    "BlueprintBuilder": "cascade_gen.lower",
    "Blueprint": "cascade_gen.blueprint",
    "MISS": "cascade_gen.runtime.sentinels",
    "FileExistsCache": "cascade_gen.runtime.caches",
    "MemoryCache": "cascade_gen.runtime.caches",
    "DiskCache": "cascade_gen.runtime.disk_cache",
    **dict.fromkeys(
        (
            "Event",
            "MessageBus",
            "ResourceAcquired",
            "ResourceReleased",
            "RunFinished",
            "RunStarted",
            "TaskBlocked",
            "TaskExecutionFinished",
            "TaskExecutionStarted",
            "TaskRetrying",
            "TaskSkipped",
        ),
        "cascade_gen.runtime.events",
    ),
    **dict.fromkeys(
        (
            "CascadeError",
            "CompileError",
            "CompileWarning",
            "CycleError",
            "DependencyMissingError",
            "JumpError",
            "MisplacedTailCallError",
            "MissingParamError",
            "NotAWorkflowError",
            "NotShippableError",
            "ResourceNotFoundError",
            "RouteNotFoundError",
            "UnknownBlueprintError",
        ),
        "cascade_gen.errors",
    ),
}
"""What is imported at its first use, so that declaring workflows costs milliseconds."""


if TYPE_CHECKING:
    from cascade_gen.artifact.typed import Compiled, Outcome
    from cascade_gen.blueprint import Blueprint
    from cascade_gen.engine import VirtualMachine
    from cascade_gen.errors import (
        CascadeError,
        CompileError,
        CompileWarning,
        CycleError,
        DependencyMissingError,
        JumpError,
        MisplacedTailCallError,
        MissingParamError,
        NotAWorkflowError,
        NotShippableError,
        ResourceNotFoundError,
        RouteNotFoundError,
        UnknownBlueprintError,
    )
    from cascade_gen.lower import BlueprintBuilder
    from cascade_gen.pipeline import aot
    from cascade_gen.runs import Engine, run
    from cascade_gen.runtime.caches import FileExistsCache, MemoryCache
    from cascade_gen.runtime.disk_cache import DiskCache
    from cascade_gen.runtime.events import (
        Event,
        MessageBus,
        ResourceAcquired,
        ResourceReleased,
        RunFinished,
        RunStarted,
        TaskBlocked,
        TaskExecutionFinished,
        TaskExecutionStarted,
        TaskRetrying,
        TaskSkipped,
    )
    from cascade_gen.runtime.sentinels import MISS

if not TYPE_CHECKING:  # who checks types is told of a name that isn't there

    def __getattr__(name: str) -> Any:
        module = _ELSEWHERE.get(name)
        if module is None:
            raise AttributeError(f"module 'cascade' has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(module), name)
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


__all__ = [
    "MISS",
    "Blueprint",
    "BlueprintBuilder",
    "CascadeError",
    "CompileError",
    "CompileWarning",
    "Compiled",
    "CycleError",
    "DependencyMissingError",
    "DiskCache",
    "Engine",
    "Env",
    "Event",
    "FileExistsCache",
    "Jump",
    "JumpError",
    "LazyResult",
    "MappedLazyResult",
    "MemoryCache",
    "MessageBus",
    "MisplacedTailCallError",
    "MissingParamError",
    "NotAWorkflowError",
    "NotShippableError",
    "Outcome",
    "Param",
    "ResourceAcquired",
    "ResourceNotFoundError",
    "ResourceReleased",
    "RouteNotFoundError",
    "Router",
    "RunFinished",
    "RunStarted",
    "TailCall",
    "Task",
    "TaskBlocked",
    "TaskExecutionFinished",
    "TaskExecutionStarted",
    "TaskRetrying",
    "TaskSkipped",
    "UnknownBlueprintError",
    "VirtualMachine",
    "Workflow",
    "aot",
    "bind",
    "inject",
    "pipeline",
    "resource",
    "run",
    "select_jump",
    "sequence",
    "tail",
    "task",
    "workflow",
]
