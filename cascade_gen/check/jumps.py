"""Jumps: each key that the source shows must have a route, and each route some jump."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cascade_gen.errors import CompileError, CompileWarning, JumpRouteError, did_you_mean
from cascade_gen.lang import LazyResult, MappedLazyResult, Task, Workflow, locate
from cascade_gen.runtime.events import preview
from cascade_gen.tasks.source import TaskSource
from cascade_gen.tasks.tail_calls import WrittenCall

from .bindings import misfit
from .places import in_source
from .roots import Root, Roots
from .tail_calls import DOES_NOT_BIND

_NO_ROUTE = "CS302"
_NO_JUMP = "CS303"


def route_errors(node: LazyResult[Any] | MappedLazyResult[Any]) -> Iterator[CompileError]:
    """The routes of a step's jumps that are neither the call of a task nor None."""
    selector = node.policies.jumps
    for key, route in () if selector is None else selector.routes.items():
        if route is not None and not isinstance(route, LazyResult):
            hint = f"call it: {route.name}(...)" if isinstance(route, Task | Workflow) else "give the call of a task"
            yield JumpRouteError(
                f"the route {preview(key)} of {node.task.name!r} is no call of a task: {preview(route)}",
                locate(node.origin),
                f"{hint}, or None to end the loop",
            )


def conditional_route(key: object, route: LazyResult[Any]) -> JumpRouteError:
    """The error for a route that might be skipped, and is not the step that the loop starts with."""
    return JumpRouteError(
        f"the route {preview(key)} has a condition or a predecessor of its own",
        locate(route.origin),
        "put the condition into the task that jumps; let what runs before the loop be before its first step",
    )


def jump_warnings(roots: Roots) -> Iterator[CompileWarning]:
    """The jumps of roots that lead nowhere, and the routes that no jump leads to."""
    users: dict[frozenset[tuple[object, int]], list[Root]] = {}  # by their routes: several may share one table
    for root in roots:
        if root.selector is not None:
            table = frozenset((key, id(route)) for key, route in root.selector.routes.items())
            users.setdefault(table, []).append(root)
        written, source = roots.written(root.task)
        jumps = [call for call in written.calls if call.kind == "jump"]
        if root.selector is None:
            jumps = jumps[:1]  # they all lead nowhere
        for call in jumps:
            if source is not None:
                yield from _astray(root, source, call)
    for steps in users.values():
        yield from _unused(roots, steps)


def _astray(root: Root, source: TaskSource, call: WrittenCall) -> Iterator[CompileWarning]:
    task = root.task
    if root.selector is None:
        yield CompileWarning(
            _NO_ROUTE,
            f"{task.name!r} jumps, but it has no select_jump",
            in_source(task.func, source, call.node),
            "use cs.bind(step, cs.select_jump({...})), and compile that step",
        )
        return
    if call.key is None:
        return
    if call.key.value not in root.selector.routes:
        keys = ", ".join(map(preview, root.selector.routes)) or "none"
        yield CompileWarning(
            _NO_ROUTE,
            f"{task.name!r} has no jump {call.key.value!r}",
            in_source(task.func, source, call.key),
            f"{did_you_mean(call.key.value, root.selector.routes)}its select_jump has: {keys}",
        )
        return
    step = root.selector.routes[call.key.value]
    wrong = misfit(step.task, call.arguments, True) if isinstance(step, LazyResult) else None
    if wrong is not None:
        yield CompileWarning(
            DOES_NOT_BIND,
            f"this jump in {task.name!r} fails if it is reached: {wrong.message}",
            in_source(task.func, source, wrong.node or call.node),
            wrong.hint,
        )


def _unused(roots: Roots, steps: list[Root]) -> Iterator[CompileWarning]:
    """The routes that none of the steps which have them jumps to, if all their jumps are known."""
    keys: list[object] = []
    for step in steps:
        written, _ = roots.written(step.task)
        jumps = [call for call in written.calls if call.kind == "jump"]
        if not written.accounted or any(call.key is None for call in jumps):
            return
        keys += [call.key.value for call in jumps if call.key is not None]
    selector, node = steps[0].selector, steps[0].node
    if selector is None or node is None or any(key not in selector.routes for key in keys):
        return  # a jump to an unknown key may be meant for a route that no other leads to
    if len(steps) > 1:  # a table of all states has the one that the loop starts with, too
        keys += [key for key, step in selector.routes.items() if step is node]
    taken = frozenset(keys)
    unused = [preview(key) for key in selector.routes if key not in taken]
    if unused:
        names = " and ".join(dict.fromkeys(repr(step.task.name) for step in steps))
        what, way = "route", f"take the route out, or return cs.Jump({unused[0]}) somewhere"
        if len(unused) > 1:
            what, way = "routes", "take them out, or return a cs.Jump to each somewhere"
        message = f"no jump of {names} leads to the {what} {', '.join(unused)}"
        yield CompileWarning(_NO_JUMP, message, locate(node.origin), way)
