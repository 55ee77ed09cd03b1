"""`BlueprintBuilder`: from a declared workflow to its Blueprint."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from cascade_gen.blueprint import Blueprint, Operand
from cascade_gen.errors import (
    BlueprintNameError,
    Location,
    NestingError,
    NotAWorkflowError,
    caller,
)
from cascade_gen.lang import (
    Argument,
    LazyResult,
    MappedLazyResult,
    Param,
    ResourceDefinition,
    Router,
    Symbolic,
    Task,
    Workflow,
    locate,
)
from cascade_gen.lang.symbolic import Origin
from cascade_gen.runtime.containers import holds_lazy, is_container
from cascade_gen.runtime.events import preview
from cascade_gen.runtime.sentinels import MISSING

from .annotations import annotation_text
from .graph import defaults_of, resource_awaits
from .loops import KINDS
from .roots import lower_targets, root_calls, targets_of
from .steps import run_steps
from .tables import Tables
from .trace import defined_at, reachable, shared_arguments, trace
from .unit import Unit


class BlueprintBuilder:
    """Lowers workflows to Blueprints.

    `resources` are what `inject` may name, `blueprints` the further workflows that tail calls may name, and
    `capacity` what the system has of each named resource.
    """

    def __init__(
        self,
        resources: Iterable[ResourceDefinition] = (),
        blueprints: Iterable[Any] = (),
        capacity: Mapping[str, float] | None = None,
    ) -> None:
        self._resources = {one.name: one for one in resources}
        self._blueprints = tuple(blueprints)
        self._capacity = dict(capacity or {})

    def build(self, workflow: Any, template: bool = False, *, name: str | None = None) -> Blueprint:
        """The Blueprint of a workflow.

        With `template` the arguments of a root call become inputs, with the given values as defaults. A task
        and a `@cs.workflow` function have their parameters as inputs in any case. Raises `CompileError`.
        """
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a workflow is a str; got {name!r}")
        try:
            return self._build(workflow, template, name)
        except RecursionError:
            raise NestingError(
                "containers are nested too deeply in an argument",
                caller(),
                "build the inner ones inside a task",
            ) from None

    def _build(self, workflow: Any, template: bool, name: str | None) -> Blueprint:
        shown = name if name is not None else workflow_name(workflow)
        tables = Tables(self._resources, self._named(workflow), self._capacity)
        values: dict[int, tuple[Any, ...]] = {}
        target = workflow
        if isinstance(workflow, Workflow):
            target = _traced(workflow, tables)
        elif isinstance(workflow, Task):
            target = _open(workflow, tables, values)
        elif isinstance(workflow, LazyResult) and template:
            _template(workflow, tables, values)
        else:
            target = _closed(workflow)
        tables.shared = shared_arguments(target, tables.needs)
        for node in reachable([target, *tables.blueprints.values()], tables.needs):
            tables.modules.setdefault(node.origin[2])
            if isinstance(node, Param):
                tables.param(node)
        unit = Unit(tables, targets_of(target), roots=root_calls(target, tables.needs), values=values)
        result = run_steps(lower_targets(unit, target))
        return _blueprint(shown, workflow, tables, unit, result)

    def build_shape(self, workflow: Any, arguments: list[Argument], root: bool) -> Blueprint:
        """The Blueprint of a generalised graph: `arguments` are its inputs.

        What a `root` graph gives may go round; any other is computed as an argument would be.
        """
        tables = Tables(self._resources, self._named(workflow), self._capacity)
        for argument in arguments:
            tables.add_input(argument, "positional", None, inspect.Parameter.empty)
        tables.shared = shared_arguments(workflow, tables.needs)
        roots = root_calls(workflow, tables.needs) if root else frozenset()
        unit = Unit(tables, targets_of(workflow), roots=roots)
        result = run_steps(lower_targets(unit, workflow, final=root))
        return _blueprint(workflow_name(workflow), workflow, tables, unit, result)

    def _named(self, workflow: Any) -> dict[str, Any]:
        """The blueprints by name; the workflow itself may be among them."""
        named: dict[str, Any] = {workflow_name(workflow): workflow}
        for blueprint in self._blueprints:
            name = workflow_name(blueprint)
            if named.setdefault(name, blueprint) is not blueprint:
                raise BlueprintNameError(
                    f"two workflows are named {name!r}",
                    _location(blueprint),
                    "give one of them another name: @cs.task(name=...)",
                )
        del named[workflow_name(workflow)]
        return named


def workflow_name(workflow: Any) -> str:
    """The name of what is compiled: that of its task or function, or "workflow"."""
    match workflow:
        case Task() | Workflow():
            return workflow.name
        case LazyResult() | MappedLazyResult():
            return workflow.task.name
        case Router():
            return "workflow"
        case list() | tuple() | dict() if is_container(workflow):
            return "workflow"
        case Symbolic():
            return "workflow"
    raise _not_a_workflow(workflow)


def _not_a_workflow(thing: Any) -> NotAWorkflowError:
    if inspect.isroutine(thing):
        name = getattr(thing, "__name__", "?")
        return NotAWorkflowError(
            f"this is no workflow: the function {name!r}",
            caller(),
            f"put @cs.task above it: {name} is a plain function",
        )
    return NotAWorkflowError(
        f"this is no workflow: {preview(thing)}",
        caller(),
        "compile a task, the call of a task, a @cs.workflow function, or a list, tuple or dict of those",
    )


def _location(workflow: Any) -> Location | None:
    match workflow:
        case Task(func=func) | LazyResult(task=Task(func=func)) | MappedLazyResult(task=Task(func=func)):
            return defined_at(func)
        case Workflow():
            return defined_at(workflow.func)
        case Symbolic():
            return locate(workflow.origin)
    return next((locate(leaf.origin) for leaf in targets_of(workflow)), None)


def _traced(workflow: Workflow[..., Any], tables: Tables) -> Any:
    """The graph of a workflow function, its arguments being the inputs."""
    graph, arguments = trace(workflow)
    for parameter, argument in arguments:
        default = None if parameter.default is parameter.empty else tables.constant(parameter.default, parameter.name)
        tables.add_input(argument, KINDS[parameter.kind], default, parameter.annotation)
    return _closed(graph, inside=True)


def _open(task: Task[..., Any], tables: Tables, values: dict[int, tuple[Any, ...]]) -> LazyResult[Any]:
    """The call of a task with all its parameters as inputs."""
    code = getattr(task.func, "__code__", _open.__code__)
    origin: Origin = (code, -1, task.func.__module__)
    found: list[Any] = []
    for parameter, (name, default) in zip(task.signature.parameters.values(), defaults_of(task), strict=True):
        if holds_lazy(default):
            found.append(default)
            continue
        argument = Argument(name, origin)
        given = None if default is MISSING else tables.constant(default, name)
        tables.add_input(argument, KINDS[parameter.kind], given, parameter.annotation)
        found.append(argument)
    node: LazyResult[Any] = LazyResult(task, (), {}, tuple(found), origin)
    values[id(node)] = tuple(found)
    return node


def _template(node: LazyResult[Any], tables: Tables, values: dict[int, tuple[Any, ...]]) -> None:
    """Make the arguments of a root call inputs; lazy and injected ones, `*args` and `**kwargs` stay."""
    found: list[Any] = []
    for parameter, value in zip(node.task.signature.parameters.values(), node.values, strict=True):
        constant = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if constant or holds_lazy(value):
            found.append(value)
            continue
        argument = Argument(parameter.name, node.origin)
        default: Operand = tables.constant(value, parameter.name)
        tables.add_input(argument, KINDS[parameter.kind], default, parameter.annotation)
        found.append(argument)
    values[id(node)] = tuple(found)


def _closed(value: Any, inside: bool = False) -> Any:
    """A workflow with tasks in its containers replaced by their calls."""
    if isinstance(value, Task | Workflow):
        return value()
    if type(value) in (list, tuple):
        return type(value)(_closed(item, True) for item in value)
    if type(value) is dict:
        return {key: _closed(item, True) for key, item in value.items()}
    if not inside and not isinstance(value, Symbolic) and not is_container(value):
        raise _not_a_workflow(value)
    return value


def _blueprint(name: str, workflow: Any, tables: Tables, unit: Unit, result: Operand) -> Blueprint:
    tasks = tuple(tables.tasks.values())
    awaits = (
        tables.meets_async
        or any(task.awaits for task in tasks)
        or any(resource_awaits(one, tables.known_resources) for one in tables.resources)
    )
    return Blueprint(
        name=name,
        inputs=tuple(tables.inputs),
        body=(*tables.prologue, *unit.block(unit.plan.top)),
        result=result,
        tasks=tasks,
        resources=tuple(tables.resources.values()),
        is_async=awaits,
        returns=_returns(workflow),
        location=_location(workflow),
        bound_tasks=dict(tables.bound_tasks),
        bound_resources=dict(tables.bound_resources),
        objects=dict(tables.objects),
        modules=tuple(tables.modules),
    )


def _returns(workflow: Any) -> str:
    """The annotation of the result, where the workflow is a task, its call or a workflow function."""
    match workflow:
        case Task():
            return annotation_text(workflow.signature.return_annotation)
        case LazyResult():
            return annotation_text(workflow.task.signature.return_annotation)
        case Workflow():
            return annotation_text(workflow.signature.return_annotation)
    return ""
