"""Writes loops whose bodies have moved in: tail calls that can be seen become assignments and jumps.

if n <= 0:                             while True:
    return "done"                          if n <= 0:
return tail(countdown, n=n - 1)                return "done"
                                           n = n - 1
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from cascade_gen.blueprint import Call, Carried, Loop, Operand, Register, State, registers_of
from cascade_gen.bodies.shape import can_fall, surroundings, why_no_jump
from cascade_gen.bodies.ways import Again, Direct, Either, Given, Value, Way
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.runtime.containers import holds_lazy

from . import nodes
from .branches import decide
from .direct import direct_text
from .function import Emitter
from .moving import Movable, default, drop_lines, kept, outer
from .nodes import Expression, Statement
from .skeletons import Filling, expand

_MOST_QUIET = 256
"""Rounds between two looks at the clock, at most, where a round calls nothing and so takes no time to speak of."""


@dataclass(frozen=True, slots=True)
class Goto:
    """A tail call, bound: the state it leads to, and what its inputs are given there, in order of evaluation.

    `unsure` are the inputs in which something lazy may be.
    """

    state: int
    given: tuple[tuple[Carried, ast.expr | Expression | Direct], ...]
    unsure: tuple[Carried, ...]


@dataclass(slots=True)
class Round:
    """A state whose body moves into the loop."""

    index: int
    state: State
    task: Movable
    gotos: dict[int, Goto] = field(default_factory=dict)
    open: bool = False
    """Whether something may be returned that shows only then to be a tail call."""


class Jumps:
    """The rounds of one loop; `why` says, by task, why a body can't move into it."""

    def __init__(self, emitter: Emitter, loop: Loop) -> None:
        self.emitter = emitter
        self.loop = loop
        self.why: dict[str, str] = {}
        self.rounds: dict[int, Round] = {}
        self.called: set[int] = set()
        self.initials: dict[str, Register] = {}
        self._reach()
        if not self.why and self.open and not self.finishable():
            self.why[loop.states[0].task] = "what it returns may go on with rounds that have policies or resources"
        self.names = self._shared_names()
        if not self.why and self.open and len(loop.states) > 1:
            self.initial_tuples()

    @property
    def possible(self) -> bool:
        """Whether the loop can be written with jumps."""
        return not self.why

    def check_breaks(self) -> None:
        """A loop in the midst of a function is left by `break`, which leads out of no loop of the user's.

        What doesn't go round ends where its block ends.
        """
        for one in self.rounds.values():
            inside = any(
                isinstance(outside, ast.For | ast.AsyncFor | ast.While)
                for _, around in surroundings(one.task.body.statements)
                for outside in around
            )
            straight = len(self.indices) == 1 and not one.gotos
            if inside or (straight and not one.task.can_fall):
                self.why[one.state.task] = "it returns from within a loop or a try, and the workflow goes on"

    def finishable(self) -> bool:
        """Whether the runtime can go on by itself from any state."""
        return all(
            len(state.block) == 1 and isinstance(state.block[0], Call) and state.jumps is None
            for state in self.loop.states
        )

    @property
    def open(self) -> bool:
        """Whether a way out of some round shows only when it is taken."""
        return bool(self.called) or any(one.open for one in self.rounds.values())

    @property
    def indices(self) -> list[int]:
        """The states that the loop can reach."""
        return sorted({*self.rounds, *self.called})

    def _reach(self) -> None:
        """Read every state that the first one can lead to. What can't move is called, unless it is the first."""
        pending = [0]
        while pending and not self.why:
            index = pending.pop()
            if index in self.rounds or index in self.called:
                continue
            state = self.loop.states[index]
            one = self._read(index, state)
            if isinstance(one, Round):
                self.rounds[index] = one
                pending.extend(goto.state for goto in reversed(one.gotos.values()))
            elif index == 0 or self._why_not(state):
                self.why[state.task] = one
            else:
                self.called.add(index)
                self.emitter.moves.refuse(state.task, one)

    def _read(self, index: int, state: State) -> Round | str:
        """A round whose body moves, or why it doesn't."""
        task = self.emitter.moves.get(state.task)
        if task is None:
            return self.emitter.moves.reason(state.task)
        why = self._why_not(state)
        if why:
            return why
        one = Round(index, state, task)
        self._bind_all(one)
        return next(
            (why for place in surroundings(task.body.statements) if (why := self._why_stays(one, *place))), one
        )

    def _why_stays(self, one: Round, node: ast.Return, around: Sequence[ast.stmt]) -> str:
        """Why a `return` with these statements around it can't leave the body before the next round begins."""
        gotos = [one.gotos.get(id(way.node)) for way in flat(one.task.ways.of(node)) if isinstance(way, Again)]
        inside = any(not isinstance(statement, ast.If | ast.Match) for statement in around)
        if inside and any(goto is None for goto in gotos):
            return "a tail call that shows only when it runs stands in a try, a with or a loop"
        if inside and any(isinstance(way, Value) and not way.plain for way in flat(one.task.ways.of(node))):
            return "what it returns from within a try, a with or a loop may be a tail call"
        if inside and any(goto is not None and (goto.unsure or self.makes(one)) for goto in gotos):
            return "a tail call in a try, a with or a loop may hand on something lazy"
        return why_no_jump(around) if any(gotos) else ""

    def makes(self, one: Round) -> bool:
        """Whether something lazy may be made behind the back of a round."""
        known: set[int] = set(one.gotos)
        for goto in one.gotos.values():
            for _, value in goto.given:
                if isinstance(value, Direct):
                    known.update(map(id, value.calls))
        return not one.task.ways.settled.makes_nothing(known)

    def _why_not(self, state: State) -> str:
        if len(state.block) != 1 or not isinstance(state.block[0], Call):
            return "its rounds have policies or resources"
        if state.jumps is not None:
            return "it goes round by jumps"
        if any(item.kind in ("star", "stars") for item in state.inputs):
            return "it takes any number of arguments"
        call = state.block[0]
        if [one.value for one in call.arguments] != [item.register for item in state.inputs]:
            return "its rounds have policies or resources"
        return ""

    # binding

    def _bind_all(self, one: Round) -> None:
        for node in one.task.body.returns:
            self._bind_way(one, one.task.ways.of(node))

    def _bind_way(self, one: Round, way: Way) -> None:
        if isinstance(way, Either):
            self._bind_way(one, way.first)
            self._bind_way(one, way.second)
        elif isinstance(way, Value):
            one.open |= not way.plain
        else:
            goto = self._goto(one, way)
            if goto is None:
                one.open = True
            else:
                one.gotos[id(way.node)] = goto

    def _goto(self, one: Round, way: Again) -> Goto | None:
        """Where a tail call leads; None where only the runtime can tell."""
        index = self._target(one, way)
        if index is None:
            return None
        target = self.loop.states[index]
        if target.jumps is not None or len(target.block) != 1 or not isinstance(target.block[0], Call):
            return None
        bound = _bound(target, way.arguments)
        if bound is None:
            return None
        given: list[tuple[Carried, ast.expr | Expression | Direct]] = [(item, value.value) for item, value in bound]
        named = {item.parameter for item, _ in bound}
        for item in target.inputs:
            if item.parameter not in named and not self._fill(one, index, way, item, given):
                return None
        unsure = tuple(item for item, value in bound if not value.settled)
        return Goto(index, tuple(given), unsure)

    def _target(self, one: Round, way: Again) -> int | None:
        """The state that a tail call leads to, as the runtime would find it."""
        states, tasks = self.loop.states, self.emitter.blueprint.bound_tasks
        if way.natural:
            funcs = [tasks[state.task].func for state in states]
            return next((number for number, func in enumerate(funcs) if func is way.target.func), None)
        if way.target is None or way.target == one.state.name:
            return one.index
        if isinstance(way.target, str):
            return next((number for number, state in enumerate(states) if state.name == way.target), None)
        if way.target.func is tasks[one.state.task].func:
            return one.index
        return next(
            (number for number, state in enumerate(states) if tasks[state.task].func is way.target.func), None
        )

    def _fill(
        self,
        one: Round,
        index: int,
        way: Again,
        item: Carried,
        given: list[tuple[Carried, ast.expr | Expression | Direct]],
    ) -> bool:
        """Give an input that the tail call doesn't name its value; False where it has none."""
        if way.natural:
            task = self.emitter.moves.get(self.loop.states[index].task)
            if task is None:
                return False
            parameter = task.signature.parameters[item.parameter]
            if parameter.default is parameter.empty or holds_lazy(parameter.default):
                return False
            value = default(self.emitter, task, parameter)
            given.append((item, value if isinstance(value, Expression) else self.emitter.read(value)))
            return True
        if index == one.index:
            return True  # it keeps its value
        if item.initial is None:
            return False
        given.append((item, self._initial(item.initial)))
        return True

    def _initial(self, operand: Operand) -> Expression:
        """A bound value, of which the loop may have overwritten the register."""
        carried = {item.register for state in self.loop.states for item in state.inputs}
        for register in registers_of(operand):
            if register in carried:
                self.initials.setdefault(f"{register.name}_bound", register)
        if isinstance(operand, Register) and operand in carried:
            return nodes.name(f"{operand.name}_bound")
        return self.emitter.read(operand)

    # names

    def _shared_names(self) -> dict[str, str]:
        """The local of every carried register: states share those of one name, since only one of them runs."""
        words: dict[str, str] = {}
        found: dict[str, str] = {}
        for index in self.indices:
            for item in self.loop.states[index].inputs:
                found[item.register.name] = words.setdefault(item.parameter, item.register.name)
        return found

    def falls(self, one: Round) -> bool:
        """Whether every tail call of a round may stand at the end of its body, and nothing else ends there."""
        return one.task.body.ends and can_fall(one.task.body.statements, lambda node: self.jumps(one, node))

    def jumps(self, one: Round, node: ast.Return) -> bool:
        """Whether a `return` goes round."""
        return any(isinstance(way, Again) and id(way.node) in one.gotos for way in flat(one.task.ways.of(node)))

    def initial_tuples(self) -> Expression:
        """The bound and default values of every state, for the runtime."""
        keep = nodes.name(self.emitter.runtime("sentinels", "KEEP"))
        return nodes.tuple_(
            [
                nodes.tuple_([keep if item.initial is None else self._initial(item.initial) for item in state.inputs])
                for state in self.loop.states
            ]
        )


