"""Rounds that ask for the resources of the run that they take: `client = scope.use("client")` ahead of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cascade_gen.blueprint import Argument, Call, Carried, Fill, Inject, Loop, Operand, Register, State
from cascade_gen.blueprint.rewrite import injects_afresh

from .function import Emitter


def with_resources(emitter: Emitter, loop: Loop) -> Loop:
    """A loop whose rounds ask for the resources of the run that they take; all rounds of a workflow have the same."""
    return replace(loop, states=tuple(_asking(emitter, state) for state in loop.states))


def _asking(emitter: Emitter, state: State) -> State:
    *fills, call = state.block
    given = {one.source: one for one in fills if isinstance(one, Fill) and _is_injection(one)}
    if not isinstance(call, Call) or len(given) < len(fills) or injects_afresh(emitter.blueprint, state):
        return state
    sources = {fill.target.name: source for source, fill in given.items()}
    call = with_values(call, sources)
    inputs = tuple(replace(item, first=item.register) if item.register in given else item for item in state.inputs)
    asked = [
        replace(one, target=source) for source, fill in given.items() for one in fill.block if isinstance(one, Inject)
    ]
    return replace(state, inputs=inputs, block=(*asked, call))


def _is_injection(fill: Fill) -> bool:
    """Whether nothing but a resource fills an input, anew in each round."""
    match fill.block:
        case (Inject(target=target),):
            return target == fill.result and not fill.kept
    return False


def is_injected(item: Carried) -> bool:
    """Whether a round asks for a resource that an input is given, as `with_resources` has it."""
    return item.initial is None and item.first == item.register


def with_values(call: Call, values: Mapping[str, Operand]) -> Call:
    """A round's call, given the values known for registers, by name, in their place."""

    def value(argument: Argument) -> Operand:
        given = argument.value
        return values.get(given.name, given) if isinstance(given, Register) else given

    return replace(call, arguments=tuple(replace(one, value=value(one)) for one in call.arguments))
