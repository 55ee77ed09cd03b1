"""Small compositions of nodes: `tail`, `sequence` and `pipeline`; and calling what nobody has called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from types import MethodType
from typing import Any, TypeVar

from cascade_gen.runtime.binding import make_binder
from cascade_gen.runtime.redirects import TailCall

from .methods import BoundTask
from .policies import Governed
from .symbolic import Later
from .task import Task
from .workflow import Workflow

R = TypeVar("R")
T = TypeVar("T")


def tail(target: Task[..., R] | Workflow[..., Later[R]] | Workflow[..., R], /, *args: Any, **kwargs: Any) -> R:
    """The tail call of `target`: `return cs.tail(poll, seen=seen + 1)`; inputs left out keep their value.

    It is typed as what the loop will give in its stead. The instance of a method, `cs.tail(self.step, n - 1)`, is its
    first input.
    """
    goal: Any = target
    if isinstance(goal, BoundTask | MethodType):
        goal, args = goal.__func__, (goal.__self__, *args)
    if not isinstance(goal, Task | Workflow):
        raise TypeError(f"tail takes a task or a workflow as its first argument; got {target!r}")
    return TailCall(args, kwargs, goal)


def sequence(members: Sequence[T]) -> T:
    """Run `members` one after the other; gives the last, whose result is that of the whole."""
    steps: list[Any] = list(members)
    if not steps:
        raise ValueError("sequence needs at least one member")
    for step in steps:
        if not isinstance(step, Governed):
            raise TypeError(f"a member of a sequence is a task call or a mapped result; got {step!r}")
    for earlier, later in pairwise(steps):
        later.after(earlier)
    last: T = steps[-1]
    return last


def pipeline(initial: Any, steps: Sequence[Callable[[Any], Any]]) -> Any:
    """`g(f(initial))` for the steps `[f, g]`; no steps give `initial`."""
    stages = list(steps)
    for stage in stages:
        if not callable(stage):
            raise TypeError(f"a step of a pipeline is callable; got {stage!r}")
    value = initial
    for stage in stages:
        value = stage(value)
    return value


def is_uncalled(value: object) -> bool:
    """Whether `value` is a task or a workflow function, or a method that is one."""
    if isinstance(value, MethodType):
        value = value.__func__
    return isinstance(value, Task | BoundTask | Workflow)


def uncalled(value: Any) -> bool:
    """Whether `value` is a task or a workflow function, or has one in its lists, tuples and dicts."""
    pending, seen = [value], set()
    while pending:
        one = pending.pop()
        if is_uncalled(one):
            return True
        if type(one) in (list, tuple, dict) and id(one) not in seen:
            seen.add(id(one))
            pending.extend(one.values() if type(one) is dict else one)
    return False


def called(value: Any) -> Any:
    """A workflow with the tasks and workflow functions in its containers replaced by their calls.

    `TypeError`, which begins with Python's words, where one can't do without arguments.
    """
    if isinstance(value, Task | Workflow):
        _check_without_arguments(value)
    if is_uncalled(value):
        return value()
    if type(value) in (list, tuple):
        return type(value)(called(item) for item in value)
    if type(value) is dict:
        return {key: called(item) for key, item in value.items()}
    return value


def _check_without_arguments(one: Task[..., Any] | Workflow[..., Any]) -> None:
    bind = one.bind if isinstance(one, Task) else make_binder(one.name, one.signature)
    try:
        bind()
    except TypeError as error:
        raise TypeError(f"{error}; as a target or a route {one!r} is its call: {one.name}(...)") from None
