"""Writes a loop that is a single call which nothing in its source makes go round: one check, the rest out of line.

result = _load(name)
if isinstance(result, Redirect):
    return Loop.of("load", _load).finish(result, (name,))
return result
"""

from __future__ import annotations

import inspect
from dataclasses import replace

import libcst as cst

from cascade_gen.blueprint import Call, Carried, Loop, Operand, Register
from cascade_gen.lower.loops import KINDS

from . import nodes
from .calls import call_expression
from .function import Emitter, Options
from .nodes import Expression, Statement


def is_cold(emitter: Emitter, loop: Loop) -> bool:
    """Whether a loop is a single plain call that nothing in its source makes go round, though it may."""
    state = loop.states[0]
    if loop.visible or len(loop.states) > 1 or len(state.block) != 1 or not emitter.plain:
        return False
    return isinstance(state.block[0], Call) and emitter.tasks[state.task].mode == "inline"


def made_loop(emitter: Emitter, loop: Loop) -> str:
    """What makes the runtime's loop once it is needed, `Loop.of("load", _load)`; empty where it has to be told more.

    It reads the inputs off the function: that has to be there, so that they can be compared.
    """
    state = loop.states[0]
    task = emitter.blueprint.bound_tasks.get(state.task)
    if task is None or len(loop.states) > 1 or loop.links or emitter.options.inner or emitter.options.sync:
        return ""
    if state.jumps is not None or state.injected or any(item.required for item in state.inputs):
        return ""
    try:
        parameters = inspect.signature(task.func).parameters.values()
    except (TypeError, ValueError):
        return ""
    if [(one.name, KINDS[one.kind]) for one in parameters] != [(one.parameter, one.kind) for one in state.inputs]:
        return ""
    return f"{emitter.runtime('loops', 'Loop')}.of({nodes.literal_text(state.name)}, {emitter.function(state.task)})"


def cold_statements(emitter: Emitter, loop: Loop, ends: bool, table: str) -> list[Statement]:
    """The call, and the rounds left to the runtime's loop, `table`, in case that there are any."""
    state = loop.states[0]
    call = state.block[0]
    assert isinstance(call, Call)
    dying = emitter.dead_first
    names = _taken_over(emitter, loop)
    before = [
        nodes.assign(item.register.name, first_value(emitter, item))
        for item in state.inputs
        if item.initial != item.register and names[item.register.name] == item.register.name
    ]
    target = state.result if ends else loop.target
    result = nodes.name(target.name)
    made = nodes.assign(target.name, call_expression(emitter, _renamed(call, names)))
    redirect = nodes.name(emitter.runtime("redirects", "Redirect"))
    test = nodes.call(emitter.names.builtin("isinstance"), result, redirect)
    end = _finish(emitter, loop, table, result, [nodes.name(names[item.register.name]) for item in state.inputs])
    rare = [nodes.return_(end) if ends else nodes.assign(target.name, end)]
    before.extend(emitter.drop_first())
    gone = [name for name in dying if name in names.values()]
    last = [nodes.return_(result)] if ends else [nodes.drop(gone)] if gone else []
    return [*before, made, nodes.if_([(test, rare)], []), *last]


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
    if item.initial is None:
        return nodes.name(emitter.runtime("sentinels", "KEEP"))
    return emitter.read(item.initial)


def _taken_over(emitter: Emitter, loop: Loop) -> dict[str, str]:
    """The variables of the inputs: that of the value, where nobody else reads it."""
    inputs = loop.states[0].inputs
    firsts = {item.register.name: first_of(item) for item in inputs}
    handed = emitter.hand_over([one for one in firsts.values() if one is not None])
    return {
        name: first.name if isinstance(first, Register) and first.name in handed else name
        for name, first in firsts.items()
    }


def _renamed(call: Call, names: dict[str, str]) -> Call:
    """The call with the variables that its inputs have."""
    given = [
        replace(one, value=replace(one.value, name=names[one.value.name])) if isinstance(one.value, Register) else one
        for one in call.arguments
    ]
    return replace(call, arguments=tuple(given))


def _finish(emitter: Emitter, loop: Loop, table: str, result: Expression, carried: list[Expression]) -> Expression:
    """What goes round in the runtime."""
    arguments: list[cst.Arg | Expression] = [result, nodes.tuple_(carried)]
    run = emitter.run()
    if run is not None:
        arguments.append(run)
    if loop.comes_back:
        arguments.append(nodes.keyword("initials", initial_tuples(emitter, loop)))
    if not emitter.blueprint.is_async:
        return nodes.call(f"{table}.finish", *arguments)
    if emitter.options.yield_every != Options().yield_every:
        arguments.append(nodes.keyword("every", nodes.literal(emitter.options.yield_every)))
    return nodes.await_(nodes.call(f"{table}.finish_async", *arguments))
