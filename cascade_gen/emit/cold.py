"""Writes a loop that nothing in its source makes go round: its round once, one check, the rest out of line.

result = _load(name)
if isinstance(result, Redirect):
    return PlainLoop("load", _load).finish(result, (name,))
return result

Resources are asked for by the first round, and by the runtime for those that follow: `finish(result, (key, KEEP))`.
A round that has policies is a local function, which the runtime calls for those that follow:

def load_round(name): ...

result = load_round(name)
if isinstance(result, Redirect):
    return Loop.of("load", _load, natural=False).finish(result, (name,), calls=load_round)
return result
"""

from __future__ import annotations

import inspect
from dataclasses import replace

import libcst as cst

from cascade_gen.blueprint import (
    Call,
    Carried,
    Literal,
    Loop,
    Object,
    Operand,
    Register,
    State,
    registers_of,
)
from cascade_gen.blueprint.rewrite import injects_afresh
from cascade_gen.lower.loops import KINDS

from . import nodes
from .asking import is_injected, with_values
from .function import Emitter, Options, emit_block
from .nodes import Expression, Statement
from .with_ import with_

_LONGEST = 20
"""So long a literal may be that is written twice."""


def is_cold(emitter: Emitter, loop: Loop) -> bool:
    """Whether a loop is a single round that nothing in its source makes go round, though it may."""
    state = loop.states[0]
    if loop.visible or len(loop.states) > 1 or not emitter.plain or state.jumps is not None:
        return False
    return not any(fill.kept for fill in state.fills)


def made_loop(emitter: Emitter, loop: Loop) -> str:
    """What makes the runtime's loop once it is needed, `PlainLoop("load", _load)`; empty where that can't be.

    It reads the inputs off the function: that has to be there, so that they can be compared.
    """
    state = loop.states[0]
    task = emitter.blueprint.bound_tasks.get(state.task)
    if task is None or len(loop.states) > 1 or loop.links or emitter.options.inner or emitter.options.sync:
        return ""
    if state.jumps is not None or any(item.required for item in state.inputs):
        return ""
    try:
        parameters = inspect.signature(task.func).parameters.values()
    except (TypeError, ValueError):
        return ""
    if [(one.name, KINDS[one.kind]) for one in parameters] != [(one.parameter, one.kind) for one in state.inputs]:
        return ""
    names: list[cst.Arg | Expression] = [nodes.literal(state.name), nodes.name(emitter.function(state.task))]
    more = told(state)
    if more or emitter.blueprint.is_async:
        return nodes.text_of(nodes.call(f"{emitter.runtime('loops', 'Loop')}.of", *names, *more))
    return nodes.text_of(nodes.call(emitter.runtime("plain_loop", "PlainLoop"), *names))


def told(state: State) -> list[cst.Arg]:
    """What the runtime is told of a state but for its jumps: whether a call of its task is one, what it injects, and
    whether its task is a method."""
    found = [] if state.is_plain or state.jumps is not None else [nodes.keyword("natural", nodes.literal(False))]
    if state.injected:
        words, resources = map(nodes.literal, state.injected), map(nodes.literal, state.injected.values())
        found.append(nodes.keyword("injected", nodes.dict_(list(words), list(resources))))
    if state.method:
        found.append(nodes.keyword("method", nodes.literal(True)))
    return found


def cold_statements(emitter: Emitter, loop: Loop, ends: bool, table: str) -> list[Statement]:
    """The round, and the others left to the runtime's loop, `table`, in case that there are any."""
    state = loop.states[0]
    target = state.result if ends else loop.target
    dying = [*emitter.dead_first]
    before, given = _first_values(emitter, state)
    read = {register.name for operand in given for register in registers_of(operand)}
    emitter.dead_first = [name for name in dying if name not in read]
    before.extend(emitter.drop_first())
    call = state.call
    if call is not None and emitter.tasks[call.task].mode == "inline":
        played, calls = _called(emitter, state, given, target), ""
    else:
        played, calls = _apart(emitter, state, given, target)
    result = nodes.name(target.name)
    redirect = nodes.name(emitter.runtime("redirects", "Redirect"))
    test = nodes.call(emitter.names.builtin("isinstance"), result, redirect)
    end = _finish(emitter, loop, table, result, _handed(emitter, state, given), calls)
    rare = [nodes.return_(end) if ends else nodes.assign(target.name, end)]
    gone = [name for name in dying if name in read]
    last = [nodes.return_(result)] if ends else [nodes.drop(gone)] if gone else []
    return [*before, *played, nodes.if_([(test, rare)], []), *last]


