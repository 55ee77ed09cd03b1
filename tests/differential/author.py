"""Writes random programs line by line: choices, values, arguments and nodes."""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

import cascade as cs

from . import pool, provided, relays, returns, tail_calls, timed

_MODULES = (pool, tail_calls, returns, provided, relays, timed)
NAMES = {word: value for module in reversed(_MODULES) for word, value in vars(module).items()}
_WORDS = {id(value): word for word, value in NAMES.items() if isinstance(value, cs.Task)}

_SCALARS = [
    "0",
    "1",
    "-3",
    "2.5",
    "None",
    "True",
    "'text'",
    "'a\\'b\\n'",
    "b'raw'",
    "1j",
    "...",
    "''",
    "10**30",
]
_CONTAINERS = ["[]", "()", "{}", "set()", "frozenset()", "[1, [2, None]]", "{'k': (1,), 2: 'v'}", "{1, 2}",
               "frozenset({3})", "Point(1)", "(1,)", "range(3)", "[Point(0, [1])]"]  # fmt: skip


T = TypeVar("T")


@cache
def _numbers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


@dataclass(frozen=True)
class Kinds:
    """What programs may be made of: `full`, all of the graph's constructs; `timed`, tasks that take virtual time."""

    full: bool = False
    timed: bool = False


@dataclass
class Program:
    """A workflow's source, what is given to it, and what surrounds it.

    `cancel` is when it is cancelled: a virtual time, or a note, by its number, and passes of the event loop after it.
    """

    lines: list[str]
    params: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    overridden: bool = False
    provided: bool = False
    cached: bool = False
    capacity: dict[str, float] | None = None
    blueprints: list[str] = field(default_factory=list)
    cancel: float | tuple[int, int] | None = None

    @property
    def source(self) -> str:
        """The text, one statement a line."""
        return "\n".join(self.lines)

    @property
    def resources(self) -> tuple[Any, ...]:
        """The resources that are registered."""
        return (*provided.RESOURCES, *timed.RESOURCES) if self.provided else ()

    @property
    def imports(self) -> str:
        """The statements that import what the text names."""
        words = sorted({*re.findall(r"\w+", self.source), *self.blueprints})
        return "\n".join(
            ["import cascade as cs", *(f"from {_module(one)} import {one}" for one in words if _module(one))]
        )

    def build(self, folder: Path | None = None) -> tuple[Any, list[Any]]:
        """The workflow, and those beside it; their module can be imported until the next program is built.

        With a folder, the module has its file there.
        """
        module = sys.modules["random_workflow"] = types.ModuleType("random_workflow")
        namespace = vars(module)
        text, file = self.source, "random_workflow.py"
        if folder is None:
            namespace.update(NAMES, __name__="random_workflow")
        else:
            text, file = f"{self.imports}\n{text}\n", str(folder / file)
            Path(file).write_text(text, encoding="utf-8")
            module.__file__ = file
        exec(compile(text, file, "exec"), namespace)
        return namespace["target"], [namespace[name] for name in self.blueprints]

    def __repr__(self) -> str:
        around = {"capacity": self.capacity, "blueprints": self.blueprints, "cancel": self.cancel}
        said = "".join(f", {name} {value!r}" for name, value in around.items() if value)
        return (
            f"\n{self.imports}\n{self.source}\n"
            f"# given {self.params!r}, environment {self.env!r}{', all resources' * self.provided}{said}\n"
        )


def _module(word: str) -> str:
    """The module that a name is imported from; none for other words."""
    where = getattr(NAMES.get(word), "__module__", "")
    return where if where in {one.__name__ for one in _MODULES} else ""


