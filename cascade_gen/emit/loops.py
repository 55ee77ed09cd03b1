"""Writes trampolines: rounds of one or several workflows in a `while True`, registers in local variables."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property, partial

import libcst as cst

from cascade_gen.blueprint import Argument, Call, Fill, Loop, Operand, Register, State, registers_of
from cascade_gen.blueprint.rewrite import injects_afresh

from . import nodes
from .asking import with_resources
from .branches import decide
from .calls import call_expression, result
from .cold import cold_statements, first_of, first_value, initial_tuples, is_cold, made_loop, told
from .fills import fill_statements
from .function import Emitter, Options, emit_block, emits
from .jumps import Jumps
from .moving import is_small
from .nodes import Expression, Statement
from .rounds import Rounds
from .skeletons import Filling, expand
from .with_ import with_

JumpTable = tuple[tuple[Operand, int | None], ...]


@emits(Loop)
def _loop(emitter: Emitter, loop: Loop) -> list[Statement]:
    return loop_statements(emitter, loop, ends=False)


def loop_statements(emitter: Emitter, loop: Loop, ends: bool) -> list[Statement]:
    """The trampoline; where it `ends` the function its value is returned, else stored in the target.

    An async one that doesn't end the function becomes a local function, so that it can be left from within
    its batches.
    """
    asking = with_resources(emitter, loop) if emitter.plain else loop
    moved = _moved(emitter, loop, ends, asking)
    if moved is not None:
        return moved
    if is_cold(emitter, loop):
        return cold_statements(emitter, asking, ends, made_loop(emitter, loop) or _declared(emitter, loop, ends))
    if emitter.blueprint.is_async and not ends:
        return _apart(emitter, loop)
    return _Trampoline(emitter, loop, ends).statements()


def _moved(emitter: Emitter, loop: Loop, ends: bool, asking: Loop) -> list[Statement] | None:
    """The rounds with the bodies moved in, where every one of them may.

    `asking` is the loop with its first round asking for resources, where all others are left to the runtime.
    """
    if not emitter.plain or (emitter.blueprint.is_async and not ends):
        return None
    jumps = Jumps(emitter, asking)
    if not ends:
        jumps.check_breaks()
    for task, why in jumps.why.items():
        emitter.moves.refuse(task, why)
    if not jumps.possible:
        return None
    rounds = Rounds(jumps, ends, partial(made_loop, emitter, loop))
    if rounds.table:
        _Trampoline(emitter, loop, ends, rounds.table).declare(with_states=not _settles_only(jumps))
    return rounds.statements()


def _settles_only(jumps: Jumps) -> bool:
    """Whether all that rounds ask the runtime is to compute what is lazy, for which it needs no states."""
    gotos = (goto for one in jumps.rounds.values() for goto in one.gotos.values())
    return not jumps.open and all(goto.data is None for goto in gotos)


def _declared(emitter: Emitter, loop: Loop, ends: bool) -> str:
    """The module-level name of a loop's states, which it declares."""
    trampoline = _Trampoline(emitter, loop, ends)
    trampoline.declare()
    return trampoline.table


def _apart(emitter: Emitter, loop: Loop) -> list[Statement]:
    """The trampoline as a local function, and its value stored; what it alone has need of dies in it."""
    word = emitter.names.local(f"{loop.target.name}_loop")
    dying = emitter.dead_first
    # its carried registers may be inputs of the function around it, which it must not assign
    inputs = {one.register.name for one in emitter.blueprint.inputs}
    carried = [item.register.name for state in loop.states for item in state.inputs]
    given = {name: name for name in carried if name in inputs}
    loop = _with_parameters(emitter, loop, given)
    body = _moved(emitter, loop, True, with_resources(emitter, loop)) or _Trampoline(emitter, loop, True).statements()
    function = nodes.function(word, nodes.parameters(given), body, is_async=True)
    made: Expression = nodes.call(word, *map(nodes.name, given.values()))
    before: list[Statement] = [function]
    if dying:
        rounds = emitter.names.local(f"{loop.target.name}_rounds")
        before += [nodes.assign(rounds, made), nodes.drop(dying)]
        made = nodes.name(rounds)
    return [*before, result(emitter, loop.target, nodes.await_(made))]


