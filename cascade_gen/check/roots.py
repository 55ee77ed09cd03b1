"""What may run as a root: the calls that are roots, and all that their tail calls and jumps can reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cascade_gen.lang import JumpSelector, LazyResult, Task, Workflow
from cascade_gen.tasks.exits import Exits
from cascade_gen.tasks.source import TaskSource
from cascade_gen.tasks.tail_calls import WrittenCalls, written_calls


@dataclass(frozen=True, slots=True)
class Root:
    """A task as it may run as a root: with its `select_jump`, and the call that has one or is given, if any."""

    task: Task[..., Any]
    selector: JumpSelector | None
    node: LazyResult[Any] | None


class Roots:
    """The roots of a graph.

    `nodes` are the ids of the calls among them, `given` those of the tasks whose inputs all have values from such
    a call; `by_name` has the tasks by their names.
    """

    def __init__(
        self,
        nodes: list[LazyResult[Any]],
        exits: Callable[[Task[..., Any]], Exits],
        blueprints: Mapping[str, Any],
    ) -> None:
        self.blueprints = blueprints
        self._exits = exits
        self.nodes: set[int] = set()
        self.given: set[int] = set()
        self.by_name: dict[str, Task[..., Any]] = {}
        self._found: dict[tuple[int, int], Root] = {}
        self._tasks: set[int] = set()
        self._written: dict[int, tuple[WrittenCalls, TaskSource | None]] = {}
        pending: deque[LazyResult[Any] | Task[..., Any]] = deque(nodes)
        if any(self._may_go_round(node) for node in nodes):
            pending += [one for one in blueprints.values() if isinstance(one, LazyResult | Task)]
        while pending:
            pending.extend(self._add(pending.popleft()))

    def written(self, task: Task[..., Any]) -> tuple[WrittenCalls, TaskSource | None]:
        """What the source of a task calls, and that source."""
        found = self._written.get(id(task))
        if found is None:
            found = self._written[id(task)] = written_calls(task.func)
        return found

    def __iter__(self) -> Iterator[Root]:
        return iter(self._found.values())

    def _may_go_round(self, node: LazyResult[Any]) -> bool:
        return node.policies.jumps is not None or self._exits(node.task).kind != "value"

    def _add(self, one: LazyResult[Any] | Task[..., Any]) -> Iterator[LazyResult[Any] | Task[..., Any]]:
        """Note a root; gives what it can go on with."""
        node = one if isinstance(one, LazyResult) else None
        task = one.task if isinstance(one, LazyResult) else one
        selector: JumpSelector | None = None if node is None else node.policies.jumps
        if node is not None:
            self.nodes.add(id(node))
            self.given.add(id(task))
        key = (id(task), id(selector))
        if key in self._found or (node is None and id(task) in self._tasks):
            return
        self._found[key] = Root(task, selector, node)
        self._tasks.add(id(task))
        self.by_name.setdefault(task.name, task)
        module = getattr(task.func, "__globals__", {})
        for target in self._exits(task).targets:
            goal = target.task
            name = target.name
            if goal is None and name is not None and name != task.name and name not in self.blueprints:
                goal = task_of_module(module, name)
            if isinstance(goal, Task) and (target.role == "target" or target.name is not None):
                yield goal
        if selector is not None:
            yield from (route for route in selector.routes.values() if isinstance(route, LazyResult))


def task_of_module(namespace: Mapping[str, Any], name: str) -> Task[..., Any] | Workflow[..., Any] | None:
    """The task, or the workflow function, called `name` in a module, or None."""
    found = [namespace.get(name), *namespace.values()]
    return next((one for one in found if isinstance(one, Task | Workflow) and one.name == name), None)


def tasks_of_module(namespace: Mapping[str, Any]) -> list[str]:
    """The names of the tasks and workflow functions in a module, for who has misspelt one."""
    return [value.name for value in list(namespace.values()) if isinstance(value, Task | Workflow)]