class Author:
    """What is written so far; `nodes` are the names that can be arguments."""

    def __init__(self, draw: Callable[[Any], Any], kinds: Kinds) -> None:
        self.draw = draw
        self.full, self.timed = kinds.full, kinds.timed
        self.program = Program([])
        self.nodes: list[str] = []
        self.unused: list[str] = []
        self.routers: set[str] = set()
        self.symbols: list[str] = []
        self.markers: list[str] = []
        self.tokens = self.made = self.naps = 0
        self.refused = False
        self.with_async = self.timed or self.chance(4)
        self.provided = self.program.provided = self.full and self.chance(3)
        self.program.cached = self.full and self.chance(2)
        if self.full and self.chance(3):
            self.program.capacity = {"gpu": self.pick([3, 2, 4]), "mem": 2.5}
        self.plain = self._tasks("PLAIN", 2) + self._tasks("PLAIN_ASYNC", 2)
        self.failing = self._tasks("FAILING", 1) + self._tasks("FAILING_ASYNC", 1)
        self.loops = self._tasks("LOOPS", 1) + self._tasks("LOOPS_ASYNC", 1)
        self.steps = self._tasks("STEPS", 1) + self._tasks("STEPS_ASYNC", 1)
        if self.full:
            self.loops += returns.MORE_LOOPS
        if self.timed and not self.provided:  # these inject
            self.plain = [task for task in self.plain if task is not timed.a_nap_reads]
            self.loops = [task for task in self.loops if task is not timed.a_nap_down]

    def _tasks(self, which: str, times: int) -> list[Any]:
        """The tasks of that kind in all modules that this program draws from."""
        if which.endswith("ASYNC") and not self.with_async:
            return []
        modules = [pool, tail_calls, returns]
        modules += [provided] * times if self.provided else []
        modules += [timed] * 2 * times if self.timed else []
        return [task for module in modules for task in getattr(module, which, ())]

    # choices; the first is what a failure is reduced to

    def chance(self, tenths: int) -> bool:
        return self.number(0, 9) >= 10 - tenths

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def few(self, most: int, least: int = 0) -> range:
        return range(self.number(least, most))

    def number(self, least: int, most: int) -> int:
        found: int = self.draw(_numbers(least, most))
        return found

    # values

    def value(self, depth: int = 0) -> str:
        """An argument: a literal, a node, a resource, or a container of those."""
        if self.provided and self.chance(1):
            return self.resource()
        if self.chance(6) and (self.nodes or self.symbols):
            return self.node()
        if depth < 2 and self.chance(3):
            return self.container(depth)
        return self.literal()

    def literal(self) -> str:
        return self.pick(_SCALARS) if not self.chance(3) else self.pick(_CONTAINERS)

    def resource(self) -> str:
        """A marker, at times one that other places share."""
        if self.markers and self.chance(3):
            return self.pick(self.markers)
        names = [*provided.NAMES[:6], *(provided.NAMES_ASYNC if self.with_async else ())]
        marker = f"cs.inject({self.pick(provided.NAMES if self.chance(1) else names)!r})"
        if self.chance(7):
            return marker
        self.markers.append(f"r{len(self.markers)}")
        self.program.lines.append(f"{self.markers[-1]} = {marker}")
        return self.markers[-1]

    def seconds(self) -> float:
        """A time, such that no sum of several is that of others."""
        self.naps += 1
        return self.number(1, 12) * 0.25 + 2.0 ** -(9 + self.naps)

    def node(self) -> str:
        if self.unused and self.chance(6):
            return self.unused.pop()
        return self.pick([*self.symbols, *self.nodes]) if self.nodes or self.symbols else "0"

    def container(self, depth: int) -> str:
        kind = self.pick(["list", "tuple", "dict", "set", "frozenset", "Point"])
        if kind in ("set", "frozenset"):
            items = [self.line(f"num({self.node()})") for _ in self.few(2)] + ["7"]
            return f"{{{', '.join(items)}}}" if kind == "set" else f"frozenset({{{', '.join(items)}}})"
        items = [self.value(depth + 1) for _ in self.few(3, 1)]
        if kind == "dict":
            keys = ["'k'", "2", "None"]
            return f"{{{', '.join(f'{key}: {item}' for key, item in zip(keys, items, strict=False))}}}"
        if kind == "Point":
            return f"Point({', '.join(items[:2])})"
        return f"[{', '.join(items)}]" if kind == "list" else f"({', '.join(items)},)"

    def argument(self, name: str, lazily: bool = True) -> str:
        if name == "n":
            if lazily and self.chance(2):
                return self.line(f"num({self.node()})")
            return str(self.number(0, 5))
        if name == "kind":
            return self.pick(["'none'", "'num'", "'num'", "'value'", "'key'", "'odd'"])
        if name == "token":
            self.tokens += 1
            return f"'t{self.tokens}'"
        if name == "fails":
            return str(self.number(0, 2))
        if name == "seconds":
            return str(self.seconds())
        if name == "to":
            return f"({', '.join(repr(self.pick(relays.TARGETS)) for _ in self.few(3, 1))},)"
        return self.value()

    def arguments(self, task: Any) -> str:
        """Arguments that bind to the task's signature, by position or name, defaults left out at times."""
        written, named = [], []
        by_name = False
        for name, one in task.signature.parameters.items():
            if one.kind is one.VAR_POSITIONAL:
                written += [] if by_name else [self.value() for _ in self.few(2)]
            elif one.kind is one.VAR_KEYWORD:
                named += [f"{extra}={self.value()}" for extra in self.pick([(), ("p",), ("q", "p")])]
            elif one.default is not inspect.Parameter.empty and self.chance(5):
                by_name = True
            elif one.kind is one.POSITIONAL_ONLY:
                written.append(self.argument(name))
            elif by_name or one.kind is one.KEYWORD_ONLY or self.chance(3):
                by_name = True
                named.append(f"{name}={self.argument(name)}")
            else:
                written.append(self.argument(name))
        return ", ".join([*written, *self.draw(st.permutations(named))])

    # lines

    def line(self, expression: str) -> str:
        """A node of its own, by name."""
        name = f"v{self.made}"
        self.made += 1
        self.nodes.append(name)
        if expression.startswith("cs.Router"):
            self.routers.add(name)
        self.unused.append(name)
        self.program.lines.append(f"{name} = {expression}")
        return name

    def call(self, tasks: list[Any]) -> str:
        task = self.pick(tasks)
        return f"{_WORDS[id(task)]}({self.arguments(task)})"


def evaluated(literal: str) -> Any:
    """The value of a literal's text."""
    return eval(literal, dict(NAMES))