def _with_parameters(emitter: Emitter, loop: Loop, given: dict[str, str]) -> Loop:
    """The loop with first values that nobody else reads as parameters, which are added to `given` with the values.

    Those of a single state are its inputs; others are dropped where the rounds begin.
    """
    dying, state = emitter.dead_first, loop.states[0]
    firsts = [first_of(item) for item in state.inputs]
    counts = Counter(register.name for first in firsts if first for register in registers_of(first))
    inputs = list(state.inputs)
    if len(loop.states) == 1 and not emitter.nested:
        for place, (item, first) in enumerate(zip(state.inputs, firsts, strict=True)):
            if isinstance(first, Register) and first.name in dying and counts[first.name] == 1:
                given[item.register.name] = first.name
                inputs[place] = replace(item, first=item.register)
    rest = [name for name in dying if name not in given.values()]
    given.update((name, name) for name in rest)
    emitter.dead_first, emitter.over_first = rest, frozenset(rest)
    return replace(loop, states=(replace(state, inputs=tuple(inputs)), *loop.states[1:]))


class _Trampoline:
    """The statements of one loop."""

    def __init__(self, emitter: Emitter, loop: Loop, ends: bool, table: str = "") -> None:
        self._emitter = emitter
        self._loop = loop
        self._ends = ends
        names = emitter.names
        self.table = table or names.private("loop")
        self._state = names.local("state")
        self._inputs = names.local("inputs")
        self._several = len(loop.states) > 1
        self._kept_names: dict[str, str] = {}
        self._jump_tables: dict[JumpTable, str] = {}
        self._rounds = names.local("rounds")
        self._initials = names.local("initials") if loop.comes_back else ""

    def statements(self) -> list[Statement]:
        """The values that are carried at first, then the rounds."""
        self.declare()
        first = self._loop.states[0]
        before: list[Statement] = []
        for state in self._loop.states:
            for fill in _kept(state):
                before.append(nodes.assign(self._kept_name(fill), self._keep()))
        if self._initials:
            before.append(nodes.annotated(self._initials, "tuple", initial_tuples(self._emitter, self._loop)))
        if self._several:
            start: Expression = nodes.tuple_([first_value(self._emitter, item) for item in first.inputs])
            if all(item.first is None for item in first.inputs):
                index = cst.SubscriptElement(cst.Index(nodes.literal(0)))
                start = cst.Subscript(nodes.name(self._initials), [index])
            targets = nodes.tuple_([nodes.name(self._state), nodes.name(self._inputs)], parentheses=False)
            before.append(nodes.assign(targets, nodes.tuple_([nodes.literal(0), start], parentheses=False)))
        else:
            before.extend(self._first_values(first))
        started = nodes.assign(self._rounds, self._start())  # behind the values: what fails in them is in no round
        return [*before, started, *self._emitter.drop_first(), *self._go_round()]

    def _start(self) -> Expression:
        """What binds the redirects of this run."""
        arguments: list[cst.Arg | Expression] = [nodes.name(self._initials)] if self._initials else []
        run = self._emitter.run()
        if run is not None:
            arguments.append(run if self._initials else nodes.keyword("run", run))
        every = self._emitter.options.yield_every
        if self._emitter.blueprint.is_async and every != Options().yield_every:
            arguments.append(nodes.keyword("every", nodes.literal(every)))
        return nodes.call(f"{self.table}.rounds_of", *arguments)

    def _keep(self) -> Expression:
        return nodes.name(self._emitter.runtime("sentinels", "KEEP"))

    def _first_values(self, state: State) -> list[Statement]:
        """The carried registers that aren't inputs under that very name already."""
        return [
            nodes.assign(item.register.name, first_value(self._emitter, item))
            for item in state.inputs
            if first_of(item) != item.register
        ]

    def _go_round(self) -> list[Statement]:
        emitter = self._emitter
        result = self._loop.states[0].result.name
        if self._several:
            bodies = [
                self._spread(state) or [*self._unpack(state), *self._round(state)] for state in self._loop.states
            ]
            body = decide(nodes.name(self._state), bodies)
            refill: list[Statement] = []
        else:
            body = self._round(self._loop.states[0])
            refill = self._unpack(self._loop.states[0])
        fillings: dict[str, Filling] = {
            "ROUND": body,
            "RESULT": result,
            "isinstance": emitter.names.builtin("isinstance"),
            "REDIRECT": emitter.runtime("redirects", "Redirect"),
            "FINISH": self._leave(nodes.name(result)),
            "STATE": self._state,
            "INPUTS": self._inputs,
            "GO_ON": self._go_on(result),
            "LEAVE": self._leave(nodes.name(self._inputs)),
            "REFILL": refill,
        }
        every = emitter.options.yield_every
        if not emitter.blueprint.is_async or every == 0:
            return expand("loop", **fillings)
        pace = emitter.runtime("pace", "Pace")
        pacer = emitter.names.local("pace")
        return expand("paced_loop", PACE=pace, EVERY=nodes.literal(every), PACER=pacer, **fillings)

    def _spread(self, state: State) -> list[Statement]:
        """A round that is nothing but a call with its inputs in order; else nothing."""
        emitter, given = self._emitter, [Argument(item.register) for item in state.inputs]
        match state.block:
            case (Call(task=task, arguments=arguments) as call,) if list(arguments) == given and emitter.plain:
                if emitter.moves.get(task) is not None or not given:
                    return []
                emitter.leave(call)
                inputs = Argument(Register(self._inputs), stars=1)
                spread = call_expression(emitter, replace(call, arguments=(inputs,)))
                return [nodes.assign(call.target.name, spread)]
        return []

    def _unpack(self, state: State) -> list[Statement]:
        names = [nodes.name(item.register.name) for item in state.inputs]
        if not names:
            return []
        target = nodes.tuple_(names, parentheses=len(names) == 1)
        return [nodes.assign(target, nodes.name(self._inputs))]

    def _round(self, state: State) -> list[Statement]:
        emitter = self._emitter
        outer = emitter.scope
        fresh = bool(outer) and injects_afresh(emitter.blueprint, state)
        if fresh:
            emitter.scope = emitter.names.local("round_scope")
        body: list[Statement] = []
        for instruction in state.block:
            if isinstance(instruction, Fill) and instruction.kept:
                body.extend(fill_statements(emitter, instruction, self._kept_name(instruction)))
            else:
                body.extend(emit_block(emitter, (instruction,)))
        if fresh:
            inner, emitter.scope = emitter.use_scope(), outer
            body = [with_(nodes.call(f"{outer}.fresh"), body, emitter.blueprint.is_async, inner)]
        dying = self._dying(state)
        return [*body, nodes.drop(dying)] if dying else body

    def _dying(self, state: State) -> list[str]:
        """The variables that only this state's rounds have, and whose values shouldn't live through the next."""
        own = [item.register for item in state.inputs] if self._several else []
        own += [fill.target for fill in state.fills]
        pinned = self._emitter.pinned
        return list(dict.fromkeys(one.name for one in own if not is_small(one) and one.name not in pinned))

    def _kept_name(self, fill: Fill) -> str:
        name = fill.target.name
        if name not in self._kept_names:
            self._kept_names[name] = self._emitter.names.local(f"{name}_kept")
        return self._kept_names[name]

    def _leave(self, value: Expression) -> list[Statement]:
        if self._ends:
            return [nodes.return_(value)]
        stored = [nodes.assign(self._loop.target.name, value)] if self._emitter.is_read(self._loop.target) else []
        return [*stored, nodes.line(cst.Break())]

    def _go_on(self, result: str) -> Expression:
        """The call that binds a redirect to the inputs of the next round."""
        is_async = self._emitter.blueprint.is_async
        if self._several:
            current: list[Expression] = [nodes.name(self._state), nodes.name(self._inputs)]
        else:
            carried = [nodes.name(item.register.name) for item in self._loop.states[0].inputs]
            current = [nodes.literal(0), nodes.tuple_(carried)]
        method = "go_on_async" if is_async else "go_on"
        value = nodes.call(f"{self._rounds}.{method}", nodes.name(result), *current)
        return nodes.await_(value) if is_async else value

    # module level

    def declare(self, with_states: bool = True) -> None:
        """The states at module level, where they are needed: how their inputs bind, and where their jumps lead."""
        emitter = self._emitter
        words = [self._declare_state(state) for state in self._loop.states if with_states]
        arguments: list[cst.Arg | Expression] = [nodes.name(word) for word in words]
        if self._loop.links and with_states:
            keys = [nodes.literal(name) for name, _ in self._loop.links]
            links = nodes.dict_(keys, [emitter.read(link) for _, link in self._loop.links])
            arguments.append(nodes.keyword("links", links))
        if emitter.options.inner and with_states:
            arguments.append(nodes.keyword("inner", nodes.literal(True)))
        if emitter.options.sync:
            arguments.append(nodes.keyword("sync", nodes.literal(True)))
        made = nodes.call(emitter.runtime("loops", "Loop"), *arguments)
        emitter.declarations.append(nodes.assign(self.table, made))

    def _declare_state(self, state: State) -> str:
        emitter = self._emitter
        word = emitter.names.private(f"{state.task}_inputs")
        names = [nodes.name(item.parameter) for item in state.inputs]
        body = [nodes.return_(nodes.tuple_(names, parentheses=len(names) < 2))]
        parameters = _binding(state, self._keep())
        decorator = nodes.call(emitter.runtime("loops", "binds"), *self._state_arguments(state))
        emitter.declarations.append(nodes.function(word, parameters, body, decorators=[decorator]))
        return word

    def _state_arguments(self, state: State) -> list[cst.Arg | Expression]:
        emitter = self._emitter
        arguments: list[cst.Arg | Expression] = [
            nodes.literal(state.name),
            nodes.name(emitter.function(state.task)),
        ]
        if state.jumps is not None:
            arguments.append(nodes.keyword("jumps", self._jump_table(state)))
        return [*arguments, *told(state)]

    @cached_property
    def _times(self) -> Counter[JumpTable | None]:
        """In how many states each table of jumps is."""
        return Counter(state.jumps for state in self._loop.states)

    def _jump_table(self, state: State) -> Expression:
        """Where the jumps of a state lead; a table that several states have is named once."""
        assert state.jumps is not None
        if self._times[state.jumps] == 1:
            return self._made_jumps(state.jumps)
        if state.jumps not in self._jump_tables:
            made = self._made_jumps(state.jumps)
            word = self._jump_tables[state.jumps] = self._emitter.names.private("jumps")
            self._emitter.declarations.append(nodes.assign(word, made))
        return nodes.name(self._jump_tables[state.jumps])

    def _made_jumps(self, jumps: JumpTable) -> Expression:
        return nodes.dict_([self._emitter.read(key) for key, _ in jumps], [nodes.literal(at) for _, at in jumps])


def _kept(state: State) -> list[Fill]:
    return [one for one in state.block if isinstance(one, Fill) and one.kept]


def _binding(state: State, keep: Expression) -> cst.Parameters:
    """The parameters that a tail call binds to; what need not be named has KEEP as its default."""
    by_kind: dict[str, list[cst.Param]] = {}
    for item in state.inputs:
        stars = {"star": "*", "stars": "**"}.get(item.kind, "")
        default = None if item.required or stars else keep
        by_kind.setdefault(item.kind, []).append(nodes.parameter(item.parameter, "", default, stars))
    return cst.Parameters(
        params=by_kind.get("standard", []),
        posonly_params=by_kind.get("positional", []),
        star_arg=by_kind["star"][0] if "star" in by_kind else cst.MaybeSentinel.DEFAULT,
        kwonly_params=by_kind.get("keyword", []),
        star_kwarg=by_kind["stars"][0] if "stars" in by_kind else None,
    )
