"""Writes the rounds of a loop whose bodies have moved in: in a row, or by number."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from itertools import chain, takewhile

import libcst as cst

from cascade_gen.blueprint import Call, Carried, Inject, Literal, Object, Operand, Register
from cascade_gen.bodies.ways import Value, Way
from cascade_gen.bodies.writer import Line, Substitute, Writer

from . import nodes
from .branches import decide
from .calls import injection
from .course import course_of
from .formatted import Passage
from .function import EMITTERS
from .given import outside, substitute
from .gotos import Round, flat
from .handing import handed_words
from .jumps import Jumps
from .leaving import Leaving
from .moving import drop_lines
from .nodes import Statement
from .places import Origin, described
from .round_calls import finish, is_redirect, late_lines
from .skeletons import Filling, expand

_MOST_QUIET = 256
"""Rounds between two looks at the clock, at most, where a round calls nothing and so takes no time to speak of."""


class Rounds:
    """The statements of a loop whose bodies have moved in; `ends`: its value ends the function.

    `on_demand` says what makes the runtime's loop where only a way out needs it, if that is possible.
    """

    def __init__(self, jumps: Jumps, ends: bool, on_demand: Callable[[], str]) -> None:
        self._jumps = jumps
        self._emitter = jumps.emitter
        self._course = course_of(jumps, ends, on_demand)
        self._constants: dict[str, Substitute] = {}  # by input, where that stands for it
        if self._course.goes_round or self._course.several:
            self._hand_over()
        else:
            self._take_over()
        self._names = {index: self._substitutes(one) for index, one in jumps.rounds.items()}

    @property
    def table(self) -> str:
        """The module-level name of the runtime's loop; empty where the module has to declare none."""
        return self._course.table if self._course.uses_table else ""

    def _hand_over(self) -> None:
        """Have inputs the very variables of their first values, where nobody else reads these, or no round changes
        them."""
        jumps, emitter = self._jumps, self._emitter
        inputs = jumps.loop.states[0].inputs
        owned = {name for one in jumps.rounds.values() for name in one.task.body.owned}
        firsts = [first for item in inputs if (first := _first(item)) is not None]
        handed = emitter.hand_over(firsts, owned | jumps.read_again)
        apart = owned.union(emitter.dead_first, emitter.nested, set(jumps.names.values()) - jumps.stays)
        for item in inputs:
            old, word = jumps.names[item.register.name], _name_of(_first(item))
            if word in handed or (word not in ("", old) and old in jumps.stays and word not in apart):
                jumps.rename(old, word, word not in handed)

    def _take_over(self) -> None:
        """Have the inputs of a body that runs once the very variables of their values, where it alone reads them or
        doesn't bind them anew."""
        emitter, one = self._emitter, self._jumps.rounds[0]
        firsts = {item.register.name: first for item in one.state.inputs if (first := _first(item)) is not None}
        handed = emitter.hand_over(list(firsts.values()), one.task.body.owned)
        for item in one.state.inputs:
            word = _name_of(firsts.get(item.register.name))
            shared = item.parameter not in one.task.body.rebound and word not in (
                *emitter.dead_first,
                *emitter.nested,
            )
            if word in handed or (word and shared and word not in one.task.body.owned):
                self._jumps.names[item.register.name] = word
                self._jumps.shared.update({word} - handed)
        self._take_constants(one)

    def _take_constants(self, one: Round) -> None:
        """Have literals and objects of the module stand for the inputs of a body that runs once, where they may, and
        no test is a literal then."""
        given = {item.parameter: (item.register.name, _first(item)) for item in one.state.inputs}
        known = [name for name, (_, first) in given.items() if isinstance(first, Literal)]
        kinds = Object if one.task.body.is_decided_by(known) else Object | Literal
        for name, (word, first) in given.items():
            if name in one.task.body.uses and isinstance(first, kinds):
                new = substitute(self._emitter, one.task, name, first)
                if new is not None:
                    self._jumps.names[word] = new.text
                    self._jumps.constants.add(new.text)
                    self._constants[word] = new

    def statements(self) -> list[Statement]:
        """The first values, then the rounds."""
        course, layout = self._course, self._course.layout
        before = self._before()
        first, later = layout.ahead[:1], layout.ahead[1:]
        ahead = [*map(self._body, first), *map(self._round, later)]
        if course.state:
            written = [*self._counted(), *decide(nodes.name(course.state), list(map(self._body, layout.order)))]
        else:
            written = [one for index in layout.order for one in self._round(index)]
        looped = self._looped(written) if course.goes_round else written
        return [*before, *self._unasked(), *chain.from_iterable(ahead), *looped, *self._dropped()]

    def _unasked(self) -> list[Statement]:
        """None for what is asked for something lazy though it may have no value; it is None again for each round."""
        words = {
            self._names[index][name].text: None
            for index, one in self._jumps.rounds.items()
            for name in sorted(one.asked)
            if name in self._names[index] and name not in one.handed
        }
        for word in words:
            self._emitter.unsure.pop(word, None)
        return nodes.forget(list(words))

    def _before(self) -> list[Statement]:
        """What the variables of the loop are before its first round."""
        emitter, course, jumps = self._emitter, self._course, self._jumps
        found = [
            nodes.annotated(course.name(item), self._kind(item, first), emitter.read(first))
            for item in course.loop.states[0].inputs
            if (first := _first(item)) is not None and _name_of(first) != course.name(item)
            if item.register.name not in self._constants
        ]
        found.extend(emitter.drop_first())
        if not self._asks_anew:
            for one in course.loop.states[0].block:
                found.extend(EMITTERS[Inject](emitter, one) if isinstance(one, Inject) else [])
        found.extend(nodes.assign(word, value) for word, value in jumps.binder.initials(jumps.names))
        if course.made:
            found.append(nodes.assign(course.made, nodes.raw(f"{emitter.runtime('redirects', 'MADE')}[0]")))
        if course.unsettled:
            found.append(nodes.assign(course.unsettled, nodes.literal(False)))
        if course.inert:
            found.append(nodes.assign(course.inert, nodes.raw(f"{course.table}.inert")))
        if course.state and not course.layout.chooses:
            found.append(nodes.assign(course.state, nodes.literal(0)))
        if course.counter:
            found.append(nodes.assign(course.counter, nodes.literal(1 if course.layout.ahead else 0)))
        return found

    def _kind(self, item: Carried, first: Operand) -> str:
        """The annotation that an input needs to be changed, where type checkers read too much off its first value."""
        is_empty = isinstance(first, Literal) and first.value == ()
        return "tuple" if is_empty and self._course.name(item) not in self._jumps.stays else ""

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
            for name in one.kept:
                word = self._names[one.index][name].text
                words[word] = words.get(word, True) and name in bound and not self._course.several
        apart = inputs.union(self._jumps.shared, self._jumps.constants)
        own = [(word, sure) for word, sure in words.items() if word not in apart]
        dropped = drop_lines(self._emitter, own, 0, 0)
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
                known = self._constants.get(item.register.name)
                found[item.parameter] = known or Substitute(self._course.name(item))
        one.handed = handed_words(self._course, one, found)
        found.update((name, Substitute(word)) for name, word in one.handed.items())
        return found

    def _is_apart(self, one: Round, item: Carried) -> bool:
        """Whether a parameter needs a variable of its own beside that of the input."""
        rebound = item.parameter in one.task.body.rebound
        return (rebound and _keeps_first(one, item)) or self._course.name(item) in one.task.body.owned

    def _round(self, index: int) -> list[Statement]:
        """A round, counted."""
        return [*self._counted(), *self._body(index)]

    def _body(self, index: int) -> list[Statement]:
        """A round; nothing where it does nothing but go on with the next in the row."""
        lines = self._lines(index, True)
        if self._course.falls(index):
            lines = [line for line in lines if line.frozen or line.indent or line.text != "pass"]
            if all(line.text.startswith("#") for line in lines):
                return []
        return [self._emitter.places.body(*self._text(index, lines))]

    def _inner(self, index: int, last: bool) -> list[Line]:
        """The lines of a round that stands in the body of another, at the tail call that leads to it."""
        counted = [Line(f"{self._course.counter} += 1", 0, 0)] if self._course.counter else []
        lines = self._lines(index, last)
        if all(line.text == "pass" or line.text.startswith("#") for line in lines):
            return counted
        return [*counted, Line(self._emitter.places.line(*self._text(index, lines)), 0, 0)]

    def _text(self, index: int, lines: list[Line]) -> tuple[Passage, Origin, bool, Callable[[], bool]]:
        """What the place of a round is given."""
        is_async = self._emitter.blueprint.is_async
        one = self._jumps.rounds.get(index)
        if one is None:
            return Passage(lines), Origin("", "", ""), is_async, lambda: True
        task, names = one.task, self._names[index]
        if self._course.several:
            lines = [Line(f"# {task.ref.name}", 0, task.body.source.line), *lines]
        single = [item.parameter for item in one.state.inputs if item.kind not in ("star", "stars")]
        origin = task.origin._replace(inputs=described({name: names[name].text for name in single}))
        return Passage(lines), origin, is_async, partial(task.is_stable, names)

    def _lines(self, index: int, last: bool) -> list[Line]:
        """The lines of a round; `last`: behind it is the end of the loop's."""
        one = self._jumps.rounds.get(index)
        asked = self._asked(index) if self._asks_anew else []
        return [
            *late_lines(self._course, index),
            *asked,
            *(self._called(index) if one is None else self._moved(one, last)),
        ]

    @property
    def _asks_anew(self) -> bool:
        """Whether each round asks for its resources: of several workflows one may never have its turn."""
        return len(self._course.loop.states) > 1

    def _asked(self, index: int) -> list[Line]:
        """The lines that ask for the resources of a round."""
        asked = (one for one in self._course.loop.states[index].block if isinstance(one, Inject))
        values = ((self._jumps.names[one.target.name], injection(self._emitter, one)) for one in asked)
        return [Line(f"{word} = {nodes.text_of(value)}", 0, 0) for word, value in values]

    def _moved(self, one: Round, last: bool) -> list[Line]:
        """The lines of a body that moves in."""
        body, names = one.task.body, self._names[one.index]
        leaving = Leaving(self._course, one, names, last, self._inner)
        copies = [
            Line(f"{names[item.parameter].text} = {self._course.name(item)}", 0, body.source.line)
            for item in one.state.inputs
            if self._is_apart(one, item)
        ]
        written = Writer(body, names, outside(self._emitter, one.task), leaving).lines()
        return _without_pass(leaving.ended([*copies, *written]))

    # rounds whose task is called

    def _called(self, index: int) -> list[Line]:
        """The lines of a round whose task is called, and of what comes of it."""
        course, result = self._course, self._course.result
        rest = finish(course, index, result)
        found = [Line(f"{result} = {self._call(index)}", 0, 0), Line(f"if {is_redirect(course, result)}:", 0, 0)]
        if course.ends:
            return [*found, Line(f"return {rest}", 1, 0), Line(f"return {result}", 0, 0)]
        return [*found, Line(f"{result} = {rest}", 1, 0), Line("break", 0, 0)]

    def _call(self, index: int) -> str:
        """The call of a state's task with its inputs."""
        state = self._course.loop.states[index]
        call = state.block[-1]
        assert isinstance(call, Call)
        inputs = map(self._course.name, state.inputs)
        words = [
            nodes.named(one.keyword, name) if one.keyword else name
            for one, name in zip(call.arguments, inputs, strict=True)
        ]
        value = f"{self._emitter.called(call.task)}({', '.join(words)})"
        return f"await {value}" if self._emitter.tasks[call.task].awaits else value


def _first(item: Carried) -> Operand | None:
    """What an input is given for the first round."""
    return item.initial if item.first is None else item.first


def _name_of(operand: Operand | None) -> str:
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
    return goto.state == one.index and all(
        given is not item for given in (*goto.anew, *(one for one, _ in goto.given))
    )


def _without_pass(lines: list[Line]) -> list[Line]:
    """The lines without a `pass` that stands behind another statement of its block."""
    return [
        line
        for place, line in enumerate(lines)
        if line.frozen or line.text != "pass" or not _follows(lines[:place], line.indent)
    ]


def _follows(before: list[Line], indent: int) -> bool:
    """Whether there is a statement in the block that goes on at an indentation behind these lines."""
    inside = takewhile(lambda line: line.frozen or not line.text or line.indent >= indent, reversed(before))
    return any(line.indent == indent and line.text and line.text[0] != "#" and not line.frozen for line in inside)
