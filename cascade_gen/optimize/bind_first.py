"""Binds the inputs of a loop's rounds beforehand, where what would fill them is known before the loop.

before: n = param n                                  after: n = param n
        loop:                                               loop:
          state step(n_2 first n):                            state step(n_2 = n):
            n_3 = fill n_2 else n                               result = call step(n_2)
            result = call step(n_3)

A loop by jumps computes its lazy inputs anew each round, but there is nothing to compute then. Rounds that are
nothing but a call can move into the loop, and what fills one input only costs a look in each round.
"""

from __future__ import annotations

from dataclasses import replace

from cascade_gen.blueprint import Block, Blueprint, Fill, Instruction, Loop, Register, State, targets, walk
from cascade_gen.blueprint.rewrite import rewrite_blocks, rewrite_operands


def bind_first(blueprint: Blueprint) -> Blueprint:
    """The Blueprint with every such input bound."""
    if not any(isinstance(one, Fill) for one in walk(blueprint.body)):
        return blueprint
    return replace(blueprint, body=_bound(blueprint.body))


def _bound(block: Block) -> Block:
    return tuple(_instruction(one) for one in block)


def _instruction(one: Instruction) -> Instruction:
    one = rewrite_blocks(one, _bound)
    if not isinstance(one, Loop):
        return one
    written = {register.name for inner in walk((one,)) for register in targets(inner)}
    written |= {item.register.name for state in one.states for item in state.inputs}
    return replace(one, states=tuple(_state(state, written) for state in one.states))


def _state(state: State, written: set[str]) -> State:
    """A state whose needless fills are gone; `written` are the registers that may change while the loop runs."""
    needless = {
        one.source.name: one
        for one in state.block
        if isinstance(one, Fill) and not one.block
        if isinstance(one.result, Register) and one.result.name not in written
    }
    if not needless:
        return state
    inputs = tuple(
        (
            replace(item, initial=fill.result, first=None if item.first == fill.result else item.first)
            if (fill := needless.get(item.register.name)) is not None
            else item
        )
        for item in state.inputs
    )
    same = {fill.target.name: fill.source for fill in needless.values()}
    gone = {id(fill) for fill in needless.values()}
    block = tuple(_renamed(one, same) for one in state.block if id(one) not in gone)
    return replace(state, inputs=inputs, block=block)


def _renamed(one: Instruction, same: dict[str, Register]) -> Instruction:
    inner = rewrite_blocks(one, lambda block: tuple(_renamed(each, same) for each in block))
    return rewrite_operands(inner, lambda register: same.get(register.name, register))
