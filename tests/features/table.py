"""The rows of the table of features: a workflow each, what it gives and the calls it makes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cascade as cs

if TYPE_CHECKING:
    from .paths import Runner

log: list[str] = []

EARLY = dict.fromkeys(
    ("saved", "standalone", "elsewhere"), "the error comes when it is compiled, so that there is nothing to save"
)
UNHEARD = dict.fromkeys(
    ("use_vm", "compiled", "not inlined", "saved", "standalone", "elsewhere", "VirtualMachine"),
    "events are for whoever interprets, or compiles with an observer",
)
UNGOVERNED = {
    "cs.run": "its engine is its own; use an `Engine`",
    "saved": "`governor` is an attribute of what `cs.aot` gives back",
    "standalone": "`governor` is an attribute of what `cs.aot` gives back",
    "elsewhere": "`governor` is an attribute of what `cs.aot` gives back",
    "VirtualMachine": "it has no public governor",
}
COMPILES = {"standalone": "a task returns a graph that the file has no code for, which needs the compiler"}
NAMED = {"standalone": "a tail call enters a graph that is more than a call with values, which needs the compiler"}
IN_PROCESS = {"standalone": "what drives it changes or shares something of this process"}
IN_A_COROUTINE = dict.fromkeys(("Engine.run", "use_vm"), "a coroutine can't raise `StopIteration`")
UNNAMED = dict.fromkeys(
    ("cs.run", "Engine.run", "use_vm"), "`blueprints=` is an option of `cs.aot` and `BlueprintBuilder`"
)
WAITS = {"cs.run": "it waits for its result; use an `Engine`"}


def note(*words: object) -> None:
    """Record a call and what it was given."""
    log.append(" ".join(map(str, words)))


def once(runner: Runner) -> Any:
    """The usual way to run a feature: once, with its inputs."""
    return runner.run(**runner.feature.inputs)


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One row: `build` gives the workflow, `drive` runs it within `around`; what must come of it are `value` or
    `raises`, and `calls`.

    `says` are words of the exception's text; `async_calls` are the calls of the async twin where they differ;
    `variants` tells whether it runs as written, as its async twin, or both; `listens` puts a bus in; `dashes` are
    the paths on which it makes no sense, with the reason.
    """

    module: str
    name: str
    title: str
    build: Callable[[], Any]
    calls: str = ""
    async_calls: str | None = None
    value: Any = None
    raises: type[BaseException] | None = None
    says: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[Any, ...] = ()
    blueprints: tuple[Any, ...] = ()
    system_resources: Mapping[str, float] | None = None
    drive: Callable[[Runner], Any] = once
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    variants: tuple[str, ...] = ("sync", "async")
    listens: bool = False
    dashes: Mapping[str, str] = field(default_factory=dict)

    def check(self, make: Callable[[Feature], Runner]) -> None:
        """Run it on the path that `make` gives a runner of, and compare."""
        log.clear()
        try:
            with self.around():
                value = self.drive(make(self))
        except Exception as error:
            if self.raises is None:
                raise
            assert type(error) is self.raises, f"expected {self.raises.__name__}, got {error!r}"
            assert self.says in str(error), f"expected {self.says!r} in {str(error)!r}"
        else:
            assert self.raises is None, f"expected {self.raises}, got the value {value!r}"
            assert (type(value), value) == (type(self.value), self.value), f"expected {self.value!r}, got {value!r}"
        is_twin = self.module.endswith("_async")
        expected = self.async_calls if is_twin and self.async_calls is not None else self.calls
        calls = "; ".join(log)
        assert calls == expected, f"{self.module}, calls:\nexpected {expected}\nactual   {calls}"


_features: dict[str, dict[str, Feature]] = {}


def feature(**expected: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Make a function that gives a workflow a row of the table; its docstring is the title."""

    def register(build: Callable[[], Any]) -> Callable[[], Any]:
        assert build.__doc__
        rows = _features.setdefault(build.__module__, {})
        rows[build.__name__] = Feature(
            module=build.__module__, name=build.__name__, title=build.__doc__.strip(), build=build, **expected
        )
        return build

    return register


def features_of(module: str) -> list[Feature]:
    """The rows of a module that was imported, in their order."""
    return list(_features[module].values())


def area(module: str) -> str:
    """What a module's rows are about: the first line of its docstring."""
    return str(sys.modules[module].__doc__).splitlines()[0].rstrip(".")


def compile_error(kind: type[cs.CompileError], says: str) -> dict[str, Any]:
    """What a row expects that can't be compiled."""
    return {"raises": kind, "says": says, "dashes": EARLY}