def flat(way: Way) -> list[Value | Again]:
    """The ways of a `return`, those of conditions apart."""
    return [*flat(way.first), *flat(way.second)] if isinstance(way, Either) else [way]


def _bound(state: State, arguments: Sequence[Given]) -> list[tuple[Carried, Given]] | None:
    """The inputs that the arguments name, in the order of the arguments; None where they don't bind."""
    places = [item for item in state.inputs if item.kind in ("positional", "standard")]
    words = {item.parameter: item for item in state.inputs if item.kind in ("standard", "keyword")}
    found: list[tuple[Carried, Given]] = []
    for position, argument in enumerate(arguments):
        if argument.keyword:
            item = words.get(argument.keyword)
        else:
            item = places[position] if position < len(places) else None
        if item is None or any(item is other for other, _ in found):
            return None
        found.append((item, argument))
    return found


class Rounds:
    """The statements of a loop whose bodies have moved in."""

    def __init__(self, jumps: Jumps, ends: bool, table: str) -> None:
        self._jumps = jumps
        self._emitter = jumps.emitter
        self.ends = ends
        self._ends = ends
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
        self._made = names.local("made") if self._makes else ""
        self._named: list[tuple[Round, dict[str, Substitute]]] = []

    @property
    def uses_table(self) -> bool:
        """Whether the runtime's loop is needed, for what shows only when it is returned."""
        unsure = any(goto.unsure for one in self._jumps.rounds.values() for goto in one.gotos.values())
        return self._jumps.open or unsure or self._makes

    def _goes_round(self) -> bool:
        rounds = self._jumps.rounds
        several = len(self._jumps.indices) > 1
        if several and self._in_row and self._ends:
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
        before.extend(emitter.drop_first())
        for word, register in self._jumps.initials.items():
            before.append(nodes.assign(word, nodes.name(register.name)))
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
        if self._ends:
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
            if item.parameter in body.rebound and self._keeps_first(one, item):
                copies.append(Line(f"{names[item.parameter].text} = {self._name(item)}", 0, body.source.line))
            else:
                names[item.parameter] = Substitute(self._name(item))
        self._named.append((one, names))
        leave = _Leave(self, one, names)
        lines = [*copies, *Writer(body, names, outer(self._emitter, task), leave).lines()]
        if not body.ends:
            lines = self._with_none(lines)
        if self.in_row:
            lines = [line for line in lines if line.indent or line.text != "pass"]
            if all(line.text.startswith("#") for line in lines):
                return []
        if len(self._jumps.indices) > 1:
            lines.insert(0, Line(f"# {task.ref.name}", 0, body.source.line))
        self._emitter.moves.moved[one.state.task] += 1
        return [self._emitter.places.body(lines, task.origin, self._emitter.blueprint.is_async, task.is_stable)]

    def _call(self, index: int) -> list[Statement]:
        """A round whose task is called, and what comes of it."""
        emitter, state = self._emitter, self._jumps.loop.states[index]
        call = state.block[0]
        assert isinstance(call, Call)
        names = [self._name(item) for item in state.inputs]
        words = [
            f"{one.keyword}={name}" if one.keyword else name for one, name in zip(call.arguments, names, strict=True)
        ]
        value = nodes.raw(f"{emitter.function(call.task)}({', '.join(words)})")
        result = self._result
        made = nodes.assign(result, nodes.await_(value) if emitter.tasks[call.task].awaits else value)
        test = nodes.raw(f"{emitter.names.builtin('isinstance')}({result}, {self._redirect})")
        finish = nodes.raw(self._finish(index, result))
        if self._ends:
            return [made, nodes.if_([(test, [nodes.return_(finish)])], []), nodes.return_(nodes.name(result))]
        return [made, nodes.if_([(test, [nodes.assign(result, finish)])], []), nodes.line(cst.Break())]

    @property
    def _result(self) -> str:
        return self._jumps.loop.states[0].result.name if self._ends else self._jumps.loop.target.name

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
        dropped = self._drop(one, node, one.index, names, origin, 1)
        if self._ends:
            rare = [Line(f"return {finish}", 1, origin), Line(f"return {result}", 0, origin)]
        else:
            rare = [Line(f"{result} = {finish}", 1, origin), *self._broken(origin)]
        return [*found, Line(test, 0, origin), *dropped, *rare]

    @property
    def _redirect(self) -> str:
        return self._emitter.runtime("redirects", "Redirect")

    def _leave(self, writer: Writer, node: ast.Return, value: ast.expr | None) -> list[Line]:
        origin = writer.origin(node)
        if self._ends:
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
        if self._ends:
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
        if targets:
            parts: list[str | ast.expr] = []
            for one_value in values:
                parts.extend([", ", one_value] if parts else [one_value])
            found = writer.statement(node, f"{', '.join(targets)} = ", *parts)
        return [
            *found,
            *self._settle(goto, writer.origin(node)),
            *self._drop(one, node, goto.state, names, writer.origin(node)),
        ]

    def _value(self, one: Round, writer: Writer, value: ast.expr | Expression | Direct) -> str | ast.expr:
        if isinstance(value, Direct):
            text = direct_text(self._emitter, one.task, writer, value)
            assert text is not None
            return text
        return value if isinstance(value, ast.expr) else nodes.text_of(value)

    def _settle(self, goto: Goto, origin: int) -> list[Line]:
        """What is lazy in the new inputs is computed before the round."""
        emitter = self._emitter
        named = tuple(item for item, value in goto.given if not isinstance(value, Expression))
        items = named if self._makes else goto.unsure
        if not items:
            return []
        words = [self._name(item) for item in items]
        atoms = emitter.runtime("rounds", "ATOMS") if goto.unsure else ""
        tests = [f"{emitter.names.builtin('type')}({self._name(item)}) not in {atoms}" for item in goto.unsure]
        made = f"{emitter.runtime('redirects', 'MADE')}[0]" if self._makes else ""
        if made:
            tests.append(f"{made} != {self._made}")
        inner = ", ".join(words) + ("," if len(words) == 1 else "")
        given = [f"({inner})", *self._run()]
        call = f"{self._table}.settle({', '.join(given)})"
        if emitter.blueprint.is_async:
            call = f"await {self._table}.settle_async({', '.join(given)})"
        left = f"({inner})" if len(words) == 1 else inner
        again = [Line(f"{self._made} = {made}", 1, origin)] if made else []
        return [Line(f"if {' or '.join(tests)}:", 0, origin), Line(f"{left} = {call}", 1, origin), *again]

    def _run(self) -> list[str]:
        run = self._emitter.run()
        return [] if run is None else [nodes.text_of(run)]

    def _drop(
        self, one: Round, node: ast.Return, target: int, names: dict[str, Substitute], origin: int, indent: int = 0
    ) -> list[Line]:
        """Drops the variables of a round that nobody reads in the next, or in the midst of the function behind it."""
        living = {self._name(item) for item in self._jumps.loop.states[target].inputs}
        bound = one.task.body.bound.get(id(node), frozenset())
        words = {names[name].text: name in bound for name in kept(one.task) if names[name].text not in living}
        return drop_lines(list(words.items()), indent, origin)

    def _finish(self, index: int, result: str) -> str:
        """The rest of the rounds, left to the runtime."""
        emitter, loop = self._emitter, self._jumps.loop
        names = [self._name(item) for item in loop.states[index].inputs]
        inner = ", ".join(names) + ("," if len(names) == 1 else "")
        given = [result, f"({inner})", *self._run()]
        if len(loop.states) > 1:
            given.append(f"index={index}")
            given.append(f"initials={nodes.text_of(self._jumps.initial_tuples())}")
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
            origin = writer.origin(node)
            return [*head, *_deeper(first), Line("else:", 0, origin), *_deeper(second)]
        if isinstance(way, Again) and id(way.node) in one.gotos:
            found = self.goto_lines(one, one.gotos[id(way.node)], writer, node, names)
            if not (last or self.in_row):
                found.append(Line("continue", 0, writer.origin(node)))
            return found or [Line("pass", 0, writer.origin(node))]
        value = way if isinstance(way, Value) else Value(way.node, False)
        return self.value_lines(one, writer, node, value, names)


class _Leave:
    """How the body of a round leaves."""

    def __init__(self, rounds: Rounds, one: Round, names: dict[str, Substitute]) -> None:
        self._rounds = rounds
        self._one = one
        self._names = names
        self._ways = {id(node): one.task.ways.of(node) for node in one.task.body.returns}

    def keeps(self, node: ast.Return) -> bool:
        way = self._ways[id(node)]
        return self._rounds.ends and isinstance(way, Value) and way.plain

    def falls(self, node: ast.Return) -> bool:
        return self._rounds.stores or (
            self._rounds.in_row
            and any(isinstance(way, Again) and id(way.node) in self._one.gotos for way in flat(self._ways[id(node)]))
        )

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        last = last and self._one.task.body.ends
        return self._rounds.way_lines(self._one, self._ways[id(node)], writer, node, last, self._names)


def _deeper(lines: list[Line]) -> list[Line]:
    return [one if one.frozen else replace(one, indent=one.indent + 1) for one in lines]


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
