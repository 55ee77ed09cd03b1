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
        self.unused: list[str] = []
        self.routers: set[str] = set()
        self.symbols: list[str] = []
        self.tokens = self.made = 0
        self.refused = False
        with_async = self.chance(4)
        self.plain = [*pool.PLAIN, *(pool.PLAIN_ASYNC if with_async else ())]
        self.failing = [*pool.FAILING, *(pool.FAILING_ASYNC if with_async else ())]
        self.loops = [*pool.LOOPS, *(pool.LOOPS_ASYNC if with_async else ())]
        self.steps = [*pool.STEPS, *([pool.a_walk] if with_async else ())]
        if with_async:
            self.plain += pool.PLAIN_ASYNC
        if full:
            self.loops += pool.MORE_LOOPS

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
        word = next(key for key, value in vars(pool).items() if value is task)
        return f"{word}({self.arguments(task)})"

    def policies(self, tenths: int = 2) -> str:
        """Chain methods."""
        chain = self._after(tenths)
        if self.full and self.chance(tenths):
            chain += f".run_if({self._condition()})"
        if self.full and self.chance(tenths):
            chain += f".with_retry({self.draw(st.integers(1, 3))}{self.pick(['', ', retry_on=ConnectionError'])})"
        return chain

    def _condition(self) -> str:
        if self.chance(2):
            return self.value(1)
        return self.pick(["True", "False", "0", "''"]) if self.chance(4) else self.line(f"num({self.node()})")

    def _after(self, tenths: int) -> str:
        if not self.nodes or not self.chance(tenths):
            return ""
        return f".after({', '.join(self.pick(['{}', '[{}]']).format(self.node()) for _ in self.few(2, 1))})"

    def step(self) -> None:
        """One more node."""
        kinds = ["call"] * 12 + ["fail", "loop", "sequence", "pipeline", "workflow"]
        if self.full:
            kinds += ["skip"] * 4 + ["router"] * 4 + ["map"] * 4 + ["flaky"] * 2
        what = self.pick(kinds)
        members = [one for one in self.nodes if one not in self.routers]
        if what == "sequence" and len(members) > 1:
            chosen = sorted({self.draw(st.integers(0, len(members) - 1)) for _ in self.few(3, 1)})
            self.program.lines.append(f"cs.sequence([{', '.join(members[one] for one in chosen)}])")
        elif what == "pipeline":
            steps = [self.pick(["ident", "num", "join", "pure"]) for _ in self.few(3, 1)]
            self.line(f"cs.pipeline({self.value()}, [{', '.join(steps)}])")
        elif what == "workflow":
            self.line(f"flow({self.value()}, x={self.value()})")
        elif what == "router":
            self.line(self.router())
        elif what == "map":
            self.line(self.mapped() + self.policies())
        elif what == "flaky":
            self.line(self.call([pool.flaky]) + f".with_retry({self.draw(st.integers(1, 3))})")
        elif what == "skip":
            self.line(self.call(self.plain) + f".run_if({self._condition()})" + self.policies())
        else:
            tasks = {"fail": self.failing, "loop": self.loops}.get(what, self.plain)
            expression = self.call(tasks)
            self.line(expression + self.policies())

    def router(self, root: bool = False) -> str:
        """A Router over the numbers that `num` gives, or over odd keys."""
        keys = ["0", "1", "2", "3"]
        selector = self.pick(self.nodes) if self.nodes and self.chance(1) else ""
        if self.chance(3):
            keys = self.draw(st.permutations(["None", "True", "1.5", "'a'", "(1, 2)", "frozenset({3})", "0"]))[:3]
            selector = selector or self.line(f"ident({self.pick([*keys * 3, '[]', '2'])})")
        elif self.chance(1):
            keys.pop()
        selector = selector or self.line(f"num({self.node()})")
        routes = [self.route(root) for _ in keys]
        if self.unused and self.unused[-1] == selector:
            self.unused.pop()
        return f"cs.Router({selector}, {{{', '.join(f'{key}: {route}' for key, route in zip(keys, routes, strict=True))}}})"

    def route(self, root: bool) -> str:
        if self.chance(2):
            return self.value(1)
        tasks = self.loops if root and self.chance(6) else self.plain
        return self.line(self.call(tasks) + self.policies(1)) if self.chance(7) else self.node()

    def mapped(self) -> str:
        task = self.pick(
            ["ident", "num", "opt", "join", "pure", "fail"]
            + (["a_ident", "b_ident", "a_fail"] * (len(self.steps) > 2))
        )
        names = {"opt": ["a", "b", "c"], "join": ["p", "q"], "pure": ["x", "y"], "fail": ["x", "kind"],
                 "a_fail": ["x", "kind"]}.get(task, ["x"])  # fmt: skip
        if "fail" not in task:
            names = names[: self.draw(st.integers(0 if self.chance(1) and task == "join" else 1, len(names)))]
        return f"{task}.map({', '.join(f'{name}={self.iterable(name)}' for name in names)})"

    def iterable(self, name: str) -> str:
        """Mostly of length 2."""
        if name == "kind":
            return self.pick(["['none', 'num']", "['num', 'num']"])
        if self.chance(2):
            return self.line(f"items({self.node()})")
        if self.chance(1) and self.nodes:
            return self.node()
        if self.chance(1):
            choices = [self.line(f"items({self.node()})"), "[0, 1]"]
            return self.line(
                f"cs.Router({self.line(f'num({self.node()})')}, {{0: {choices[0]}, 1: {choices[1]}, 2: (5, 6), 3: 'ab'}})"
            )
        if self.chance(2):
            return self.pick(["'ab'", "{'k': 1, 'l': 2}", "(None, ())", "[]", "iter([1, 2])", "[1, 2, 3]"])
        return f"[{self.value(2)}, {self.value(2)}]"

    def machine(self) -> str:
        """Steps bound to one another by their jumps; the first one, where it starts."""
        chain = self.policies(1)
        nodes, unused = self.nodes, self.unused
        steps: list[str] = []
        for _ in self.few(2, 1):
            self.nodes, self.unused = [], []  # what a step computes again each round is its own
            steps.append(self.line(self.call([self.pick(self.steps)]) + ("" if steps else chain)))
        self.nodes, self.unused = nodes, unused
        for step in steps:
            ways = [self.pick(steps), self.pick(steps), self.pick(["None", "None", steps[0]])]
            again, other, leave = ways
            routes = f"'again': {again}, 'other': {other}, 'exit': {leave}"
            self.program.lines.append(f"cs.bind({step}, cs.select_jump({{{routes}}}))")
        return steps[0]

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
        # the last text is one that can't be converted: one in a program, or it is unclear which comes first
        text = self.pick(texts[:-1] * 3 + ([] if self.refused else texts[-1:]))
        self.refused |= text == texts[-1]
        chosen = eval(text)
        if default and self.chance(5):
            return
        if self.refused or self.chance(9):
            given: dict[str, Any] = self.program.params if kind == "cs.Param" else self.program.env
            given[name] = chosen if kind == "cs.Param" else str(chosen)
        else:
            self.refused = not default

    def target(self) -> str:
        """What ends the program: mostly one loop or the last node, at times several targets."""
        shape = self.pick(["one"] * 3 + ["rest"] * 8 + ["last", "list", "tuple", "dict", "nested"])
        if shape == "one":
            return self.root()
        if shape == "rest":
            return f"[{', '.join([*self.unused, self.root()])}]"
        if shape == "last":
            return self.nodes[-1]
        items = [self.node() if self.chance(6) else self.root() for _ in self.few(3, 1)]
        if shape == "list":
            return f"[{', '.join(items)}]"
        if shape == "tuple":
            return f"({', '.join(items)},)"
        if shape == "dict":
            return f"{{{', '.join(f'{index}: {item}' for index, item in enumerate(items))}}}"
        return f"[{items[0]}, ({', '.join(items)},), {{'k': [{items[-1]}]}}]"

    def root(self) -> str:
        """What may go round."""
        if self.full and self.chance(2):
            return self.machine()
        if self.full and self.chance(2):
            return self.line(self.router(root=True))
        return self.line(self.call(self.loops) + self.policies())

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


@st.composite
def full_workflows(draw: Callable[[Any], Any]) -> Program:
    """All that and skips, Routers, maps, retries and jumps."""
    return Author(draw, full=True).write()
