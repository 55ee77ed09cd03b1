"""Writes the rounds of a loop whose bodies have moved in: in a row, or by number."""

from __future__ import annotations

import ast
from functools import partial

import libcst as cst

from cascade_gen.blueprint import Call, Carried, Operand, Register
from cascade_gen.bodies.ways import Value, Way
from cascade_gen.bodies.writer import Line, Substitute, Writer

from . import nodes
from .branches import decide
from .course import course_of
from .gotos import Round, flat
from .jumps import Jumps
from .leaving import Leaving
from .moving import drop_lines, kept, outside
from .nodes import Expression, Statement
from .places import described
from .round_calls import finish, is_redirect
from .skeletons import Filling, expand

_MOST_QUIET = 256
"""Rounds between two looks at the clock, at most, where a round calls nothing and so takes no time to speak of."""


class Rounds:
    """The statements of a loop whose bodies have moved in; `ends`: its value ends the function.

    `on_demand` is what makes the runtime's loop where only a way out needs it, if that is possible.
    """

    def __init__(self, jumps: Jumps, ends: bool, on_demand: str) -> None:
        self._jumps = jumps
        self._emitter = jumps.emitter
        self._course = course_of(jumps, ends, on_demand)
        if not (self._course.goes_round or self._course.several):
            self._take_over()
        self._names = {index: self._substitutes(one) for index, one in jumps.rounds.items()}

    @property
    def table(self) -> str:
        """The module-level name of the runtime's loop; empty where the module has to declare none."""
        return self._course.table if self._course.uses_table else ""

    def _take_over(self) -> None:
        """Have the inputs of a body that runs once the very variables of their values, where it alone reads them."""
        one = self._jumps.rounds[0]
        firsts = {item.register.name: first for item in one.state.inputs if (first := _first(item)) is not None}
        handed = self._emitter.hand_over(list(firsts.values()), one.task.owned)
        self._jumps.names.update(
            (name, word) for name, first in firsts.items() if (word := _name_of(first)) in handed
        )

    def statements(self) -> list[Statement]:
        """The first values, then the rounds."""
        course, rounds = self._course, self._jumps.rounds
        before = self._before()
        bodies = [self._body(rounds[index]) if index in rounds else self._call(index) for index in course.order]
        if course.state:
            written = [*self._counted(), *decide(nodes.name(course.state), bodies)]
        else:
            written = [one for body in bodies for one in (*self._counted(), *body)]
        return [*before, *(self._looped(written) if course.goes_round else written), *self._dropped()]

    def _before(self) -> list[Statement]:
        """What the variables of the loop are before its first round."""
        emitter, course, jumps = self._emitter, self._course, self._jumps
        found = [
            nodes.assign(course.name(item), emitter.read(first))
            for item in course.loop.states[0].inputs
            if (first := _first(item)) is not None and _name_of(first) != course.name(item)
        ]
        found.extend(nodes.assign(word, value) for word, value in jumps.binder.initials(jumps.names))
        found.extend(emitter.drop_first())
        if course.made:
            found.append(nodes.assign(course.made, nodes.raw(f"{emitter.runtime('redirects', 'MADE')}[0]")))
        if course.state:
            found.append(nodes.assign(course.state, nodes.literal(0)))
        if course.counter:
            found.append(nodes.assign(course.counter, nodes.literal(0)))
        return found

    def _counted(self) -> list[Statement]:
        """What counts a round, for the note of what fails in it."""
        counter = self._course.counter
        return [nodes.expression(nodes.raw(f"{counter} += 1"))] if counter else []

    def _dropped(self) -> list[Statement]:
        """What nobody reads behind a loop in the midst of a function."""
        if self._course.ends:
            return []
        inputs = {one.register.name for one in self._emitter.blueprint.inputs}
        words: dict[str, bool] = {}
        for one in self._course.rounds:
            bound = frozenset.intersection(*one.task.body.bound.values())
            for name in kept(one.task):
                word = self._names[one.index][name].text
                words[word] = words.get(word, True) and name in bound and not self._course.several
        dropped = drop_lines([(word, sure) for word, sure in words.items() if word not in inputs], 0, 0)
        return [nodes.expression(nodes.raw(line.text)) for line in dropped]

    def _looped(self, rounds: list[Statement]) -> list[Statement]:
        """A `while` around the rounds, which lets others run now and then where the function is async."""
        emitter = self._emitter
        every = emitter.options.yield_every
        if not emitter.blueprint.is_async or every == 0:
            return [cst.While(nodes.name("True"), nodes.block(rounds))]
        quiet = all(one.task.body.quiet_rounds for one in self._course.rounds)
        given = [nodes.literal(every), *([nodes.literal(_MOST_QUIET)] if quiet else [])]
        pace = nodes.call(emitter.runtime("pace", "Pace"), *given)
        fillings: dict[str, Filling] = {"ROUND": rounds, "PACER": emitter.names.local("pace")}
        return expand("paced_jumps", PACE=pace, **fillings)

    # rounds whose bodies move in

    def _substitutes(self, one: Round) -> dict[str, Substitute]:
        """What stands for the variables of a body: for a parameter that of the input, unless it has to be apart."""
        found = {name: Substitute(new) for name, new in one.task.names.items()}
        for item in one.state.inputs:
            if not self._is_apart(one, item):
                found[item.parameter] = Substitute(self._course.name(item))
        return found

    def _is_apart(self, one: Round, item: Carried) -> bool:
        """Whether a parameter needs a variable of its own beside that of the input."""
        rebound = item.parameter in one.task.body.rebound
        return (rebound and _keeps_first(one, item)) or self._course.name(item) in one.task.owned

    def _body(self, one: Round) -> list[Statement]:
        """A round whose body moves in; nothing where it does nothing but go on with the next in the row."""
        task, names, lines = one.task, self._names[one.index], self._lines(one)
        if self._course.in_row and all(line.text.startswith("#") for line in lines):
            return []
        if self._course.several:
            lines.insert(0, Line(f"# {task.ref.name}", 0, task.body.source.line))
        origin = task.origin._replace(inputs=described({name: names[name].text for name in task.parameters}))
        stable = partial(task.is_stable, names)
        return [self._emitter.places.body(lines, origin, self._emitter.blueprint.is_async, stable)]

    def _lines(self, one: Round) -> list[Line]:
        """The lines of a body that moves in."""
        body, names = one.task.body, self._names[one.index]
        leaving = Leaving(self._course, one, names)
        copies = [
            Line(f"{names[item.parameter].text} = {self._course.name(item)}", 0, body.source.line)
            for item in one.state.inputs
            if self._is_apart(one, item)
        ]
        written = Writer(body, names, outside(self._emitter, one.task), leaving).lines()
        lines = _without_pass(leaving.ended([*copies, *written]))
        if self._course.in_row:
            lines = [line for line in lines if line.frozen or line.indent or line.text != "pass"]
        return lines

    # rounds whose task is called

    def _call(self, index: int) -> list[Statement]:
        """A round whose task is called, and what comes of it."""
        course, result = self._course, self._course.result
        made = nodes.assign(result, self._value(index))
        test = nodes.raw(is_redirect(course, result))
        rest = nodes.raw(finish(course, index, result))
        if course.ends:
            return [made, nodes.if_([(test, [nodes.return_(rest)])], []), nodes.return_(nodes.name(result))]
        return [made, nodes.if_([(test, [nodes.assign(result, rest)])], []), nodes.line(cst.Break())]

    def _value(self, index: int) -> Expression:
        """The call of a state's task with its inputs."""
        call = self._course.loop.states[index].block[0]
        assert isinstance(call, Call)
        words = [
            f"{one.keyword}={name}" if one.keyword else name
            for one, name in zip(call.arguments, self._course.inputs(index), strict=True)
        ]
        value = nodes.raw(f"{self._emitter.called(call.task)}({', '.join(words)})")
        return nodes.await_(value) if self._emitter.tasks[call.task].awaits else value


