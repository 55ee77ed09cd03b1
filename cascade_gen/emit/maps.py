"""Writes maps as expressions: comprehensions over one iterable, or over several side by side."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from cascade_gen.blueprint import Call, Map
from cascade_gen.blueprint.rewrite import rewrite_operands
from cascade_gen.lower.names import identifier

from . import nodes
from .calls import call_expression
from .function import Emitter
from .nodes import Expression


def map_expression(emitter: Emitter, one: Map) -> Expression | None:
    """The comprehension of a map whose items are plain calls; None where it takes statements."""
    only = one.block[-1]
    if not one.inputs or one.overlap or len(one.block) > 1 or not isinstance(only, Call):
        return None
    if not emitter.plain or only.checked or only.target != one.result:
        return None
    emitter.leave(only)
    one, call = as_parameters(emitter, one, only)
    return comprehension(emitter, one, call_expression(emitter, call))


def as_parameters(emitter: Emitter, one: Map, call: Call) -> tuple[Map, Call]:
    """The map of a call with its items named as the parameters that they are given to, where nothing else that a
    comprehension with this call reads has such a name."""
    task = emitter.moves.at(call)
    hidden = emitter.registers | (task.body.owned if task is not None else frozenset())
    if emitter.tasks[call.task].mode != "inline":
        return one, call
    names = {
        item.item: item.name for item in one.inputs if item.name not in hidden and identifier(item.name) == item.name
    }
    inputs = tuple(
        replace(item, item=replace(item.item, name=names[item.item])) if item.item in names else item
        for item in one.inputs
    )
    renamed = rewrite_operands(call, lambda register: replace(register, name=names.get(register, register.name)))
    assert isinstance(renamed, Call)
    return replace(one, inputs=inputs), renamed


def comprehension(emitter: Emitter, one: Map, value: Expression) -> cst.ListComp:
    """`[value for item in items]`."""
    target = item_target(one, False)
    return cst.ListComp(value, cst.CompFor(target, positions(emitter, one)))


def item_target(one: Map, parentheses: bool) -> cst.BaseAssignTargetExpression:
    """The variables of an item."""
    names = [nodes.name(item.item.name) for item in one.inputs]
    target = names[0] if len(names) == 1 else nodes.tuple_(names, parentheses=parentheses)
    assert isinstance(target, cst.BaseAssignTargetExpression)
    return target


def positions(emitter: Emitter, one: Map) -> Expression:
    """What is iterated over: the only iterable, or all of them checked for length; iterators are read first."""
    if len(one.inputs) == 1:
        only = one.inputs[0].iterable
        first = one.overlap or emitter.givers.is_sized(only)
        return emitter.read(only) if first else nodes.call(emitter.runtime("results", "all_of"), emitter.read(only))
    aligned = emitter.runtime("results", "aligned")
    arguments = [nodes.keyword(item.name, emitter.read(item.iterable)) for item in one.inputs]
    return nodes.call(aligned, *arguments)
