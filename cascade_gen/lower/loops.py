"""Lowers a root that may go round: the states its tail calls and jumps can reach, and what they carry.

A loop by tail calls computes its lazy arguments once, before the first round. A loop by jumps computes them
again each round, unless the jump overrides them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
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
    Register,
    State,
)
from cascade_gen.check.jumps import conditional_route
from cascade_gen.check.roots import task_of_module
from cascade_gen.errors import Location
from cascade_gen.lang import Argument as InputArgument
from cascade_gen.lang import Inject, JumpSelector, LazyResult, Task
from cascade_gen.lang.workflow import Workflow
from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.runtime.sentinels import MISSING

from .annotations import annotation_text
from .calls import SKIPPED_DATA, called, govern
from .graph import Region, awaits, defaults_of, leaves
from .steps import run_steps
from .trace import reachable, trace

if TYPE_CHECKING:
    from .unit import Unit

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "standard",
    inspect.Parameter.VAR_POSITIONAL: "star",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "stars",
}


@dataclass(frozen=True, slots=True)
class _Member:
    """A workflow of the loop: the call it was given as, with a value for each parameter (MISSING: none)."""

    name: str
    node: LazyResult[Any]
    values: tuple[Any, ...]

    @property
    def jumps(self) -> JumpSelector | None:
        found = self.node.policies.jumps
        assert found is None or isinstance(found, JumpSelector)
        return found


def lower_loop(unit: Unit, node: LazyResult[Any], region: Region, target: Register) -> Block:
    """The loop of a root whose predecessors, condition and (unless it jumps) inputs are computed."""
    members, links = _members(unit, node)
    unit.tables.meets_graphs = True
    indices = {id(member.node): index for index, member in enumerate(members)}
    result = unit.tables.register("result")
    states = tuple(
        _state(unit, member, indices, region if index == 0 else None, result) for index, member in enumerate(members)
    )
    visible = any(unit.tables.exits(member.node.task).kind == "redirect" for member in members)
    others = len(members) == 1 and _calls_others(unit, node.task)
    return (Loop(target, states, visible, links, others, unit.tables.locate(node.origin)),)


def _calls_others(unit: Unit, task: Task[..., Any]) -> bool:
    """Whether a task may go on with a workflow that is no state, which may come back to it."""
    return any(
        target.role == "dynamic" or (target.role == "mention" and target.task is not task)
        for target in unit.tables.exits(task).targets
    )


def _members(unit: Unit, root: LazyResult[Any]) -> tuple[list[_Member], tuple[tuple[str, Object], ...]]:
    """Every workflow that the root's tail calls and jumps can reach, the root first; the rest as links.

    In a graph that a loop runs what the loop knows by name is left to it: there it has what it is bound to.
    """
    entry = _Member(root.task.name, root, unit.values.get(id(root), root.values))
    found: dict[int, _Member] = {id(root): entry}
    by_task: dict[int, LazyResult[Any]] = {id(root.task): root}
    links: dict[str, Object] = {}
    pending: list[LazyResult[Any]] = [root]

    def add(target: Any, name: str) -> None:
        if id(target) in found:
            return
        if isinstance(target, Task):
            if id(target) not in by_task and target.name not in unit.tables.outer:
                member = _task_member(target)
                by_task[id(target)] = member.node
                found[id(member.node)] = member
                pending.append(member.node)
        elif isinstance(target, LazyResult) and not target.policies.has_condition and not target.policies.after:
            by_task.setdefault(id(target.task), target)
            found[id(target)] = _Member(name, target, unit.values.get(id(target), target.values))
            pending.append(target)
        else:
            link = unit.tables.constant(target, name)
            assert isinstance(link, Object)
            links[name] = link
            if isinstance(target, LazyResult):
                by_task.setdefault(id(target.task), target)  # a tail call to its task is one to it
            unit.tables.meets_async |= _is_async(target, unit)

    for name, workflow in unit.tables.blueprints.items():
        if workflow is not unit.tables.running:  # that is one where a tail call names it
            add(workflow, name)
    while pending:
        current = pending.pop(0)
        for target, name in _reached(unit, current):
            add(target, name)
    return list(found.values()), tuple(links.items())


def _reached(unit: Unit, node: LazyResult[Any]) -> Iterator[tuple[Any, str]]:
    """What a call can go on with: the targets named in its source, and the routes of its jumps."""
    module, running = getattr(node.task.func, "__globals__", {}), unit.tables.running
    for target in unit.tables.exits(node.task).targets:
        named = target.task
        if named is None and target.name is not None and target.name != node.task.name:
            named = unit.tables.blueprints.get(target.name)
            if named is not None and named is not running:
                continue
            named = named or task_of_module(module, target.name)
        if isinstance(named, Task):
            unit.tables.meets_async |= named.is_async or named.mode != "inline"
        if target.role != "target" and target.name is None:
            continue
        known = named is not running and getattr(named, "name", "") in unit.tables.blueprints
        if isinstance(named, Task) or (isinstance(named, Workflow) and not known):
            yield named, named.name
    selector = node.policies.jumps
    if selector is not None:
        for route in selector.routes.values():
            if isinstance(route, LazyResult):
                yield route, route.task.name


def _is_async(workflow: Any, unit: Unit) -> bool:
    """Whether another workflow contains async work."""
    graph = trace(workflow)[0] if isinstance(workflow, Workflow) else workflow
    return any(awaits(node, unit.tables.known_resources) for node in reachable([graph]))


def _task_member(task: Task[..., Any]) -> _Member:
    """A task as a member: its defaults are the values, and what has none must be given by the tail call."""
    values = tuple(
        (
            ()
            if parameter.kind is parameter.VAR_POSITIONAL
            else {} if parameter.kind is parameter.VAR_KEYWORD else default
        )
        for parameter, (_, default) in zip(task.signature.parameters.values(), defaults_of(task), strict=True)
    )
    code = getattr(task.func, "__code__", _task_member.__code__)
    origin = (code, -1, task.func.__module__)
    return _Member(task.name, LazyResult(task, (), {}, values, origin), values)


def _state(unit: Unit, member: _Member, indices: dict[int, int], outer: Region | None, result: Register) -> State:
    """A state: `outer` is the region that computed the root's lazy arguments, None for any other state."""
    from .unit import Unit

    node, tables = member.node, unit.tables
    amounts = [leaf for amount in node.policies.constraints.values() for leaf in leaves(amount)]
    ready = outer is not None and member.jumps is None
    filled = [
        (parameter, value)
        for parameter, value in zip(node.task.signature.parameters.values(), member.values, strict=True)
        if holds_lazy(value) and not isinstance(value, InputArgument) and (not ready or isinstance(value, Inject))
    ]
    inner = Unit(tables, amounts if outer is None else [], [leaves(value) for _, value in filled])
    inputs, operands = [], []
    fills = {parameter.name: index for index, (parameter, _) in enumerate(filled)}
    for parameter, value in zip(node.task.signature.parameters.values(), member.values, strict=True):
        carried = _carried(unit, parameter, value, outer, parameter.name in fills)
        inputs.append(carried)
        operand: Operand = carried.register
        if parameter.name in fills:
            kept = member.jumps is None and not isinstance(value, Inject)
            operand = _fill(inner, inner.plan.apart[fills[parameter.name]], carried, value, kept, node)
        operands.append(operand)
    run_steps(inner.demand_all(amounts if outer is None else [], inner.plan.top))
    _call(inner if outer is None else unit, inner, node, outer, operands, result)
    jumps = None if member.jumps is None else _jumps(unit, member.jumps, indices)
    return State(member.name, called(unit, node).key, tuple(inputs), inner.block(inner.plan.top), result, jumps)