def _first(item: Carried) -> Operand | None:
    """What an input is given for the first round."""
    return item.initial if item.first is None else item.first


def _name_of(operand: Operand) -> str:
    return operand.name if isinstance(operand, Register) else ""


def _keeps_first(one: Round, item: Carried) -> bool:
    """Whether the value with which a round began may still be asked for when the body has bound the name anew.

    In a body without loops what stands before the first of these places runs before it.
    """
    body = one.task.body
    loops = any(isinstance(node, ast.For | ast.AsyncFor | ast.While) for node in body.nodes)
    first = 0 if loops else min(use.start for use in body.uses[item.parameter] if use.store)
    late = (node for node in body.returns if body.text.end(node) > first)
    return any(_asks_for(one, item, way) for node in late for way in flat(one.ways.of(node)))


def _asks_for(one: Round, item: Carried, way: Way) -> bool:
    """Whether a way out needs the value with which the round began."""
    goto = one.goto(way)
    if goto is None:
        return one.open and not (isinstance(way, Value) and way.plain)
    return goto.state == one.index and all(given is not item for given, _ in goto.given)


def _without_pass(lines: list[Line]) -> list[Line]:
    """The lines without a `pass` that ends them, where another statement stands before it."""
    *others, last = lines
    needed = last.text != "pass" or last.indent or all(not one.text or one.text.startswith("#") for one in others)
    return lines if needed else others
