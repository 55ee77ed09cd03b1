"""Writes the rounds of a loop whose bodies have moved in: in a row, or by number; values leave, tail calls go on."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial

import libcst as cst

from cascade_gen.blueprint import Call, Carried
from cascade_gen.bodies.ways import Direct, Either, Leap, Value, Way, is_quiet, mark
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.tasks.nodes import nodes_of

from . import nodes
from .branches import decide
from .direct import direct_text
from .gotos import Goto, Round, flat
from .jumps import Jumps
from .moving import drop_lines, kept, outside
from .nodes import Expression, Statement
from .places import described
from .skeletons import Filling, expand

_TUPLE = 3
"""So many inputs are set at once, as a tuple; more of them one after the other, which is faster."""

_MOST_QUIET = 256
"""Rounds between two looks at the clock, at most, where a round calls nothing and so takes no time to speak of."""


class Rounds:
    """The statements of a loop whose bodies have moved in."""

    def __init__(self, jumps: Jumps, ends: bool, table: str) -> None:
        self._jumps = jumps
        self._emitter = jumps.emitter
        self.ends = ends
        self._table = table
        self._order = _row(jumps)
        self._in_row = self._order is not None
        if self._order is None:
            self._order = jumps.indices
        self._numbers = {index: number for number, index in enumerate(self._order)}
        self.goes_round = self._goes_round()
        self.stores = not ends and not self.goes_round
        names = self._emitter.names
        self._state = names.local("state") if len(self._order) > 1 and not self._in_row else ""
        self._makes = self.goes_round and any(map(jumps.makes, jumps.rounds.values()))
        self._made = names.local("made") if self._makes or self._is_unsure else ""
        self._named: list[tuple[Round, dict[str, Substitute]]] = []

    @property
    def uses_table(self) -> bool:
        """Whether the runtime's loop is needed, for what shows only when it is returned."""
        return self._jumps.open or self._is_unsure or self._makes

    @property
    def _is_unsure(self) -> bool:
        """Whether what a round hands on may be lazy."""
        return any(goto.unsure for one in self._jumps.rounds.values() for goto in one.gotos.values())

    def _goes_round(self) -> bool:
        rounds = self._jumps.rounds
        several = len(self._jumps.indices) > 1
        if several and self._in_row and self.ends:
            last = (self._order or [])[-1]
            return last in rounds and bool(rounds[last].gotos)
        return several or bool(rounds[0].gotos)

    def statements(self) -> list[Statement]:
        """The first values, then the rounds."""
        emitter, loop = self._emitter, self._jumps.loop
        before = [
            nodes.assign(self._name(item), emitter.read(first))
            for item in loop.states[0].inputs
            if (first := item.initial if item.first is None else item.first) is not None
            if item.initial != item.register or self._name(item) != item.register.name
        ]
        before.extend(nodes.assign(word, value) for word, value in self._jumps.binder.initials(self._jumps.names))
        before.extend(emitter.drop_first())
        if self._made:
            before.append(nodes.assign(self._made, nodes.raw(f"{emitter.runtime('redirects', 'MADE')}[0]")))
        if self._state:
            before.append(nodes.assign(self._state, nodes.literal(0)))
        assert self._order is not None
        bodies = [
            self._body(self._jumps.rounds[index]) if index in self._jumps.rounds else self._call(index)
            for index in self._order
        ]
        rounds = decide(nodes.name(self._state), bodies) if self._state else [one for body in bodies for one in body]
        return [*before, *(self._looped(rounds) if self.goes_round else rounds), *self._dropped()]

    def _dropped(self) -> list[Statement]:
        """What nobody reads behind a loop in the midst of a function."""
        if self.ends:
            return []
        inputs = {one.register.name for one in self._emitter.blueprint.inputs}
        words: dict[str, bool] = {}
        for one, names in self._named:
            bound = frozenset.intersection(*one.task.body.bound.values())
            for name in kept(one.task):
                word = names[name].text
                words[word] = words.get(word, True) and name in bound and len(self._jumps.indices) == 1
        dropped = drop_lines([(word, sure) for word, sure in words.items() if word not in inputs], 0, 0)
        return [nodes.expression(nodes.raw(line.text)) for line in dropped]

    def _looped(self, rounds: list[Statement]) -> list[Statement]:
        emitter = self._emitter
        every = emitter.options.yield_every
        if not emitter.blueprint.is_async or every == 0:
            return [cst.While(nodes.name("True"), nodes.block(rounds))]
        quiet = all(one.task.body.quiet_rounds for one in self._jumps.rounds.values())
        given = [nodes.literal(every), *([nodes.literal(_MOST_QUIET)] if quiet else [])]
        pace = nodes.call(emitter.runtime("pace", "Pace"), *given)
        fillings: dict[str, Filling] = {"ROUND": rounds, "PACER": emitter.names.local("pace")}
        return expand("paced_jumps", PACE=pace, **fillings)

    def _name(self, item: Carried) -> str:
        return self._jumps.names[item.register.name]

    def _body(self, one: Round) -> list[Statement]:
        task, body = one.task, one.task.body
        names = {name: Substitute(new) for name, new in task.names.items()}
        copies: list[Line] = []
        for item in one.state.inputs:
            apart = item.parameter in body.rebound and self._keeps_first(one, item)
            if apart or self._name(item) in task.owned:
                copies.append(Line(f"{names[item.parameter].text} = {self._name(item)}", 0, body.source.line))
            else:
                names[item.parameter] = Substitute(self._name(item))
        self._named.append((one, names))
        leave = _Leave(self, one, names)
        lines = [*copies, *Writer(body, names, outside(self._emitter, task), leave).lines()]
        if not body.ends:
            lines = self._with_none(lines)
        lines = _without_pass(lines)
        if self.in_row:
            lines = [line for line in lines if line.frozen or line.indent or line.text != "pass"]
            if all(line.text.startswith("#") for line in lines):
                return []
        if len(self._jumps.indices) > 1:
            lines.insert(0, Line(f"# {task.ref.name}", 0, body.source.line))
        origin = replace(task.origin, inputs=described({name: names[name].text for name in task.parameters}))
        stable = partial(task.is_stable, names)
        return [self._emitter.places.body(lines, origin, self._emitter.blueprint.is_async, stable)]

    def _call(self, index: int) -> list[Statement]:
        """A round whose task is called, and what comes of it."""
        emitter, state = self._emitter, self._jumps.loop.states[index]
        call = state.block[0]
        assert isinstance(call, Call)
        names = [self._name(item) for item in state.inputs]
        words = [
            f"{one.keyword}={name}" if one.keyword else name for one, name in zip(call.arguments, names, strict=True)
        ]
        value = nodes.raw(f"{emitter.called(call.task)}({', '.join(words)})")
        result = self._result
        made = nodes.assign(result, nodes.await_(value) if emitter.tasks[call.task].awaits else value)
        test = nodes.raw(f"{emitter.names.builtin('isinstance')}({result}, {self._redirect})")
        finish = nodes.raw(self._finish(index, result))
        if self.ends:
            return [made, nodes.if_([(test, [nodes.return_(finish)])], []), nodes.return_(nodes.name(result))]
        return [made, nodes.if_([(test, [nodes.assign(result, finish)])], []), nodes.line(cst.Break())]

    @property
    def _result(self) -> str:
        return self._jumps.loop.states[0].result.name if self.ends else self._jumps.loop.target.name

    def _keeps_first(self, one: Round, item: Carried) -> bool:
        """Whether the value with which a round began may still be asked for when the body has bound the name anew."""
        if one.open:
            return True
        return any(
            goto.state == one.index and all(given is not item for given, _ in goto.given)
            for goto in one.gotos.values()
        )

    # ways out, as lines

    def value_lines(
        self, one: Round, writer: Writer, node: ast.Return, value: Value, names: dict[str, Substitute]
    ) -> list[Line]:
        """A value that ends the loop, or may be a redirect."""
        origin = writer.origin(node)
        if value.plain:
            return self._leave(writer, node, value.node)
        result = self._result
        assert value.node is not None
        found = writer.statement(node, f"{result} = ", value.node)
        test = f"if {self._emitter.names.builtin('isinstance')}({result}, {self._redirect}):"
        finish = self._finish(one.index, result)
        dropped = drop_lines(self._dying(one, node, one.index, names, self.ends), 1, origin)
        if self.ends:
            rare = [Line(f"return {finish}", 1, origin), Line(f"return {result}", 0, origin)]
        else:
            rare = [Line(f"{result} = {finish}", 1, origin), *self._broken(origin)]
        return [*found, Line(test, 0, origin), *dropped, *rare]

    @property
    def _redirect(self) -> str:
        return self._emitter.runtime("redirects", "Redirect")

    def _leave(self, writer: Writer, node: ast.Return, value: ast.expr | None) -> list[Line]:
        origin = writer.origin(node)
        if self.ends:
            return [Line("return None", 0, origin)] if value is None else writer.statement(node, "return ", value)
        target = self._jumps.loop.target
        stored: list[Line] = []
        if self._emitter.is_read(target):
            parts: list[str | ast.expr] = ["None" if value is None else value]
            stored = writer.statement(node, f"{target.name} = ", *parts)
        elif value is not None:
            stored = writer.statement(node, value)
        return [*stored, *self._broken(origin)]

    def _broken(self, origin: int) -> list[Line]:
        return [Line("break", 0, origin)] if self.goes_round else []

    def _with_none(self, lines: list[Line]) -> list[Line]:
        """The lines of a body that may end without a return."""
        origin = lines[-1].origin
        if self.ends:
            return [*lines, Line("return None", 0, origin)]
        target = self._jumps.loop.target
        stored = [Line(f"{target.name} = None", 0, origin)] if self._emitter.is_read(target) else []
        return [*stored, *lines] if self.stores else [*lines, *stored, *self._broken(origin)]

    def goto_lines(
        self, one: Round, goto: Goto, writer: Writer, node: ast.Return, names: dict[str, Substitute]
    ) -> list[Line]:
        """The inputs of the next round, all at once."""
        targets: list[str] = []
        values: list[str | ast.expr] = []
        for item, value in goto.given:
            if isinstance(value, ast.Name) and value.id in names and names[value.id].text == self._name(item):
                continue
            targets.append(self._name(item))
            values.append(self._value(one, writer, value))
        if self._state and goto.state != one.index:
            targets.append(self._state)
            values.append(str(self._numbers[goto.state]))
        found: list[Line] = []
        if len(targets) > _TUPLE and _in_sequence(one, node, targets, values, names):
            for word, one_value in zip(targets, values, strict=True):
                found.extend(writer.statement(node, f"{word} = ", one_value))
        elif targets:
            parts: list[str | ast.expr] = []
            for one_value in values:
                parts.extend([", ", one_value] if parts else [one_value])
            found = writer.statement(node, f"{', '.join(targets)} = ", *parts)
        origin = writer.origin(node)
        read = {names[name].text for name in goto.reads if name in names}
        dying = self._dying(one, node, goto.state, names)
        early = [pair for pair in dying if goto.calls and pair[0] not in read]
        return [
            *drop_lines(early, 0, origin),
            *found,
            *drop_lines([pair for pair in dying if pair not in early], 0, origin),
            *self._settle(goto, origin),
        ]

    def _value(self, one: Round, writer: Writer, value: ast.expr | Expression | Direct) -> str | ast.expr:
        if isinstance(value, Direct):
            return direct_text(self._emitter, one.task, writer, value)
        return value if isinstance(value, ast.expr) else nodes.text_of(value)

    def _settle(self, goto: Goto, origin: int) -> list[Line]:
        """What is lazy in the new inputs is computed before the round."""
        emitter = self._emitter
        items = goto.open if self._makes else goto.unsure
        if not items:
            return []
        words = [self._name(item) for item in items]
        atoms = emitter.runtime("rounds", "ATOMS") if goto.unsure else ""
        tests = [f"{emitter.names.builtin('type')}({self._name(item)}) not in {atoms}" for item in goto.unsure]
        if self._makes:
            tests.append(f"{emitter.runtime('redirects', 'MADE')}[0] != {self._made}")
        inner = ", ".join(words) + ("," if len(words) == 1 else "")
        given = [f"({inner})", self._made, *self._run()]
        call = f"{self._table}.settle({', '.join(given)})"
        if emitter.blueprint.is_async:
            call = f"await {self._table}.settle_async({', '.join(given)})"
        test = Line(f"if {' or '.join(tests)}:", 0, origin)
        return [test, Line(f"({inner}), {self._made} = {call}", 1, origin)]

    def _run(self) -> list[str]:
        run = self._emitter.run()
        return [] if run is None else [nodes.text_of(run)]

    def _dying(
        self, one: Round, node: ast.Return, target: int, names: dict[str, Substitute], last: bool = True
    ) -> list[tuple[str, bool]]:
        """The variables of a round that nobody reads in the next; for `last`, nor does anything behind it."""
        living = {self._name(item) for item in self._jumps.loop.states[target].inputs}
        bound = one.task.body.bound.get(id(node), frozenset())
        words = {
            names[name].text: last and name in bound for name in kept(one.task) if names[name].text not in living
        }
        unread = (item for item in one.state.inputs if item.parameter not in one.task.body.uses)
        words.update((self._name(item), last) for item in unread if self._name(item) not in living)
        return list(words.items())

    def _finish(self, index: int, result: str) -> str:
        """The rest of the rounds, left to the runtime."""
        emitter, loop = self._emitter, self._jumps.loop
        names = [self._name(item) for item in loop.states[index].inputs]
        inner = ", ".join(names) + ("," if len(names) == 1 else "")
        given = [result, f"({inner})", *self._run()]
        if len(loop.states) > 1:
            given.append(f"index={index}")
            given.append(f"initials={nodes.text_of(self._jumps.binder.initial_tuples())}")
        if not emitter.blueprint.is_async:
            return f"{self._table}.finish({', '.join(given)})"
        if emitter.options.yield_every != 0.005:
            given.append(f"every={emitter.options.yield_every!r}")
        return f"await {self._table}.finish_async({', '.join(given)})"

    @property
    def in_row(self) -> bool:
        """Whether a tail call goes on behind its body, at the next one's beginning."""
        return self._in_row and len(self._jumps.indices) > 1

    def way_lines(
        self, one: Round, way: Way, writer: Writer, node: ast.Return, last: bool, names: dict[str, Substitute]
    ) -> list[Line]:
        """The lines of a way out."""
        if isinstance(way, Either):
            first = self.way_lines(one, way.first, writer, node, last, names)
            second = self.way_lines(one, way.second, writer, node, last, names)
            head = writer.statement(node, "if ", way.test, ":")
            if self.ends and isinstance(way.first, Value):
                return [*head, *_deeper(first), *second]
            if [line.text for line in second] == ["pass"]:
                return [*head, *_deeper(first)]
            return [*head, *_deeper(first), Line("else:", 0, writer.origin(node)), *_deeper(second)]
        goto = one.goto(way)
        if goto is not None:
            found = self.goto_lines(one, goto, writer, node, names)
            if not (last or self.in_row):
                found.append(Line("continue", 0, writer.origin(node)))
            return found or [Line("pass", 0, writer.origin(node))]
        if isinstance(way, Leap) and mark(way) in one.ended:
            way = Value(way.data, True)
        value = way if isinstance(way, Value) else Value(way.node, False)
        return self.value_lines(one, writer, node, value, names)


