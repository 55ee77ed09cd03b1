"""Writes random programs line by line: choices, values, arguments and nodes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from . import pool, returns, tail_calls

_NAMES = {**vars(returns), **vars(tail_calls), **vars(pool)}

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


@dataclass
class Program:
    """A workflow's source, what is given to it, and what its environment holds."""

    lines: list[str]
    params: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    overridden: bool = False

    @property
    def source(self) -> str:
        """The text, one statement a line."""
        return "\n".join(self.lines)

    def build(self) -> Any:
        """The workflow."""
        namespace = {**_NAMES, "__name__": "random_workflow"}
        exec(compile(self.source, "random_workflow.py", "exec"), namespace)
        return namespace["target"]

    def __repr__(self) -> str:
        return f"\n{self.source}\n# given {self.params!r}, environment {self.env!r}\n"


class Author:
    """What is written so far; `nodes` are the names that can be arguments."""

    def __init__(self, draw: Callable[[Any], Any], full: bool) -> None:
        self.draw = draw
        self.full = full
        self.program = Program([])
        self.nodes: list[str] = []
        self.unused: list[str] = []
        self.routers: set[str] = set()
        self.symbols: list[str] = []
        self.tokens = self.made = 0
        self.refused = False
        with_async = self.chance(4)
        self.plain = [*pool.PLAIN, *(pool.PLAIN_ASYNC if with_async else ())]
        self.failing = [*pool.FAILING, *(pool.FAILING_ASYNC if with_async else ())]
        self.loops = [*tail_calls.LOOPS, *returns.LOOPS]
        self.loops += [*tail_calls.LOOPS_ASYNC, *returns.LOOPS_ASYNC] if with_async else ()
        self.steps = [*returns.STEPS, *(returns.STEPS_ASYNC if with_async else ())]
        self.with_async = with_async
        if with_async:
            self.plain += pool.PLAIN_ASYNC
        if full:
            self.loops += returns.MORE_LOOPS

    # choices; the first is what a failure is reduced to

    def chance(self, tenths: int) -> bool:
        return bool(self.draw(st.integers(0, 9)) >= 10 - tenths)

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def few(self, most: int, least: int = 0) -> range:
        return range(self.draw(st.integers(least, most)))

    # values

    def value(self, depth: int = 0) -> str:
        """An argument: a literal, a node, or a container of those."""
        if self.chance(6) and (self.nodes or self.symbols):
            return self.node()
        if depth < 2 and self.chance(3):
            return self.container(depth)
        return self.literal()

    def literal(self) -> str:
        return self.pick(_SCALARS) if not self.chance(3) else self.pick(_CONTAINERS)

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
            return str(self.draw(st.integers(0, 5)))
        if name == "kind":
            return self.pick(["'none'", "'num'", "'num'", "'value'", "'key'", "'odd'"])
        if name == "token":
            self.tokens += 1
            return f"'t{self.tokens}'"
        if name == "fails":
            return str(self.draw(st.integers(0, 2)))
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
        word = next(key for key, value in _NAMES.items() if value is task)
        return f"{word}({self.arguments(task)})"


def evaluated(literal: str) -> Any:
    """The value of a literal's text."""
    return eval(literal, dict(_NAMES))
