"""Tail calls where nobody can go round: in tasks whose results are used by others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from cascade_gen.errors import CompileWarning
from cascade_gen.lang import LazyResult, MappedLazyResult, Task, locate
from cascade_gen.runtime.errors import shown_path
from cascade_gen.tasks.exits import Exits

_CODE = "CS304"
_RETURNED = ("target", "self", "jump", "dynamic")


def misplaced_warnings(
    nodes: Iterable[LazyResult[Any] | MappedLazyResult[Any]],
    roots: Collection[int],
    exits: Callable[[Task[..., Any]], Exits],
) -> Iterator[CompileWarning]:
    """The calls whose ids are not in `roots`, of tasks that visibly return a tail call, a jump or something lazy.

    It is a warning even where every path does so: a condition or a route may keep the call from happening.
    """
    for node in nodes:
        if id(node) in roots:
            continue
        found = exits(node.task)
        if found.kind == "redirect":
            yield CompileWarning(
                _CODE,
                f"{node.task.name!r} can return {_what(node.task, found)}, but this call of it is no root",
                locate(node.origin),
                "only the call that ends a workflow may go round: make it that, or have the task return a value",
            )


def _what(task: Task[..., Any], found: Exits) -> str:
    """What a task visibly returns, and where."""
    for target in found.targets:
        if target.role in _RETURNED:
            file = shown_path(task.func.__code__.co_filename, task.func.__module__ or "")
            return f"{'a jump' if target.role == 'jump' else 'a tail call'} ({file}:{target.line})"
    return "a tail call"
