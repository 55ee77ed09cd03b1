"""A generated module in memory: its function, and what users can ask of it."""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import re
import weakref
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import OBSERVER, Blueprint, Emitted, Literal, Object
from cascade_gen.blueprint.signature import signature_of
from cascade_gen.check import known_inputs
from cascade_gen.errors import Location, NotShippableError, edge
from cascade_gen.runtime.events import preview

from .places import where_given

if TYPE_CHECKING:
    from pathlib import Path

_BY_NAME = re.compile(r'^(_\w+) = import_module\w*\("([\w.]+)"\)$', re.M)
"""How a generated module imports what a name of its package hides. For whom reads the text, an import says it."""

_numbers = itertools.count(1)


class Artifact:
    """What `cs.aot` sets on the function it gives back: the source, the Blueprint, and ways to use them."""

    def __init__(self, function: Callable[..., Any], blueprint: Blueprint, emitted: Emitted) -> None:
        self._function = function
        self._emitted = emitted
        self.blueprint = blueprint
        self.source = emitted.text

    def run(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the function and wait for its result, inside a running event loop too (in a helper thread).

        `TypeError` for arguments without a value yet, which the function itself hands on as what they are.
        """
        with edge():
            known_inputs(args, kwargs)
            if self.blueprint.is_async:
                from cascade_gen.runtime.wait import wait  # brings asyncio along

                return wait(lambda: self._function(*args, **kwargs))
            return self._function(*args, **kwargs)

    def save(self, path: str | Path, standalone: bool = False) -> None:
        """Write the module to `path`, whole or not at all. `NotShippableError` where it can't be imported.

        `standalone`: with all that it needs of its tasks' modules and of the runtime, so that it imports neither.
        """
        from pathlib import Path

        from .files import write_whole

        with edge():
            self._check_shippable()
            write_whole(Path(path), self._standalone() if standalone else self.source)

    def _check_shippable(self) -> None:
        """Raise `NotShippableError` where another process couldn't import what the module needs."""
        homeless = [f"the task {task.name!r}" for task in self.blueprint.tasks if not task.module]
        missing = list(dict.fromkeys((*homeless, *self._emitted.unshippable)))
        if missing:
            names = ", ".join(map(self._said, missing))
            raise NotShippableError(
                f"{self.blueprint.name!r} can't be saved: another process could not import {names}",
                self._place(missing[0]),
                "define tasks and values at the top level of a module, and import them from there",
            )

    def _standalone(self) -> str:
        from .standalone import standalone_text

        text = _BY_NAME.sub(r"import \2 as \1", self.source)
        return standalone_text(self.blueprint, text, self._emitted.function)

    def _said(self, unshippable: str) -> str:
        """In words what can't be imported; a value is asked for its text only now."""
        if not unshippable.startswith("@"):
            return unshippable
        return f"the value {preview(self._emitted.bound[f'{unshippable[1:]} value'])}"

    def _place(self, unshippable: str) -> Location | None:
        """The call that is given a value that can't be imported, or has it as a policy; else the whole."""
        if unshippable.startswith("@"):
            return where_given(self.blueprint, unshippable[1:])
        return self.blueprint.location

    def explain(self) -> str:
        """For each task: inlined, or called and why."""
        lines = []
        for task in self.blueprint.tasks:
            why = self._emitted.called.get(task.key)
            lines.append(f"{task.name}: inlined" if why is None else f"{task.name}: called; {why}")
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
    constraints are held against in the place of its own. The text is there for tracebacks as long as the function,
    one that was made in it, or a frame that runs either.
    """
    filename = f"<cascade {blueprint.name if blueprint.name.isidentifier() else 'workflow'} {next(_numbers)}>"
    module = ModuleType(emitted.function)
    namespace = module.__dict__
    namespace["__file__"] = filename
    namespace["__module__"] = module  # which lives as long as whatever has this namespace
    namespace["__tasks__"] = blueprint.bound_tasks  # where their functions are: for tracebacks
    if emitted.bound:
        namespace["_bound"] = {**emitted.bound, OBSERVER: observer}
    lines = emitted.text.splitlines(keepends=True)
    linecache.cache[filename] = (len(emitted.text), None, lines, filename)
    exec(compile(emitted.text, filename, "exec", dont_inherit=True), namespace)
    if emitted.governor and governor is not None:
        namespace[emitted.governor] = governor
    function: Callable[..., Any] = namespace[emitted.function]
    weakref.finalize(module, linecache.cache.pop, filename, None)
    _adopt(function, emitted.adopted)
    _adopt_literals(function, blueprint)
    _dress(function, blueprint, wraps)
    function.__name__ = blueprint.name
    function.__qualname__ = blueprint.called or blueprint.name
    artifact = Artifact(function, blueprint, emitted)
    for name in ("source", "blueprint", "run", "save", "explain"):
        setattr(function, name, getattr(artifact, name))
    if emitted.governor:
        function.governor = namespace[emitted.governor]  # type: ignore[attr-defined]
    return function


def _adopt(function: Any, adopted: Mapping[str, Any]) -> None:
    """Put the very objects given in the place of the equal ones that the text has made."""
    namespace = function.__globals__
    given = {id(namespace[word]): value for word, value in adopted.items()}
    if function.__defaults__:
        function.__defaults__ = tuple(given.get(id(one), one) for one in function.__defaults__)
    if function.__kwdefaults__:
        function.__kwdefaults__ = {name: given.get(id(one), one) for name, one in function.__kwdefaults__.items()}
    namespace.update(adopted)


def _adopt_literals(function: Any, blueprint: Blueprint) -> None:
    """What stands in the signature is the very object given, too: some are told apart by `is`."""
    given: dict[str, Any] = {}
    for one in blueprint.inputs:
        if isinstance(one.default, Literal):
            given[one.register.name] = one.default.value
        elif isinstance(one.default, Object):
            given[one.register.name] = blueprint.objects[one.default.name]
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    if defaults:
        function.__defaults__ = tuple(given.get(name, one) for name, one in zip(names, defaults, strict=True))
    if function.__kwdefaults__:
        function.__kwdefaults__ = {name: given.get(name, one) for name, one in function.__kwdefaults__.items()}


def _dress(function: Any, blueprint: Blueprint, wraps: Callable[..., Any] | None) -> None:
    """Give the function the manners of `functools.wraps`."""
    annotations: dict[str, Any] = {}
    if wraps is not None:
        functools.update_wrapper(function, wraps)
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
