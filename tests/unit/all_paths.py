"""Every way from a workflow to its result, in this process."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import cascade as cs


def saved(compiled: Any, path: Path, **options: Any) -> Any:
    """The function of the module that is saved."""
    compiled.save(path, **options)
    module = sys.modules["saved"] = ModuleType("saved")  # where dataclasses look for the module they are in
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    return vars(module)[compiled.__code__.co_name]


def outcomes(build: Callable[[], Any], inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a workflow comes to on each path that needs no file."""
    given = dict(inputs or {})
    return {
        "cs.run": _outcome(lambda: cs.run(build(), given)),
        "Engine": _outcome(lambda: cs.Engine().run(build(), given)),
        "use_vm": _outcome(lambda: cs.Engine().run(build(), given, use_vm=True)),
        "VirtualMachine": _outcome(lambda: cs.VirtualMachine().execute(_blueprint(build()), (), given)),
        "compiled": _outcome(lambda: cs.aot(build())(**given)),
        "run": _outcome(lambda: cs.aot(build()).run(**given)),
        "not inlined": _outcome(lambda: cs.aot(build(), inline=False)(**given)),
    }


def linked_outcomes(build: Callable[[], tuple[Any, list[Any]]]) -> dict[str, Any]:
    """What a workflow comes to with further blueprints, which only what is compiled may have."""

    def compiled(**options: Any) -> Any:
        workflow, blueprints = build()
        return cs.aot(workflow, blueprints=blueprints, **options)

    return {
        "VirtualMachine": _outcome(lambda: cs.VirtualMachine().execute(compiled().blueprint, (), {})),
        "compiled": _outcome(lambda: compiled()()),
        "not inlined": _outcome(lambda: compiled(inline=False)()),
    }


def saved_outcomes(build: Callable[[], Any], folder: Path, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What it comes to once it is saved."""
    given, compiled = dict(inputs or {}), cs.aot(build())
    return {
        "saved": _outcome(lambda: saved(compiled, folder / "saved.py")(**given)),
        "standalone": _outcome(lambda: saved(compiled, folder / "alone.py", standalone=True)(**given)),
    }


def _blueprint(workflow: Any) -> cs.Blueprint:
    return cs.BlueprintBuilder().build(workflow, template=True)


def _outcome(act: Callable[[], Any]) -> Any:
    """The result, waited for; the exception as text."""

    async def wait(awaitable: Any) -> Any:
        return await awaitable

    try:
        result = act()
        return asyncio.run(wait(result)) if inspect.isawaitable(result) else result
    except Exception as error:
        return f"{type(error).__name__}: {error}"
