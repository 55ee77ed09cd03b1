"""Writes the ways out of a round whose body has moved into its loop: values leave the loop, tail calls go on."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cascade_gen.bodies.ways import Direct, Either, Leap, Value, Way, is_quiet, mark
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.tasks.nodes import nodes_of

from . import nodes
from .asking import is_injected
from .course import Course
from .direct import direct_text
from .gotos import End, Goto, Round
from .moving import drop_lines
from .nodes import Expression
from .round_calls import finish, is_redirect, settle_end_lines, settle_lines, unsettled_lines

_TUPLE = 3
"""So many inputs are set at once, as a tuple; more of them one after the other, which is faster."""

_WIDTH = 64
"""So wide a tuple of inputs is at most: a wider one mostly takes several lines."""

_Text = str | ast.expr
"""A part of a statement: a text, or an expression of the user's."""


Inner = Callable[[int, bool], list[Line]]


class Leaving:
    """How the body of one round leaves it.

    `names` has what stands for each of the body's variables. `last`: behind the body is the end of the loop's round.
    `inner` writes the round of a state that stands at the one tail call to it, given its own `last`.
    """

    def __init__(self, course: Course, one: Round, names: Mapping[str, Substitute], last: bool, inner: Inner) -> None:
        self._course = course
        self._round = one
        self._names = names
        self._last = last
        self._inner = inner
        self._ways = {id(node): one.ways.of(node) for node in one.task.body.returns}

    def keeps(self, node: ast.Return) -> bool:
        """Whether a `return` stays: of a value that ends the function."""
        way = self._ways[id(node)]
        return self._course.ends and isinstance(way, Value) and way.plain

    def falls(self, node: ast.Return) -> bool:
        """Whether what comes behind the body is next: what follows the loop, or the next round in the row."""
        if self._course.stores:
            return True
        return self._course.falls(self._round.index) and self._round.goes_round(node)

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        """The lines of a `return`."""
        last = last and self._last and self._round.task.body.ends
        leave = _Return(self._course, self._round, self._names, self._inner, writer, node, last)
        return leave.lines(self._ways[id(node)])

    def ended(self, lines: list[Line]) -> list[Line]:
        """The lines of the body with those of the None that it gives where it ends without a `return`."""
        if self._round.task.body.ends:
            return lines
        course, origin = self._course, lines[-1].origin
        if course.ends:
            return [*lines, Line("return None", 0, origin)]
        target = course.loop.target
        stored = [Line(f"{target.name} = None", 0, origin)] if course.emitter.is_read(target) else []
        return [*stored, *lines] if course.stores else [*lines, *stored, *_broken(course, origin)]


