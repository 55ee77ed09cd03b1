"""Random workflows, as the Python that a person would write: what fails is printed as a program to paste."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

import cascade as cs

from . import pool

_SCALARS = ["0", "1", "-3", "2.5", "None", "True", "'text'", "'a\\'b\\n'", "b'raw'", "1j", "...", "''", "10**30"]
_CONTAINERS = ["[]", "()", "{}", "set()", "frozenset()", "[1, [2, None]]", "{'k': (1,), 2: 'v'}", "{1, 2}",
               "frozenset({3})", "Point(1)", "(1,)", "range(3)", "[Point(0, [1])]"]  # fmt: skip
_TYPES = {"str": ["'s'", "'7'"], "int": ["'12'", "5", "'no'"], "bool": ["'yes'", "'off'", "True", "'2'"],
          "float": ["'1.5'", "2", "'x'"]}  # fmt: skip


@dataclass
class Program:
    """A workflow's source, what is given to it, and what its environment holds."""

    lines: list[str]
    params: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    overridden: bool = False

    @property
    def source(self) -> str:
        return "\n".join(self.lines)

    def build(self) -> Any:
        """The workflow."""
        namespace = {**vars(pool), "__name__": "random_workflow"}
        exec(compile(self.source, "random_workflow.py", "exec"), namespace)
        return namespace["target"]

    def __repr__(self) -> str:
        return f"\n{self.source}\n# given {self.params!r}, environment {self.env!r}\n"


class Author:
    """Writes a program line by line; `nodes` are the names that can be arguments."""

    def __init__(self, draw: Callable[[Any], Any], full: bool) -> None:
        self.draw = draw
        self.full = full
        self.program = Program([])
        self.nodes: list[str] = []
        self.symbols: list[str] = []
        self.tokens = 0
        with_async = self.chance(4)
        self.plain = [*pool.PLAIN, *(pool.PLAIN_ASYNC if with_async else ())]
        self.failing = [*pool.FAILING, *(pool.FAILING_ASYNC if with_async else ())]
        self.loops = [*pool.LOOPS, *(pool.LOOPS_ASYNC if with_async else ())]
        if with_async:
            self.plain += pool.PLAIN_ASYNC

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
        return self.pick([*self.symbols, *self.nodes, *self.nodes[-3:]]) if self.nodes or self.symbols else "0"

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
        name = f"v{len(self.nodes)}"
        while name in self.nodes:
            name += "_"
        self.nodes.append(name)
        self.program.lines.append(f"{name} = {expression}")
        return name

    def call(self, tasks: list[Any]) -> str:
        task = self.pick(tasks)
        word = next(key for key, value in vars(pool).items() if value is task)
        return f"{word}({self.arguments(task)})"

    def after(self) -> str:
        if not self.nodes or not self.chance(2):
            return ""
        return f".after({', '.join(self.pick(['{}', '[{}]']).format(self.node()) for _ in self.few(2, 1))})"

    def step(self) -> None:
        """One more node."""
        what = self.pick(["call"] * 12 + ["fail", "loop", "sequence", "pipeline", "workflow"])
        if what == "sequence" and len(self.nodes) > 1:
            chosen = sorted({self.draw(st.integers(0, len(self.nodes) - 1)) for _ in self.few(3, 1)})
            self.program.lines.append(f"cs.sequence([{', '.join(self.nodes[one] for one in chosen)}])")
        elif what == "pipeline":
            steps = [self.pick(["ident", "num", "join", "pure"]) for _ in self.few(3, 1)]
            self.line(f"cs.pipeline({self.value()}, [{', '.join(steps)}])")
        elif what == "workflow":
            self.line(f"flow({self.value()}, x={self.value()})")
        else:
            tasks = {"fail": self.failing, "loop": self.loops}.get(what, self.plain)
            expression = self.call(tasks)
            self.line(expression + self.after())

    def inputs(self) -> None:
        """Params and an Env."""
        for index in self.few(2) if self.chance(3) else ():
            name = f"p{index}"
            self._outside("cs.Param", name)
        if self.chance(2):
            self._outside("cs.Env", "CASCADE_FUZZ")

    def _outside(self, kind: str, name: str) -> None:
        word = self.pick(_TYPES)
        texts = _TYPES[word]
        default = f", default={self.pick(['3', 'None', '[1]'])}" if self.chance(5) else ""
        variable = name.lower()
        self.symbols.append(variable)
        self.program.lines.append(f"{variable} = {kind}({name!r}{default}, type={word})")
        # the last text is one that can't be converted
        chosen = eval(self.pick(texts[:-1] * 3 + texts[-1:]))
        if default and self.chance(5):
            return
        if self.chance(9):
            given: dict[str, Any] = self.program.params if kind == "cs.Param" else self.program.env
            given[name] = chosen if kind == "cs.Param" else str(chosen)

    def target(self) -> str:
        """What ends the program: mostly one loop or the last node, at times several targets."""
        shape = self.pick(["one"] * 6 + ["last", "list", "tuple", "dict", "nested", "task"])
        if shape == "one":
            return self.line(self.call(self.loops) + self.after())
        if shape == "last" or shape == "task":
            return self.nodes[-1]
        items = [self.node() if self.chance(6) else self.line(self.call(self.loops)) for _ in self.few(3, 1)]
        if shape == "list":
            return f"[{', '.join(items)}]"
        if shape == "tuple":
            return f"({', '.join(items)},)"
        if shape == "dict":
            return f"{{{', '.join(f'{index}: {item}' for index, item in enumerate(items))}}}"
        return f"[{items[0]}, ({', '.join(items)},), {{'k': [{items[-1]}]}}]"

    def write(self) -> Program:
        """The whole program."""
        program = self.program
        as_function = self.chance(2)
        if as_function:
            self.symbols += ["w0", "w1"]
        self.inputs()
        for _ in self.few(8, 1):
            self.step()
        target = self.target()
        if as_function:
            body = [f"    {line}" for line in program.lines]
            program.lines = ["@cs.workflow", "def target(w0, w1=('default',)):", *body, f"    return {target}"]
            program.params["w0"] = eval(self.literal(), vars(pool))
            if self.chance(5):
                program.params["w1"] = eval(self.literal(), vars(pool))
        else:
            program.lines.append(f"target = {target}")
            self._override(target)
        return program

    def _override(self, target: str) -> None:
        """Give some inputs of a root in template mode other values than those it was written with."""
        root = self.program.build()
        if not isinstance(root, cs.LazyResult) or not self.chance(2):
            return
        for (name, one), value in zip(root.task.signature.parameters.items(), root.values, strict=True):
            by_name = one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
            if by_name and not holds_lazy(value) and self.chance(5):
                self.program.params[name] = eval(self.argument_literal(name), vars(pool))
                self.program.overridden = True

    def argument_literal(self, name: str) -> str:
        return self.argument(name, lazily=False) if name in ("n", "kind", "token", "fails") else self.literal()


def holds_lazy(value: Any) -> bool:
    from .oracle import leaves

    return any(True for _ in leaves(value))


@st.composite
def core_workflows(draw: Callable[[Any], Any]) -> Program:
    """Calls, containers, sharing, order, inputs, and every kind of loop by tail calls."""
    return Author(draw, full=False).write()
