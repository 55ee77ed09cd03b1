"""Random workflows, as the Python that a person would write: what fails is printed as a program to paste."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

import cascade as cs

from . import pool, provided, relays, timed
from .author import NAMES, Author, Kinds, Program, evaluated
from .graphs import holds_lazy, reachable

_TYPES = {"str": ["'s'", "'7'"], "int": ["'12'", "5", "'no'"], "bool": ["'yes'", "'off'", "True", "'2'"],
          "float": ["'1.5'", "2", "'x'"]}  # fmt: skip


_MAPPED = {"opt": ["a", "b", "c"], "join": ["p", "q"], "pure": ["x", "y"], "fail": ["x", "kind"],
           "a_fail": ["x", "kind"]}  # fmt: skip
_FITTING = ("n", "kind", "token", "fails", "seconds", "to")


class Writer(Author):
    """Adds steps, Routers, maps, machines, inputs and a target."""

    def policies(self, tenths: int = 2) -> str:
        """Chain methods."""
        chain = self._after(tenths)
        if self.full and self.chance(tenths):
            chain += f".run_if({self._condition()})"
        if self.full and self.chance(tenths):
            chain += self._retry()
        return chain

    def governed(self, expression: str) -> str:
        """A call with what holds for it alone: cache, constraints, timeout."""
        if expression.startswith(("pure", "a_pure")):  # it may be dropped, and its policies with it
            return expression
        if self.program.cached and self.chance(4):
            caches = [*provided.CACHES, *(provided.CACHES_ASYNC if self.with_async else ())]
            expression += f".with_cache({self.pick(caches)})"
        if self.program.capacity is not None and self.chance(4):
            expression += f".with_constraints({self._amounts()})"
        if self.timed and self.chance(2):
            expression += f".with_timeout({self.seconds()})"
        return expression

    def _amounts(self) -> str:
        amounts = []
        for name in self.pick([("gpu",), ("mem",), ("gpu", "mem"), ("disk", "gpu")]):
            impossible = self.chance(1) and self.chance(4) and not self.refused
            static = ["9"] if impossible else ["1", "2", "0.5", "0"]
            self.refused |= impossible
            lazy = self.chance(2) and self.nodes
            amounts.append(f"{name}={self.line(f'num({self.node()})') if lazy else self.pick(static)}")
        return ", ".join(amounts)

    def _retry(self) -> str:
        delay = f", {self.seconds()}, {self.pick(['1', '2', '0.5'])}" if self.timed and self.chance(6) else ""
        return f".with_retry({self.number(1, 3)}{delay}{self.pick(['', ', retry_on=ConnectionError'])})"

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
            chosen = sorted({self.number(0, len(members) - 1) for _ in self.few(3, 1)})
            self.program.lines.append(f"cs.sequence([{', '.join(members[one] for one in chosen)}])")
        elif what == "pipeline":
            steps = [self.pick(["ident", "num", "join", "pure"]) for _ in self.few(3, 1)]
            self.line(f"cs.pipeline({self.value()}, [{', '.join(steps)}])")
        elif what == "workflow":
            self.line(f"flow({self.value()}, x={self.value()})")
        elif what == "router":
            self.line(self.router())
        elif what == "map":
            self.line(self.governed(self.mapped()) + self.policies())
        elif what == "flaky":
            flaky = [pool.flaky, timed.a_nap_flaky] if self.timed else [pool.flaky]
            self.line(self.governed(self.call(flaky)) + self._retry())
        elif what == "skip":
            self.line(self.governed(self.call(self.plain)) + f".run_if({self._condition()})" + self.policies())
        else:
            tasks = {"fail": self.failing, "loop": self.loops}.get(what, self.plain)
            expression = self.call(tasks)
            self.line(self.governed(expression) + self.policies())

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
        pairs = ", ".join(f"{key}: {route}" for key, route in zip(keys, routes, strict=True))
        return f"cs.Router({selector}, {{{pairs}}})"

    def route(self, root: bool) -> str:
        if self.chance(2):
            return self.value(1)
        tasks = self.loops if root and self.chance(6) else self.plain
        return self.line(self.governed(self.call(tasks)) + self.policies(1)) if self.chance(7) else self.node()

    def mapped(self) -> str:
        tasks = ["ident", "num", "opt", "join", "pure", "fail"] + ["a_ident", "b_ident", "a_fail"] * self.with_async
        task = self.pick(tasks + ["reads", "reads_fresh"] * self.provided + [*timed.MAPPED] * 3 * self.timed)
        names = {**_MAPPED, **timed.MAPPED}.get(task, ["x"])
        if "fail" not in task and task not in timed.MAPPED:
            names = names[: self.number(0 if self.chance(1) and task == "join" else 1, len(names))]
        return f"{task}.map({', '.join(f'{name}={self.iterable(name)}' for name in names)})"

    def iterable(self, name: str) -> str:
        """Mostly of length 2."""
        if name == "kind":
            return self.pick(["['none', 'num']", "['num', 'num']"])
        if name == "seconds":
            return f"[{self.seconds()}, {self.seconds()}]"
        if self.chance(2):
            return self.line(f"items({self.node()})")
        # an item that is lazy itself is taken for a value, of which tasks may make anything
        if self.chance(1) and self.nodes and not any(" several(" in line for line in self.program.lines):
            return self.node()
        if self.chance(1):
            routes = f"{{0: {self.line(f'items({self.node()})')}, 1: [0, 1], 2: (5, 6), 3: 'ab'}}"
            return self.line(f"cs.Router({self.line(f'num({self.node()})')}, {routes})")
        if self.chance(2):
            return self.pick(["'ab'", "{'k': 1, 'l': 2}", "(None, ())", "[]", "iter([1, 2])", "[1, 2, 3]"])
        return f"[{self.value(2)}, {self.value(2)}]"

    def machine(self) -> str:
        """Steps bound to one another by their jumps; the first one, where it starts."""
        chain = self.policies(1)
        nodes, unused = self.nodes, self.unused
        steps: list[str] = []
        for _ in self.few(2, 1):
            if steps:
                self.nodes, self.unused = [], []  # a later step must not need the first
            step = self.call([self.pick(self.steps)])
            steps.append(self.line(step if steps else self.governed(step) + chain))
        self.nodes, self.unused = nodes, unused
        for step in steps:
            routes = f"'again': {self.pick(steps)}, 'other': {self.pick(steps)}, 'exit': None"
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
        word = self.pick(list(_TYPES))
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
        if shape == "one" or (shape == "last" and self.program.blueprints):  # whose names are theirs alone
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
        if self.program.blueprints:
            tasks = [*relays.TASKS, *(relays.TASKS_ASYNC if self.with_async else ())]
            beside = {line.split("(")[0].split()[-1] for line in self.program.lines if line.startswith("b")}
            tasks = [task for task in tasks if task.name not in beside and task.name not in self.program.blueprints]
            return self.line(self.governed(self.call(tasks)) + self.policies())
        return self.line(self.governed(self.call(self.loops)) + self.policies())

    def write(self) -> Program:
        """The whole program."""
        program = self.program
        as_function = self.chance(2) and not self.timed
        if not as_function and self.chance(1):
            self.beside()
        if as_function:
            self.symbols += ["w0", "w1"]
        self.inputs()
        for _ in self.few(8, 1):
            self.step()
        target = self.target()
        if as_function:
            body = [f"    {line}" for line in program.lines]
            program.lines = [
                "@cs.workflow",
                "def target(w0, w1=('default',)):",
                *body,
                f"    return {target}",
            ]
            program.params["w0"] = evaluated(self.literal())
            if self.chance(5):
                program.params["w1"] = evaluated(self.literal())
        else:
            program.lines.append(f"target = {target}")
            if self.timed and not _awaits(program):  # or delays would be in real time
                program.lines[-1] = f"target = [a_nap(0, {self.seconds()}), {target}]"
            self._override(target)
        return program

    def beside(self) -> None:
        """Further workflows, which tail calls name: calls with inputs of their own, tasks, a `@cs.workflow`."""
        names = self.draw(st.permutations(relays.TARGETS[1:-2]))[: self.number(1, 3)]
        for name in names:
            nodes, unused = self.nodes, self.unused
            self.nodes, self.unused = [], []
            if name == "looping_flow" or self.chance(2):
                self.program.blueprints.append(name)
            else:
                ready = [self.line("num(7)")] if self.chance(3) else nodes[:1]
                self.nodes = list(ready)
                if not self.chance(5):  # others may have what it is bound to, too
                    nodes = [*(one for one in ready if one not in nodes), *nodes]
                variable = f"b{len(self.program.blueprints)}"
                call = self.call([NAMES[name]])
                self.program.lines.append(f"{variable} = {call}{self._retry() if self.chance(2) else ''}")
                self.program.blueprints.append(variable)
            self.nodes, self.unused = nodes, unused

    def _override(self, target: str) -> None:
        """Give some inputs of a root in template mode other values than those it was written with."""
        root = self.program.build()[0]
        if not isinstance(root, cs.LazyResult) or not self.chance(2):
            return
        for (name, one), value in zip(root.task.signature.parameters.items(), root.values, strict=True):
            by_name = one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
            if by_name and not holds_lazy(value) and self.chance(5):
                self.program.params[name] = evaluated(self.argument_literal(name))
                self.program.overridden = True

    def argument_literal(self, name: str) -> str:
        return self.argument(name, lazily=False) if name in _FITTING else self.literal()

    def cancelled(self) -> None:
        """When it is cancelled: at a time, or as many passes of the event loop after something that is noted."""
        if self.chance(6):
            at = self.number(0, 40) * 0.125 + 0.0625
            self.program.cancel = at if self.chance(5) else (self.number(0, 30), self.number(0, 9))


def _awaits(program: Program) -> bool:
    """Whether a workflow is async for certain."""
    nodes = [one for one in reachable(program.build()[0]) if isinstance(one, cs.LazyResult | cs.MappedLazyResult)]
    return any(one.task.is_async or one.task.mode != "inline" or one.policies.timeout for one in nodes)


@st.composite
def core_workflows(draw: Callable[[Any], Any]) -> Program:
    """Calls, containers, sharing, order, inputs, and every kind of loop by tail calls."""
    return Writer(draw, Kinds()).write()


@st.composite
def full_workflows(draw: Callable[[Any], Any]) -> Program:
    """All that and skips, Routers, maps, retries, jumps, resources, caches and constraints."""
    return Writer(draw, Kinds(full=True)).write()


@st.composite
def timed_workflows(draw: Callable[[Any], Any]) -> Program:
    """All that with tasks that take virtual time, timeouts and cancellation."""
    writer = Writer(draw, Kinds(full=True, timed=True))
    program = writer.write()
    writer.cancelled()
    return program
