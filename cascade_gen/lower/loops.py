"""Lowers a root that may go round: the states its tail calls and jumps can reach, and what they carry.

A loop by tail calls computes its lazy arguments once, before the first round. A loop by jumps computes them
again each round, unless the jump overrides them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import (
    Arm,
    Block,
    Call,
    Carried,
    Choose,
    Fill,
    Literal,
    Loop,
    Missing,
    Object,
    Operand,
    Parallel,
    Register,
    State,
)
from cascade_gen.check.jumps import conditional_route
from cascade_gen.errors import Location
from cascade_gen.lang import Argument as InputArgument
from cascade_gen.lang import Inject, JumpSelector, LazyResult
from cascade_gen.runtime.sentinels import MISSING

from .annotations import annotation_text
from .calls import SKIPPED_DATA, called, govern
from .graph import leaves
from .members import Member, amounts_of, calls_others, filled
from .plan import Region
from .steps import run_steps

if TYPE_CHECKING:
    from .unit import Unit

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "standard",
    inspect.Parameter.VAR_POSITIONAL: "star",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "stars",
}
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def lower_loop(unit: Unit, node: LazyResult[Any], region: Region, target: Register) -> Block:
    """The loop of a root whose predecessors, condition and (unless it jumps) inputs are computed."""
    members, linked = unit.members[id(node)]
    links = tuple((name, _link(unit, name, workflow)) for name, workflow in linked.items())
    unit.tables.meets_graphs = True
    indices = {id(member.node): index for index, member in enumerate(members)}
    result = unit.tables.register("returned")
    states = tuple(_state(unit, node, number, indices, region, result) for number in range(len(members)))
    visible = any(unit.tables.exits(member.node.task).kind == "redirect" for member in members)
    others = len(members) == 1 and calls_others(unit, node.task)
    return (Loop(target, states, visible, links, others, unit.tables.locate(node.origin)),)


def _link(unit: Unit, name: str, workflow: Any) -> Object:
    link = unit.tables.constant(workflow, name)
    assert isinstance(link, Object)
    return link


@dataclass(frozen=True, slots=True)
class _Round:
    """Where a round of a state is lowered: by which unit, in which region, and in which its fills are."""

    unit: Unit
    top: Region
    fills: list[Region]


def _state(
    unit: Unit, root: LazyResult[Any], number: int, indices: dict[int, int], region: Region, result: Register
) -> State:
    """The state with that number; `region` is that of the loop, which computed the root's lazy arguments."""
    member = unit.members[id(root)][0][number]
    node = member.node
    first = number == 0
    lazy = filled(member, first and member.jumps is None)
    one = _round(unit, root, number, member, lazy)
    fills = {parameter.name: fill for (parameter, _), fill in zip(lazy, one.fills, strict=True)}
    inputs: list[Carried] = []
    operands: list[Operand] = []
    computed: list[tuple[Fill, bool]] = []
    for parameter, value in zip(node.task.signature.parameters.values(), member.values, strict=True):
        fill = None if _is_there(one, unit, value, region) else fills.get(parameter.name)
        carried = _carried(unit, parameter, value, region, first, fill is not None)
        inputs.append(carried)
        operands.append(carried.register)
        if fill is not None:
            kept = member.jumps is None and not isinstance(value, Inject)
            computed.append((_fill(one, fill, carried, value, kept, node), one.unit.plan.is_async(value)))
            operands[-1] = computed[-1][0].target
    one.unit.emit(one.top, *_side_by_side(computed, one.unit is unit or member.jumps is not None))
    run_steps(one.unit.demand_all([] if first else amounts_of(member), one.top))
    _call(one, node, (unit, region) if first else (one.unit, one.top), operands, result)
    jumps = None if member.jumps is None else _jumps(unit, member.jumps, indices)
    key, block = called(unit, node).key, one.unit.block(one.top)
    return State(member.name, key, tuple(inputs), block, result, jumps, _is_method(unit.members[id(root)][0], node))


def _is_method(members: list[Member], node: LazyResult[Any]) -> bool:
    """Whether jumps lead to a call by an instance, which their data is not to replace."""
    if not node.of_instance or next(iter(node.task.signature.parameters.values())).kind not in _BY_PLACE:
        return False
    jumps = [member.jumps for member in members if member.jumps is not None]
    return any(route is node for one in jumps for route in one.routes.values())