def _call(
    amounts: Unit,
    inner: Unit,
    node: LazyResult[Any],
    outer: Region | None,
    operands: list[Operand],
    result: Register,
) -> None:
    """The round's call within its policies; `amounts` is the unit that computed the constraints' amounts."""
    from .roots import signature_arguments

    parameters = list(node.task.signature.parameters.values())
    arguments = signature_arguments(parameters, operands, operands)
    call = Call(result, called(inner, node).key, arguments, False, inner.tables.locate(node.origin))
    region = inner.plan.top if outer is None else outer
    keyed = tuple(
        (parameter.name, operand)
        for parameter, operand, value in zip(parameters, operands, node.values, strict=True)
        if not isinstance(value, Inject)
    )
    inner.emit(inner.plan.top, *govern(amounts, node, region, call, keyed, final=False))


def _carried(unit: Unit, parameter: inspect.Parameter, value: Any, outer: Region | None, filled: bool) -> Carried:
    kind = KINDS[parameter.kind]
    # not where a function of its own might come to stand around the loop, in which it would be another variable
    carries = outer is unit.plan.top and isinstance(value, InputArgument) and id(value) not in unit.tables.shared
    if carries:
        register = unit.tables.arguments[id(value)]
        return Carried(register, parameter.name, kind, register)
    register = unit.tables.register(parameter.name, annotation_text(parameter.annotation))
    if filled:
        computed = outer is not None and not isinstance(value, Inject)
        first = unit.operand(value, parameter.name, outer) if computed and outer is not None else None
        return Carried(register, parameter.name, kind, None, first=first)
    if value is MISSING:
        return Carried(register, parameter.name, kind, None, required=True)
    region = unit.plan.top if outer is None else outer
    return Carried(register, parameter.name, kind, unit.operand(value, parameter.name, region))


def _fill(inner: Unit, region: Region, carried: Carried, value: Any, kept: bool, node: LazyResult[Any]) -> Register:
    """Compute a lazy input where the round was not given one."""
    run_steps(inner.side_by_side(leaves(value), region, id(region)))
    where: Location = inner.tables.locate(node.origin)
    for flag in inner.empties(value, region):
        missing = Missing(node.task.name, Literal(SKIPPED_DATA), where)
        inner.emit(region, Choose((Arm(flag, (missing,)),), (), where))
    result = inner.operand(value, carried.parameter, region)
    target = inner.tables.register(carried.parameter, carried.register.type)
    inner.emit(inner.plan.top, Fill(target, carried.register, inner.block(region), result, kept))
    return target


def _jumps(unit: Unit, selector: JumpSelector, indices: dict[int, int]) -> tuple[tuple[Operand, int | None], ...]:
    for key, route in selector.routes.items():
        if route is not None and id(route) not in indices:
            raise conditional_route(key, route)
    return tuple(
        (unit.tables.constant(key, "key"), None if route is None else indices[id(route)])
        for key, route in selector.routes.items()
    )
