"""What a workflow is called, and where it was written."""

from __future__ import annotations

import inspect
from types import MethodType
from typing import Any

from cascade_gen.check import defined_at
from cascade_gen.errors import BlueprintNameError, Location, NotAWorkflowError, caller
from cascade_gen.lang import LazyResult, MappedLazyResult, Router, Symbolic, Task, Workflow, locate
from cascade_gen.lang.methods import BoundTask
from cascade_gen.runtime.containers import is_container
from cascade_gen.runtime.events import preview

from .graph import leaves


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
    raise not_a_workflow(workflow)


def called_in_errors(workflow: Any) -> str:
    """What Python calls the function of a workflow in its errors; empty where it isn't one function's."""
    match workflow:
        case Task():
            return workflow.called
        case LazyResult():
            return workflow.task.called
        case Workflow():
            return workflow.func.__qualname__
    return ""


def is_again(workflow: Any, listed: Any) -> bool:
    """Whether a further workflow is the one to be compiled once more: the same, or the task of which it is a call."""
    called = isinstance(workflow, LazyResult) and isinstance(listed, Task) and workflow.task.func is listed.func
    return called or workflow is listed


def not_a_workflow(thing: Any) -> NotAWorkflowError:
    if isinstance(thing, BoundTask | MethodType) and isinstance(thing.__func__, Task | Workflow):
        name = thing.__func__.name
        return NotAWorkflowError(
            f"this is no workflow: the method {name!r} of {preview(thing.__self__)}",
            caller(),
            "compile the call of it, with its arguments",
        )
    if inspect.isroutine(thing):
        name = getattr(thing, "__name__", "?")
        if name == "<lambda>":
            return NotAWorkflowError(
                "this is no workflow: a lambda", caller(), "make it a task: cs.task(lambda ...: ...)"
            )
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
    """Where a workflow was written: the name in its `def`, or the call."""
    function = _function(workflow)
    if function is not None:
        return defined_at(function)
    if isinstance(workflow, Symbolic):
        return locate(workflow.origin)
    return next((locate(leaf.origin) for leaf in leaves(workflow)), None)


def line_of(workflow: Any) -> Location | None:
    """`_location` without columns for a function: a Blueprint is that of the whole."""
    found = _location(workflow)
    if found is None or _function(workflow) is None:
        return found
    return Location(found.file, found.line, path=found.path)


def _function(workflow: Any) -> Any:
    match workflow:
        case Task(func=func) | LazyResult(task=Task(func=func)) | MappedLazyResult(task=Task(func=func)):
            return func
        case Workflow():
            return workflow.func
    return None


def same_name(name: str, one: Any, other: Any) -> BlueprintNameError:
    first, second = _location(one), _location(other)
    hint = "give one of them another name: @cs.task(name=...)"
    if first == second:
        return BlueprintNameError(
            f"two workflows are named {name!r}, and they are of one function",
            second,
            f"leave one of them out, or {hint}",
        )
    also = "" if first is None else f"; the other is at {first}"
    return BlueprintNameError(f"two workflows are named {name!r}{also}", second, hint)
