"""Draws modules of tasks, and what to call: loops of tail calls, and graphs of tasks that return values."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from .expressions import LOCALS, Body, Parameter, Spec
from .statements import Lines, Statements, indented

_PARAMETERS = (
    "a",
    "b",
    "result",
    "state",
    "inputs",
    "list",
    "x",
    "f1",
    "KEEP",
    "a_2",
    "_m",
    "value",
    "rounds",
    "LOG",
)


# how a return statement may lead to another round
_ENDS = (
    "@r",
    "@r",
    "@n if @c else @r",
    "@r if @c else @n",
    "(again_ := @r)",
    "spend() and @r",
    "@r if @p else @r",
    "(@c) or @r",
    "many(@r) if spend() else @n",
)
# looks at a local that has no value on some ways: the one of an earlier round must not be there
_PROBES = (
    "if @c:\n    @l = @n",
    "try:\n    note(@t, @l)\nexcept NameError as gone:\n    note('gone', gone)",
    "note(@t, sorted(locals()))",
    "if n % 2:\n    @l = n\nnote(@t, eval('@l') if n % 2 else 0)",
    "if n > 1:\n    @l = n\ntry:\n    note(@t, @l)\nexcept NameError as gone:\n    note('gone', gone)",
    "try:\n    note(@t, locals()['@l'])\nexcept KeyError as gone:\n    note('gone', gone)",
)


@dataclass
class Program:
    """A module's text, and the expression that makes the workflow.

    `inputs` are arguments to call a compiled task with, in the place of those in `root`. `linked` makes the
    list of other workflows of the compilation.
    """

    text: str
    root: str
    task: str = ""
    inputs: str = ""
    linked: str = ""
    way: int = 0
    is_async: bool = False

    def __repr__(self) -> str:
        return f"\n{self.text}\n# root: {self.root}, of blueprints [{self.linked}], way {self.way}\n"


class Author(Statements):
    """Draws a module."""

    def __init__(self, random: Random, loops: bool) -> None:
        super().__init__(random)
        self.loops = loops
        self.with_async = self.chance(22)

    def program(self) -> Program:
        """The whole of it."""
        specs = [self.spec(f"f{index}") for index in self.count(1, 3)]
        lines: Lines = []
        for spec in specs:
            lines += ["", "", *self.task(spec, specs)]
        text = "\n".join(lines).strip("\n") + "\n"
        given = self.inputs(specs[0])
        root = f"{specs[0].name}({given})" if self.loops else self.graph(specs, 0)
        linked = ""
        if self.loops and len(specs) > 1 and self.chance(20):
            linked = f"{specs[1].name}({self.inputs(specs[1])})"
        is_async = any(spec.is_async for spec in specs)
        return Program(text, root, specs[0].name, given if self.loops else "", linked, self.below(4), is_async)

    def spec(self, name: str) -> Spec:
        """The signature of a task."""
        parameters = [Parameter("n")]
        for index in self.count(0, 3):
            free = [one for one in _PARAMETERS if all(one != each.name for each in parameters) and one != name]
            chosen = free[index] if self.chance(60) else self.pick(free)
            default = None if self.chance(10) and all(each.default is None for each in parameters) else "G1"
            default = str(self.below(10)) if default and self.chance(80) else default
            parameters.append(Parameter(chosen, default))
        if self.chance(15):
            parameters.append(Parameter("bag", "[]", "bag"))
        if self.chance(45):
            parameters.append(Parameter(self.pick(["word", "word", "sum"]), self.literal(), "text"))
        if self.chance(8):
            parameters.append(Parameter("rest", None, "args"))
        if self.chance(12):
            parameters.append(Parameter("only", "4", "named"))
        if self.chance(6):
            parameters.append(Parameter("more", None, "kwargs"))
        is_async = self.with_async and self.chance(70)
        return Spec(name, parameters, is_async, not is_async and not self.loops and self.chance(8))

    def task(self, spec: Spec, specs: list[Spec]) -> Lines:
        """A task's text."""
        names = [one for one in LOCALS if all(one != each.name for each in spec.parameters)]
        chosen = [names[0], names[1 + self.below(len(names) - 1)]]
        extra = self.pick([names[1], spec.name, "max", "f1", names[2]])
        if self.chance(25) and all(extra != each.name for each in spec.parameters):
            chosen.append(extra)
        body = Body(spec, specs, list(dict.fromkeys(chosen)), tails=self.loops)
        lines: Lines = []
        if self.chance(8):
            declared = self.pick(["G0", "G0", body.locals[0]])
            lines.append(f"global {declared}")
            body.globals.add(declared)
        shown = ", ".join(one.name for one in spec.parameters)
        lines.append(f"note('{spec.name}', {shown})")
        if self.loops:
            lines += self.guard(body)
        lines += self.block(body, 3)
        if self.chance(60):
            lines += self.fill(self.pick(_PROBES), body).split("\n")
        lines.append(f"return {self.result(body)}" if not self.chance(5) else "pass")
        head = (
            f"{'async ' if spec.is_async else ''}def {spec.name}({self.signature(spec)}){self.pick(['', ' -> int'])}:"
        )
        if spec.is_generator:
            lines.append("yield")
        return ["@cs.task", head, *indented(lines)]

    def guard(self, body: Body) -> Lines:
        """What ends the rounds."""
        test = self.pick(["n <= 0", "n <= 0", "n <= 0 or not spend()", "not spend()"])
        return [f"if {test}:", f"    return {self.fill(self.pick(['n', '@v', '@n']), body)}"]

    def signature(self, spec: Spec) -> str:
        """The parameters as written."""
        parts, only = [], False
        for one in spec.parameters:
            if one.kind == "args":
                parts.append(f"*{one.name}")
                only = True
            elif one.kind == "kwargs":
                parts.append(f"**{one.name}")
            else:
                if one.kind == "named" and not only:
                    parts.append("*")
                hint = ": int" if one.name == "n" else ""
                parts.append(f"{one.name}{hint}{'' if one.default is None else f'={one.default}'}")
        return ", ".join(parts)

    def inputs(self, spec: Spec) -> str:
        """Plain arguments of a first call."""
        given = [self.pick("2314053")]
        for one in spec.parameters[1:]:
            if one.kind in ("standard", "named") and (one.default is None or self.chance(40)):
                given.append(f"{one.name}={self.below(10)}")
        return ", ".join(given)

    def graph(self, specs: list[Spec], level: int) -> str:
        """Calls in calls."""
        spec = self.pick(specs)
        first = self.graph(specs, level + 1) if level < 3 and self.chance(70) else self.pick("21340")
        given = [first]
        for one in spec.parameters[1:]:
            if one.kind in ("standard", "named") and (one.default is None or self.chance(30)):
                value = f"twice({self.below(5)})" if self.chance(30) else self.below(10)
                given.append(f"{one.name}={value}")
            elif one.kind == "text" and self.chance(40):
                given.append(f"{one.name}={self.literal()}")
        call = f"{spec.name}({', '.join(given)})"
        return f"[{call}, {self.graph(specs, 2)}]" if level == 0 and self.chance(15) and not self.with_async else call

    # what a round ends with

    def result(self, body: Body) -> str:
        """The value of a return statement: in loops mostly a tail call."""
        if not body.tails or self.chance(8):
            return self.number(body)
        return self.fill(self.pick(_ENDS), body)

    def filled(self, mark: str, body: Body, level: int) -> str:
        """What stands in the place of a mark; @r is a call that goes round again."""
        return self.tail(body) if mark == "r" else super().filled(mark, body, level)

    def tail(self, body: Body) -> str:
        """A call that goes round again, in one of its spellings."""
        own = self.chance(65)
        spec = body.spec if own else self.pick(body.tasks)
        own = spec is body.spec
        named = self.new_values(body, spec)
        pairs = list(named.items())
        keywords = ", ".join(f"{name}={value}" for name, value in pairs)
        mapping = f"{{{', '.join(f'{name!r}: {value}' for name, value in pairs)}}}"
        to = "" if own and self.chance(70) else f", target_blueprint_id='{spec.name}'"
        first, others = named["n"], {name: value for name, value in pairs if name != "n"}
        left = ", ".join(f"{name}={value}" for name, value in others.items())
        comma = ", " if left else ""
        forms = [
            f"cs.TailCall(kwargs={mapping}{to})",
            f"cs.tail({spec.name}, {keywords})",
            f"{spec.name}({keywords})",
            f"{spec.name}({first}{comma}{left})",
            f"TC([{first}], dict({left}){to})",
            f"again({spec.name}, {first}{comma}{left})",
            f"cs.TailCall(args=[{self.in_order(body, spec)}]{to})",
            f"cs.tail({spec.name}, *[{first}], **dict({left}))",
            f"cs.TailCall(kwargs=dict({keywords}){to})",
            f"cs.TailCall(({first},){to})",
            f"TC(kwargs={mapping}{to})",
        ]
        if self.chance(4):
            wrong = ["zz=1", f"n={first}, zz=2", f"*[{first}], n=1", "0, 1, 2, 3, 4, 5, 6, 7", f"n=twice({first})"]
            return f"cs.tail({spec.name}, {self.pick(wrong)})"
        return str(self.pick(forms))

    def new_values(self, body: Body, spec: Spec) -> dict[str, str]:
        """Arguments by name, in a random order; they read each other's old values."""
        step = self.fill(self.pick(["n - 1", "n - 1", "n - 1", "note(@t, n) - 1"]), body)
        values = {"n": step if not self.chance(4) else self.number(body)}
        for one in spec.parameters[1:]:
            if one.kind in ("standard", "named") and (one.default is None or self.chance(60)):
                values[one.name] = self.number(body, 1)
            elif one.kind == "text" and self.chance(30):
                values[one.name] = self.fill("@k", body)
            elif one.kind == "kwargs" and self.chance(50):
                values["extra"] = self.number(body, 1)
        if len(values) > 1 and self.chance(40):
            values = dict(reversed(values.items()))
        return values

    def in_order(self, body: Body, spec: Spec) -> str:
        """Arguments by position."""
        others = [self.number(body, 1) for one in spec.parameters[1:] if one.kind == "standard"]
        return ", ".join(["n - 1", *others])


def loops() -> st.SearchStrategy[Program]:
    """A task, alone or with others, that goes round by tail calls."""
    return st.randoms(use_true_random=True).map(lambda random: Author(random, loops=True).program())


def graphs() -> st.SearchStrategy[Program]:
    """Tasks that return values, as calls in calls."""
    return st.randoms(use_true_random=True).map(lambda random: Author(random, loops=False).program())
