"""Tail calls and calls of tasks in the sources of tasks: whom they name, and whether their arguments bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cascade_gen.errors import CompileWarning, UnknownBlueprintError, did_you_mean
from cascade_gen.lang import LazyResult, Task, Workflow
from cascade_gen.tasks.source import TaskSource
from cascade_gen.tasks.tail_calls import WrittenCall, task_at

from .bindings import misfit
from .places import in_source
from .roots import Root, Roots, task_of_module, tasks_of_module

DOES_NOT_BIND = "CS301"


def call_warnings(roots: Roots, tasks: Iterable[Task[..., Any]]) -> Iterator[CompileWarning]:
    """The calls of tasks and workflows, anywhere in the source of `tasks`, that fail when they are reached."""
    for task in tasks:
        written, source = roots.written(task)
        for call in written.calls:
            if source is not None and call.kind == "call" and call.route is not None:
                target = task_at(task.func, call.route)
                if isinstance(target, Task | Workflow):
                    yield from _unbound(task, source, call, target, False)


def tail_call_warnings(roots: Roots) -> Iterator[CompileWarning]:
    """The tail calls of roots that fail when they are reached: nobody of that name, or other inputs."""
    for root in roots:
        written, source = roots.written(root.task)
        if source is None:
            continue
        for name, node in written.names:
            if _named(roots, root, name) is None:
                yield _unknown(roots, root.task, source, name, node)
        for call in written.calls:
            if call.kind == "tail":
                yield from _tail_call(roots, root, source, call)


def _tail_call(roots: Roots, root: Root, source: TaskSource, call: WrittenCall) -> Iterator[CompileWarning]:
    target: Any = root.task
    if call.route is not None:
        target = task_at(root.task.func, call.route)
    elif call.name is not None:
        target = _named(roots, root, call.name)
    valued = target is root.task or id(target) in roots.given or isinstance(target, LazyResult)
    if isinstance(target, LazyResult):
        target = target.task
    if isinstance(target, Task | Workflow):
        yield from _unbound(root.task, source, call, target, valued)


def _named(roots: Roots, root: Root, name: str) -> Any:
    """What a tail call by name goes to, or None."""
    if name == root.task.name:
        return root.task
    if name in roots.blueprints:
        return roots.blueprints[name]
    return roots.by_name.get(name) or task_of_module(getattr(root.task.func, "__globals__", {}), name)


def _unbound(
    task: Task[..., Any], source: TaskSource, call: WrittenCall, target: Any, valued: bool
) -> Iterator[CompileWarning]:
    wrong = misfit(target, call.arguments, valued)
    if wrong is not None:
        what = "call" if call.kind == "call" else "tail call"
        yield CompileWarning(
            DOES_NOT_BIND,
            f"this {what} in {task.name!r} fails if it is reached: {wrong.message}",
            in_source(task.func, source, wrong.node or call.node),
            wrong.hint,
        )


def _unknown(roots: Roots, task: Task[..., Any], source: TaskSource, name: str, node: Any) -> CompileWarning:
    known = [*roots.blueprints, *tasks_of_module(getattr(task.func, "__globals__", {}))]
    return CompileWarning(
        UnknownBlueprintError.code,
        f"{task.name!r} tail-calls {name!r}, which is no workflow of this compilation",
        in_source(task.func, source, node),
        f"{did_you_mean(name, known)}pass it in blueprints=[...], or name a task of the same module",
    )
