"""`BlueprintBuilder`: from a declared workflow to its Blueprint."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cascade_gen.blueprint import Blueprint, Operand
from cascade_gen.check import (
    Graph,
    empty_warnings,
    find_errors,
    find_warnings,
    known_capacity,
    listed_blueprints,
    resources_by_name,
    show_warnings,
    together,
)
from cascade_gen.errors import (
    CompileError,
    CycleError,
    InputClashError,
    NotAWorkflowError,
    edge,
)
from cascade_gen.lang import (
    Argument,
    LazyResult,
    MappedLazyResult,
    Param,
    ResourceDefinition,
    Symbolic,
    Task,
    Workflow,
)
from cascade_gen.lang.compose import called
from cascade_gen.lang.symbolic import Origin
from cascade_gen.runtime.containers import holds_lazy, is_container
from cascade_gen.runtime.redirects import lazies_made
from cascade_gen.runtime.sentinels import MISSING

from .annotations import annotation_text, result_text
from .called import called_in_errors, is_again, line_of, not_a_workflow, same_name, workflow_name
from .declared import declared_by
from .graph import defaults_of, resource_awaits
from .loops import KINDS
from .recursion import recursion_told
from .roots import lower_targets, root_calls, targets_of
from .steps import run_steps
from .tables import Tables
from .trace import reachable, shared_arguments, trace
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
        self._resources = resources_by_name(resources)
        self._blueprints = listed_blueprints(blueprints)
        self._capacity = known_capacity(capacity)

    def build(self, workflow: Any, template: bool = False, *, name: str | None = None) -> Blueprint:
        """The Blueprint of a workflow.

        With `template` the arguments of a root call become inputs, with the given values as defaults. A task
        and a `@cs.workflow` function have their parameters as inputs in any case. Raises `CompileError`.
        """
        with edge():
            if name is not None and not isinstance(name, str):
                raise TypeError(f"the name of a workflow is a str; got {name!r}")
            return recursion_told(lambda: self._build(workflow, template, name))

    def _build(self, workflow: Any, template: bool, name: str | None) -> Blueprint:
        shown = name if name is not None else workflow_name(workflow)
        tables = Tables(self._resources, self._named(workflow), self._capacity)
        values: dict[int, tuple[Any, ...]] = {}
        target = workflow
        if isinstance(workflow, Workflow):
            tables.running = workflow
            target = _traced(workflow, tables)
        elif isinstance(workflow, Task):
            target = _open(workflow, tables, values)
        elif isinstance(workflow, LazyResult) and template:
            _template(workflow, tables, values)
        else:
            target = _closed(workflow)
        nodes = reachable([target], tables.needs)
        tables.shared = shared_arguments(target, nodes, tables.needs)
        if tables.blueprints:
            nodes = reachable([*nodes, *tables.blueprints.values()], tables.needs)
        errors: list[CompileError] = []
        for node in nodes:
            tables.modules.setdefault(node.origin[2])
            if isinstance(node, Param):
                try:
                    tables.param(node)
                except InputClashError as error:
                    errors.append(error)
        roots = _checked(target, nodes, tables, errors)
        unit = Unit(tables, targets_of(target), roots=roots, values=values)
        result = run_steps(lower_targets(unit, target))
        blueprint = _blueprint(shown, workflow, tables, unit, result)
        return replace(blueprint, declared=declared_by([workflow, *tables.blueprints.values()], nodes))

    def build_shape(self, workflow: Any, arguments: list[Argument], outer: frozenset[str] | None) -> Blueprint:
        """The Blueprint of a generalised graph: `arguments` are its inputs.

        What it gives may go round in the loop that runs it, which knows the workflows with the names `outer`. With
        None it is computed as an argument would be.
        """
        root = outer is not None
        tables = Tables(self._resources, self._named(workflow), self._capacity, outer or frozenset())
        for argument in arguments:
            tables.add_input(argument, "positional", None, inspect.Parameter.empty, None)
        nodes = reachable([workflow], tables.needs)
        tables.shared = shared_arguments(workflow, nodes, tables.needs)
        errors = find_errors(_graph(nodes, tables))
        if errors:
            raise together(errors)
        roots = root_calls(workflow, tables.needs) if root else frozenset()
        unit = Unit(tables, targets_of(workflow), roots=roots)
        result = run_steps(lower_targets(unit, workflow, final=root))
        return _blueprint(workflow_name(workflow), workflow, tables, unit, result)

    def _named(self, workflow: Any) -> dict[str, Any]:
        """The blueprints by name; the workflow itself may be among them."""
        named: dict[str, Any] = {}
        errors: list[CompileError] = []
        for one in (workflow, *(one for one in self._blueprints if not is_again(workflow, one))):
            try:
                name = workflow_name(one)
            except NotAWorkflowError as error:
                errors.append(error)
                continue
            if named.setdefault(name, one) is not one:
                errors.append(same_name(name, named[name], one))
        if errors:
            raise together(errors)
        if not isinstance(workflow, Workflow):  # the call of a task is a state of the loop, under its task's name
            del named[workflow_name(workflow)]
        return named


def _checked(target: Any, nodes: list[Symbolic], tables: Tables, errors: list[CompileError]) -> frozenset[int]:
    """The roots of a graph in which nothing is wrong; warns of what may be.

    Raises all errors that can be found, those in `errors` among them, as one.
    """
    graph = _graph(nodes, tables)
    try:
        roots = root_calls(target, tables.needs)
    except CycleError:
        raise together([*find_errors(graph, circles=True), *errors]) from None
    errors = [*find_errors(graph), *errors]
    if errors:
        raise together(errors)
    others = (root_calls(one, tables.needs) for one in tables.blueprints.values())
    show_warnings(find_warnings(graph, roots.union(*others)))
    return roots


def _graph(nodes: list[Symbolic], tables: Tables) -> Graph:
    """A graph as the checks see it."""
    return Graph(nodes, tables.needs.all, tables.known_resources, tables.capacity, tables.blueprints, tables.exits)


def _traced(workflow: Workflow[..., Any], tables: Tables) -> Any:
    """The graph of a workflow function, its arguments being the inputs."""
    made = lazies_made()
    graph, arguments = trace(workflow)
    show_warnings(empty_warnings(workflow, graph, lazies_made() - made - len(arguments)))
    for parameter, argument in arguments:
        default = None if parameter.default is parameter.empty else tables.constant(parameter.default, parameter.name)
        tables.add_input(argument, KINDS[parameter.kind], default, parameter.annotation, workflow.func)
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
        tables.add_input(argument, KINDS[parameter.kind], given, parameter.annotation, task.func)
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
        tables.add_input(argument, KINDS[parameter.kind], default, parameter.annotation, node.task.func)
        found.append(argument)
    values[id(node)] = tuple(found)


def _closed(value: Any, inside: bool = False) -> Any:
    """A workflow with tasks in its containers replaced by their calls; inside of another one anything may stand."""
    if not inside and not isinstance(value, Symbolic | Task | Workflow) and not is_container(value):
        raise not_a_workflow(value)
    return called(value)


def _blueprint(name: str, workflow: Any, tables: Tables, unit: Unit, result: Operand) -> Blueprint:
    tasks = tuple(tables.tasks.values())
    awaits = (
        tables.meets_async
        or any(task.awaits for task in tasks)
        or any(resource_awaits(one, tables.known_resources) for one in tables.resources)
    )
    if tables.meets_graphs:  # which doesn't make it async: an async one that is met only then is refused
        tables.register_all()
    return Blueprint(
        name=name,
        inputs=tuple(tables.inputs),
        body=(*tables.prologue, *unit.block(unit.plan.top)),
        result=result,
        tasks=tasks,
        resources=tuple(tables.resources.values()),
        is_async=awaits,
        returns=_returns(workflow),
        location=line_of(workflow),
        bound_tasks=dict(tables.bound_tasks),
        bound_resources=dict(tables.bound_resources),
        objects=dict(tables.objects),
        modules=tuple(tables.modules),
        called=called_in_errors(workflow),
    )


def _returns(workflow: Any) -> str:
    """The annotation of the result, where the workflow is a task, its call or a workflow function."""
    match workflow:
        case Task():
            return annotation_text(workflow.signature.return_annotation)
        case LazyResult():
            return annotation_text(workflow.task.signature.return_annotation)
        case MappedLazyResult():
            item = annotation_text(workflow.task.signature.return_annotation)
            return f"list[{item}]" if item else ""
        case Workflow():
            return result_text(workflow.signature.return_annotation)
    return ""