@dataclass(frozen=True, slots=True)
class _Return:
    """One `return` in the body of a round; `last`: nothing but the end of the round follows."""

    course: Course
    round: Round
    names: Mapping[str, Substitute]
    inner: Inner
    writer: Writer
    node: ast.Return
    last: bool

    @property
    def origin(self) -> int:
        """Its line in the user's file."""
        return self.writer.origin(self.node)

    def lines(self, way: Way) -> list[Line]:
        """The lines of a way out."""
        if isinstance(way, Either):
            return self._either(way)
        goto = self.round.goto(way)
        if goto is not None:
            return self._goto(goto) or [Line("pass", 0, self.origin)]
        if isinstance(way, Value):
            return self._plain(way.node) if way.plain else self._doubtful(way.node)
        if isinstance(way, Leap) and mark(way) in self.round.ended:
            return self._ended(way.data, self.round.ended[mark(way)])
        return self._doubtful(way.node)

    def _either(self, way: Either) -> list[Line]:
        first, second = self.lines(way.first), self.lines(way.second)
        found = [*self.writer.statement(self.node, "if ", way.test, ":"), *_deeper(first)]
        if self.course.ends and isinstance(way.first, Value):
            return [*found, *second]
        if [line.text for line in second] == ["pass"]:
            return found
        return [*found, Line("else:", 0, self.origin), *_deeper(second)]

    # values

    def _plain(self, value: ast.expr | None) -> list[Line]:
        """A value that is no redirect: it ends the loop."""
        course, writer, node = self.course, self.writer, self.node
        if course.ends:
            return (
                [Line("return None", 0, self.origin)] if value is None else writer.statement(node, "return ", value)
            )
        target = course.loop.target
        stored: list[Line] = []
        if course.emitter.is_read(target):
            stored = writer.statement(node, f"{target.name} = ", "None" if value is None else value)
        elif value is not None:
            stored = writer.statement(node, value)
        return [*stored, *_broken(course, self.origin)]

    def _ended(self, data: ast.expr | None, end: End) -> list[Line]:
        """The data of a jump that ends the loop, with what is lazy in it computed."""
        course = self.course
        if data is None or not (end.unsure or (end.open and course.makes)):
            return self._plain(data)
        result, found = self._held(data, isinstance(data, ast.Name) and self._is_own(data.id))
        asked = self._asked(end.doubts, [result]) or [result]
        test, settled = settle_end_lines(course, asked if end.unsure else [], result, self.origin)
        dropped = drop_lines(course.emitter, self._others(result), 1, self.origin)
        last = [Line(f"return {result}", 0, self.origin)] if course.ends else _broken(course, self.origin)
        return [*found, test, *dropped, settled, *last]

    def _held(self, value: ast.expr, stays: bool) -> tuple[str, list[Line]]:
        """The variable of a value that may end the loop, and the lines that fill it, unless it `stays` in its own."""
        if stays and self.course.ends and isinstance(value, ast.Name) and value.id in self.names:
            return self.names[value.id].text, []
        return self.course.result, self.writer.statement(self.node, f"{self.course.result} = ", value)

    def _is_own(self, name: str) -> bool:
        """Whether a name is a variable of the function: what stands for an input may be a constant."""
        return name in self.names and self.names[name].text not in self.course.jumps.constants

    def _others(self, result: str) -> list[tuple[str, bool]]:
        """The variables of the round that die before what it gives is gone on with."""
        return [pair for pair in self._dying(self.round.index, self.course.ends) if pair[0] != result]

    def _doubtful(self, value: ast.expr | None) -> list[Line]:
        """A value that ends the loop unless it is a redirect: then the runtime goes on."""
        course, origin = self.course, self.origin
        assert value is not None
        result, found = self._held(value, True)
        test = Line(f"if {is_redirect(course, result)}:", 0, origin)
        rest = finish(course, self.round.index, result)
        dropped = drop_lines(course.emitter, self._others(result), 1, origin)
        if course.ends:
            rare = [Line(f"return {rest}", 1, origin), Line(f"return {result}", 0, origin)]
        else:
            rare = [Line(f"{course.result} = {rest}", 1, origin), *_broken(course, origin)]
        return [*found, test, *dropped, *rare]

    # ways on

    def _goto(self, goto: Goto) -> list[Line]:
        """A way on: the inputs of the next round are set, what nobody reads there is dropped."""
        origin, emitter = self.origin, self.course.emitter
        targets, values = self._given(goto)
        read = {self.names[name].text for name in goto.reads if name in self.names}
        doubts = [self._asked(names, targets) for names in goto.doubts]
        asked = {word for words in doubts for word in words}
        dying = self._dying(goto.state)
        early = [pair for pair in dying if goto.calls and pair[0] not in read]
        last = [pair for pair in dying if pair[0] in asked]  # what was put into a display lives on in it
        late = [pair for pair in dying if pair not in early and pair not in last]
        lines = [
            *drop_lines(emitter, early, 0, origin),
            *self._set(targets, values),
            *drop_lines(emitter, late, 0, origin),
        ]
        settling = unsettled_lines if id(self.node) in self.round.guarded else settle_lines
        lines.extend(settling(self.course, goto, doubts, origin))
        return [*lines, *drop_lines(emitter, last, 0, origin), *self._onward(goto)]

    def _asked(self, names: Sequence[str], targets: Sequence[str]) -> list[str]:
        """The variables to ask whether something lazy is in an input; none where one has another value by then."""
        words = [self.names[name].text for name in names if name in self.names and self.names[name].is_name]
        return words if len(words) == len(names) and not set(words).intersection(targets) else []

    def _onward(self, goto: Goto) -> list[Line]:
        """What begins the next round, where that isn't what follows: the round itself, or what leads there."""
        if goto.state in self.course.layout.within:
            return self.inner(goto.state, self.last)
        if self.last or self.course.falls(self.round.index):
            return []
        return [Line("continue", 0, self.origin)]

    def _given(self, goto: Goto) -> tuple[list[str], list[_Text]]:
        """The variables that a way on sets, and their values; what keeps its value is none of them."""
        course = self.course
        targets: list[str] = []
        values: list[_Text] = []
        for item, value in goto.given:
            word = course.name(item)
            if isinstance(value, ast.Name) and value.id in self.names and self.names[value.id].text == word:
                continue
            targets.append(word)
            values.append(self._value(value))
        for item in goto.anew:
            if course.name(item) not in course.jumps.stays:
                targets.append(course.name(item))
                values.append(nodes.text_of(course.jumps.binder.initial(item)))
        if course.is_told(self.round.index, goto.state):
            targets.append(course.state)
            values.append(course.number(goto.state))
        return targets, values

    def _value(self, value: ast.expr | Expression | Direct) -> _Text:
        if isinstance(value, Direct):
            return direct_text(self.course.emitter, self.round.task, self.writer, value)
        return value if isinstance(value, ast.expr) else nodes.text_of(value)

    def _set(self, targets: list[str], values: list[_Text]) -> list[Line]:
        """The variables get their values all at once, or one after the other where nobody can tell."""
        if not targets:
            return []
        parts: list[_Text] = []
        for value in values:
            parts.extend([", ", value] if parts else [value])
        lines = self.writer.statement(self.node, f"{', '.join(targets)} = ", *parts)
        wide = len(lines) > 1 or len(lines[0].text) > _WIDTH
        if len(targets) > 1 and (wide or len(targets) > _TUPLE) and self._in_sequence(targets, values):
            return [
                line
                for word, value in zip(targets, values, strict=True)
                for line in self.writer.statement(self.node, f"{word} = ", value)
            ]
        return lines

    def _in_sequence(self, targets: list[str], values: list[_Text]) -> bool:
        """Whether inputs may be set one after the other: none is read behind its change, and nothing can see it."""
        if id(self.node) in self.round.guarded:
            return False
        for place, value in enumerate(values):
            if isinstance(value, str):
                if not value.isidentifier() and not value.isdigit():
                    return False
            elif place and not is_quiet(value):
                return False
            if self._read(value).intersection(targets[:place]):
                return False
        return True

    def _read(self, value: _Text) -> set[str]:
        """The variables in a value, which is a name or a number where it is a text."""
        if isinstance(value, str):
            return {value}
        read = {part.id for part in nodes_of(value) if isinstance(part, ast.Name)}
        return {self.names[name].text if name in self.names else name for name in read}

    def _dying(self, target: int, last: bool = True) -> list[tuple[str, bool]]:
        """The variables of a round that nobody reads in the next; for `last`, nor does anything behind it.

        Resources live on anyway.
        """
        one, body = self.round, self.round.task.body
        items = [item for item in one.state.inputs if is_injected(item) and item.parameter not in body.rebound]
        living = {self.course.name(item) for item in (*self.course.loop.states[target].inputs, *items)}
        living |= self.course.jumps.lasting
        bound = body.bound.get(id(self.node), frozenset()) - one.asked
        words = {self.names[name].text: last and name in bound for name in one.kept}
        words.update((self.course.name(item), last) for item in one.state.inputs if item.parameter not in body.uses)
        return [(word, sure) for word, sure in words.items() if word not in living]


def _broken(course: Course, origin: int) -> list[Line]:
    """What leaves the loop once its value is stored."""
    return [Line("break", 0, origin)] if course.goes_round else []


def _deeper(lines: list[Line]) -> list[Line]:
    return [one if one.frozen else one._replace(indent=one.indent + 1) for one in lines]