def _round(
    unit: Unit, root: LazyResult[Any], number: int, member: Member, lazy: list[tuple[inspect.Parameter, Any]]
) -> _Round:
    """A round in the loop's unit, if it shares anything; else in one of its own."""
    from .unit import Unit

    shared = unit.plan.rounds.get((id(root), number))
    if shared is not None:
        return _Round(unit, *shared)
    own = Unit(unit.tables, amounts_of(member) if number else [], [leaves(value) for _, value in lazy])
    return _Round(own, own.plan.top, own.plan.apart)


def _is_there(one: _Round, unit: Unit, value: Any, region: Region) -> bool:
    """Whether what a round would compute is computed before the loop in any case."""
    if one.unit is not unit or isinstance(value, Inject):
        return False
    return all(unit.has(leaf, region) for leaf in leaves(value)) and not unit.empties(value, region)


def _call(
    one: _Round, node: LazyResult[Any], amounts: tuple[Unit, Region], operands: list[Operand], result: Register
) -> None:
    """The round's call within its policies; `amounts` is where the constraints' amounts have been computed."""
    from .roots import signature_arguments

    parameters = list(node.task.signature.parameters.values())
    arguments = signature_arguments(parameters, operands, operands)
    call = Call(result, called(one.unit, node).key, arguments, False, one.unit.tables.locate(node.origin))
    keyed = tuple(
        (parameter.name, operand)
        for parameter, operand, value in zip(parameters, operands, node.values, strict=True)
        if not isinstance(value, Inject)
    )
    unit, region = amounts
    one.unit.emit(one.top, *govern(unit, node, region, call, keyed, final=False))


def _carried(
    unit: Unit, parameter: inspect.Parameter, value: Any, region: Region, first: bool, is_filled: bool
) -> Carried:
    kind = KINDS[parameter.kind]
    # not where a function of its own might come to stand around the loop, in which it would be another variable
    alone = first and region is unit.plan.top
    if alone and isinstance(value, InputArgument) and id(value) not in unit.tables.shared:
        register = unit.tables.arguments[id(value)]
        return Carried(register, parameter.name, kind, register)
    register = unit.tables.register(parameter.name, annotation_text(parameter.annotation))
    if is_filled:
        computed = first and not isinstance(value, Inject)
        begins = unit.operand(value, parameter.name, region) if computed else None
        return Carried(register, parameter.name, kind, None, first=begins)
    if value is MISSING:
        return Carried(register, parameter.name, kind, None, required=True)
    return Carried(register, parameter.name, kind, unit.operand(value, parameter.name, region))


def _side_by_side(computed: list[tuple[Fill, bool]], may_overlap: bool) -> Block:
    """What a round computes: from the first async input on side by side, if there are several of those.

    They keep nothing then: what is to be computed once has been set aside by the plan.
    """
    awaited = [number for number, (_, is_async) in enumerate(computed) if is_async]
    fills = [fill for fill, _ in computed]
    if len(awaited) < 2 or not may_overlap:
        return tuple(fills)
    first = awaited[0]
    branches = tuple((replace(fill, kept=False),) for fill in fills[first:])
    return (*fills[:first], Parallel(branches))


def _fill(one: _Round, region: Region, carried: Carried, value: Any, kept: bool, node: LazyResult[Any]) -> Fill:
    """Compute a lazy input where the round was not given one."""
    inner = one.unit
    run_steps(inner.side_by_side(leaves(value), region, id(region)))
    where: Location = inner.tables.locate(node.origin)
    for flag in inner.empties(value, region):
        missing = Missing(node.task.name, Literal(SKIPPED_DATA), where)
        inner.emit(region, Choose((Arm(flag, (missing,)),), (), where))
    result = inner.operand(value, carried.parameter, region)
    target = inner.tables.register(carried.parameter, carried.register.type)
    return Fill(target, carried.register, inner.block(region), result, kept)


def _jumps(unit: Unit, selector: JumpSelector, indices: dict[int, int]) -> tuple[tuple[Operand, int | None], ...]:
    for key, route in selector.routes.items():
        if route is not None and id(route) not in indices:
            raise conditional_route(key, route)
    return tuple(
        (unit.tables.constant(key, "key"), None if route is None else indices[id(route)])
        for key, route in selector.routes.items()
    )