class _Leave:
    """How the body of a round leaves."""

    def __init__(self, rounds: Rounds, one: Round, names: dict[str, Substitute]) -> None:
        self._rounds = rounds
        self._one = one
        self._names = names
        self._ways = {id(node): one.ways.of(node) for node in one.task.body.returns}

    def keeps(self, node: ast.Return) -> bool:
        way = self._ways[id(node)]
        return self._rounds.ends and isinstance(way, Value) and way.plain

    def falls(self, node: ast.Return) -> bool:
        return self._rounds.stores or (
            self._rounds.in_row and any(self._one.goto(way) is not None for way in flat(self._ways[id(node)]))
        )

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        last = last and self._one.task.body.ends
        return self._rounds.way_lines(self._one, self._ways[id(node)], writer, node, last, self._names)


def _without_pass(lines: list[Line]) -> list[Line]:
    """The lines without a `pass` that ends them, where another statement stands before it."""
    *others, last = lines
    needed = last.text != "pass" or last.indent or all(not one.text or one.text.startswith("#") for one in others)
    return lines if needed else others


def _deeper(lines: list[Line]) -> list[Line]:
    return [one if one.frozen else replace(one, indent=one.indent + 1) for one in lines]


def _in_sequence(
    one: Round,
    node: ast.Return,
    targets: list[str],
    values: list[str | ast.expr],
    substitutes: dict[str, Substitute],
) -> bool:
    """Whether inputs may be set one after the other: none is read behind its change, and nothing can see it."""
    if id(node) in one.guarded:
        return False
    for place, value in enumerate(values):
        if isinstance(value, str):
            if not value.isidentifier() and not value.isdigit():
                return False
            names = {value}
        else:
            if place and not is_quiet(value):
                return False
            read = {part.id for part in nodes_of(value) if isinstance(part, ast.Name)}
            names = {substitutes[name].text if name in substitutes else name for name in read}
        if names.intersection(targets[:place]):
            return False
    return True


def _row(jumps: Jumps) -> list[int] | None:
    """The states in a row, where each has one successor and the last leads to the first or nowhere."""
    order = [0]
    while True:
        one = jumps.rounds.get(order[-1])
        targets = set() if one is None else {goto.state for goto in one.gotos.values()}
        if one is not None and len(jumps.indices) > 1 and not jumps.falls(one):
            return None
        if not targets or targets == {0}:
            return order if len(order) == len(jumps.indices) else None
        target = targets.pop()
        if targets or target in order:
            return None
        order.append(target)
