"""Which workflows the rounds of a loop can reach, and what of theirs the rounds share with the rest of the run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cascade_gen.check.roots import task_of_module
from cascade_gen.lang import Argument as InputArgument
from cascade_gen.lang import Inject, JumpSelector, LazyResult, Symbolic, Task
from cascade_gen.lang.workflow import Workflow
from cascade_gen.runtime.containers import holds_lazy

from .graph import awaits, defaults_of, leaves, postorder
from .plan import Rounds
from .trace import reachable, trace

if TYPE_CHECKING:
    from .unit import Unit


@dataclass(frozen=True, slots=True)
class Member:
    """A workflow of the loop: the call it was given as, with a value for each parameter (MISSING: none)."""

    name: str
    node: LazyResult[Any]
    values: tuple[Any, ...]

    @property
    def jumps(self) -> JumpSelector | None:
        found = self.node.policies.jumps
        assert found is None or isinstance(found, JumpSelector)
        return found


Members = tuple[list[Member], dict[str, Any]]
"""The workflows of a loop, the root first, and the rest that tail calls may name, by name."""


def rounds_of(unit: Unit, members: Members) -> list[Rounds | None]:
    """What the rounds of each member need that others may need, too; the root's own arguments are computed anyway."""
    found = [None, *(_shared(unit, member) for member in members[0][1:])]
    return found if any(found) else []


def _shared(unit: Unit, member: Member) -> Rounds | None:
    """What the rounds of a member need once a run.

    A machine of jumps computes all anew in each round. A graph with a loop in it is computed as a round's own.
    """
    amounts, fills = amounts_of(member), [leaves(value) for _, value in filled(member)]
    nodes = postorder([*amounts, *(leaf for group in fills for leaf in group)], unit.tables.needs)
    own = member.jumps is not None or any(isinstance(node, LazyResult) and unit.goes_round(node) for node in nodes)
    return None if own or not nodes else Rounds(amounts, fills)


def amounts_of(member: Member) -> list[Symbolic]:
    return [leaf for amount in member.node.policies.constraints.values() for leaf in leaves(amount)]


def filled(member: Member, ready: bool = False) -> list[tuple[inspect.Parameter, Any]]:
    """The inputs that a round computes if it isn't given them; of a root that is `ready`, only the resources."""
    parameters = member.node.task.signature.parameters.values()
    return [
        (parameter, value)
        for parameter, value in zip(parameters, member.values, strict=True)
        if holds_lazy(value) and not isinstance(value, InputArgument) and (not ready or isinstance(value, Inject))
    ]


def members_of(unit: Unit, root: LazyResult[Any]) -> Members:
    """Every workflow that the root's tail calls and jumps can reach, the root first; the rest as links.

    In a graph that a loop runs what the loop knows by name is left to it: there it has what it is bound to.
    """
    entry = Member(root.task.name, root, unit.values.get(id(root), root.values))
    found: dict[int, Member] = {id(root): entry}
    by_task: dict[int, LazyResult[Any]] = {id(root.task): root}
    links: dict[str, Any] = {}
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
            found[id(target)] = Member(name, target, unit.values.get(id(target), target.values))
            pending.append(target)
        else:
            links[name] = target
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
    return list(found.values()), links


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


def _task_member(task: Task[..., Any]) -> Member:
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
    return Member(task.name, LazyResult(task, (), {}, values, origin), values)


def calls_others(unit: Unit, task: Task[..., Any]) -> bool:
    """Whether a task may go on with a workflow that is no state, which may come back to it."""
    return any(
        target.role == "dynamic" or (target.role == "mention" and target.task is not task)
        for target in unit.tables.exits(task).targets
    )
