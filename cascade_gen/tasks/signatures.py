"""The signatures of tasks' own functions, taken from what is known of the task where that still holds."""

from __future__ import annotations

import inspect
from types import FunctionType

from cascade_gen.lang.task import Task

from .looking import seen


def own_signature(task: Task[..., object], function: FunctionType) -> inspect.Signature:
    """The signature of the function that a task runs, whatever it passes itself off as, with the defaults of now."""
    if is_told(task, function):
        return task.signature
    return inspect.signature(function, follow_wrapped=False)


def is_told(task: Task[..., object], function: FunctionType) -> bool:
    """Whether the signature of the task is that of its function still: defaults can be replaced."""
    return seen(("is told", id(task), id(function)), lambda: _is_told(task, function))


def _is_told(task: Task[..., object], function: FunctionType) -> bool:
    if task.func is not function or hasattr(function, "__wrapped__"):
        return False
    parameters = task.signature.parameters
    told = [one.default for one in parameters.values() if one.default is not one.empty]
    words = function.__kwdefaults__ or {}
    now = [*(function.__defaults__ or ()), *(words[name] for name in parameters if name in words)]
    return len(told) == len(now) and all(one is other for one, other in zip(told, now, strict=True))