def first_of(item: Carried) -> Operand | None:
    """What an input is given for the first round; None where it has no value then."""
    return item.initial if item.first is None else item.first


def first_value(emitter: Emitter, item: Carried) -> Expression:
    """The value of an input in the first round."""
    return _initial(emitter, item) if item.first is None else emitter.read(item.first)


def initial_tuples(emitter: Emitter, loop: Loop) -> Expression:
    """The bound and default values of every state."""
    return nodes.tuple_([nodes.tuple_([_initial(emitter, item) for item in state.inputs]) for state in loop.states])


def _initial(emitter: Emitter, item: Carried) -> Expression:
    return _keep(emitter) if item.initial is None else emitter.read(item.initial)


def _keep(emitter: Emitter) -> Expression:
    return nodes.name(emitter.runtime("sentinels", "KEEP"))


def stands(emitter: Emitter, operand: Operand | None) -> bool:
    """Whether a first value may be written where it is read, and once more for the rounds that follow."""
    if isinstance(operand, Literal):
        return len(repr(operand.value)) <= _LONGEST
    return isinstance(operand, Object) or (isinstance(operand, Register) and operand.name not in emitter.nested)


def _first_values(emitter: Emitter, state: State) -> tuple[list[Statement], list[Operand | None]]:
    """What computes the first values into variables, and what each input is given; None is KEEP."""
    before: list[Statement] = []
    given: list[Operand | None] = []
    for item in state.inputs:
        first = first_of(item)
        if first is None or stands(emitter, first):
            given.append(first)
        else:
            before.append(nodes.assign(item.register.name, emitter.read(first)))
            given.append(item.register)
    return before, given


def _handed(emitter: Emitter, state: State, given: list[Operand | None]) -> list[Expression]:
    """The inputs of the first round for the runtime, which asks for resources itself."""
    return [
        _keep(emitter) if operand is None or is_injected(item) else emitter.read(operand)
        for item, operand in zip(state.inputs, given, strict=True)
    ]


# the round


def _called(emitter: Emitter, state: State, given: list[Operand | None], target: Register) -> list[Statement]:
    """The round as it stands, with its first values in the call."""
    *asked, call = state.block
    assert isinstance(call, Call)
    operands = {item.register.name: one for item, one in zip(state.inputs, given, strict=True) if one is not None}
    called = with_values(call, operands)
    emitter.reads[target.name] += 1  # by the check
    new = [one.value for one, old in zip(called.arguments, call.arguments, strict=True) if one != old]
    read = (register.name for value in new for register in registers_of(value))
    emitter.left.update([target.name, *read])  # that the loop reads them has been counted
    return emit_block(emitter, (*asked, replace(called, target=target)))


def _apart(
    emitter: Emitter, state: State, given: list[Operand | None], target: Register
) -> tuple[list[Statement], str]:
    """The round as a local function, called with the first values; and its name."""
    from .tails import emit_tail

    is_async, outer = emitter.blueprint.is_async, emitter.scope
    fresh = bool(outer) and injects_afresh(emitter.blueprint, state)
    word = emitter.names.local(f"{state.task}_round")
    values = [_keep(emitter) if one is None else emitter.read(one) for one in given]
    if fresh:
        emitter.scope = emitter.names.local("round_scope")
    body = emit_tail(emitter, state.block, state.result)
    if fresh:
        inner, emitter.scope = emitter.use_scope(), outer
        body = [with_(nodes.call(f"{outer}.fresh"), body, is_async, inner)]
    parameters = nodes.parameters([item.register.name for item in state.inputs])
    value = nodes.call(word, *values)
    made = nodes.assign(target.name, nodes.await_(value) if is_async else value)
    return [nodes.function(word, parameters, body, is_async=is_async), made], word


def _finish(
    emitter: Emitter, loop: Loop, table: str, result: Expression, carried: list[Expression], calls: str
) -> Expression:
    """What goes round in the runtime."""
    arguments: list[cst.Arg | Expression] = [result, nodes.tuple_(carried)]
    run = emitter.run()
    if run is not None:
        arguments.append(run)
    if loop.comes_back:
        arguments.append(nodes.keyword("initials", initial_tuples(emitter, loop)))
    if calls:
        arguments.append(nodes.keyword("calls", nodes.name(calls)))
    if not emitter.blueprint.is_async:
        return nodes.call(f"{table}.finish", *arguments)
    if emitter.options.yield_every != Options().yield_every:
        arguments.append(nodes.keyword("every", nodes.literal(emitter.options.yield_every)))
    return nodes.await_(nodes.call(f"{table}.finish_async", *arguments))
