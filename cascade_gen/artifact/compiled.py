"""A generated module in memory: its function, and what users can ask of it."""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from cascade_gen.blueprint import Blueprint
from cascade_gen.blueprint.signature import signature_of
from cascade_gen.emit import Emitted
from cascade_gen.errors import NotShippableError
from cascade_gen.runtime.wait import wait

from .files import write_whole

_numbers = itertools.count(1)


class Artifact:
    """What `cs.aot` sets on the function it gives back: the source, the Blueprint, and ways to use them."""

    def __init__(self, function: Callable[..., Any], blueprint: Blueprint, emitted: Emitted) -> None:
        self._function = function
        self._emitted = emitted
        self.blueprint = blueprint
        self.source = emitted.text

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function and wait for its result, inside a running event loop too (in a helper thread)."""
        if self.blueprint.is_async:
            return wait(lambda: self._function(*args, **kwargs))
        return self._function(*args, **kwargs)

    def save(self, path: str | Path, standalone: bool = False) -> None:
        """Write the module to `path`, whole or not at all. `NotShippableError` where it can't be imported."""
        if standalone:
            raise NotShippableError(
                f"{self.blueprint.name!r} can't be saved standalone yet: its tasks and the runtime stay imports",
                self.blueprint.location,
                "save it without standalone=True, and install cascade-gen where it runs",
            )
        if self._emitted.unshippable:
            names = ", ".join(self._emitted.unshippable)
            raise NotShippableError(
                f"{self.blueprint.name!r} can't be saved: another process could not import {names}",
                self.blueprint.location,
                "define tasks and values at the top level of a module, and import them from there",
            )
        write_whole(Path(path), self.source)

    def explain(self) -> str:
        """For each task: inlined, or called and why."""
        lines = []
        for task in self.blueprint.tasks:
            why = {"blocking": "it runs in a worker thread", "compute": "it runs in a process pool"}.get(
                task.mode, "it is async" if task.is_async else "its body stays where it was written"
            )
            lines.append(f"{task.name}: called; {why}")
        return "\n".join(lines)


def load(
    blueprint: Blueprint,
    emitted: Emitted,
    wraps: Callable[..., Any] | None,
    observer: Any = None,
    governor: Any = None,
) -> Callable[..., Any]:
    """The function of a generated module, run from its text under a file name that shows in tracebacks.

    `wraps` is the user's function that it stands for, `observer` the bus it tells, `governor` what its
    constraints are held against in the place of its own. The text is forgotten with the function.
    """
    filename = f"<cascade {blueprint.name if blueprint.name.isidentifier() else 'workflow'} {next(_numbers)}>"
    module = ModuleType(emitted.function)
    namespace = module.__dict__
    namespace["__file__"] = filename
    if emitted.bound:
        namespace["_bound"] = {**emitted.bound, "observer": observer}
    lines = emitted.text.splitlines(keepends=True)
    linecache.cache[filename] = (len(emitted.text), None, lines, filename)
    exec(compile(emitted.text, filename, "exec", dont_inherit=True), namespace)
    if emitted.governor and governor is not None:
        namespace[emitted.governor] = governor
    function: Callable[..., Any] = namespace[emitted.function]
    weakref.finalize(function, linecache.cache.pop, filename, None)
    _adopt(function, emitted.adopted)
    _dress(function, blueprint, wraps)
    function.__name__ = blueprint.name
    artifact = Artifact(function, blueprint, emitted)
    for name in ("source", "blueprint", "run", "save", "explain"):
        setattr(function, name, getattr(artifact, name))
    if emitted.governor:
        function.governor = namespace[emitted.governor]  # type: ignore[attr-defined]
    return function


def _adopt(function: Any, adopted: dict[str, Any]) -> None:
    """Put the very objects given in the place of the equal ones that the text has made."""
    namespace = function.__globals__
    given = {id(namespace[word]): value for word, value in adopted.items()}
    if function.__defaults__:
        function.__defaults__ = tuple(given.get(id(one), one) for one in function.__defaults__)
    if function.__kwdefaults__:
        function.__kwdefaults__ = {name: given.get(id(one), one) for name, one in function.__kwdefaults__.items()}
    namespace.update(adopted)


def _dress(function: Any, blueprint: Blueprint, wraps: Callable[..., Any] | None) -> None:
    """Give the function the manners of `functools.wraps`."""
    annotations: dict[str, Any] = {}
    if wraps is not None:
        functools.update_wrapper(function, wraps, updated=())
        del function.__wrapped__
        inputs = {one.name for one in blueprint.inputs}
        annotations = {
            name: kind
            for name, kind in getattr(wraps, "__annotations__", {}).items()
            if name in inputs or name == "return"
        }
        function.__annotations__ = annotations
    function.__signature__ = signature_of(blueprint, annotations).replace(
        return_annotation=annotations.get("return", inspect.Signature.empty)
    )
