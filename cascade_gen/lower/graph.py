"""What nodes wait for, in which order, and what is async."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cascade_gen.check.cycles import cycle
from cascade_gen.errors import NestingError, caller
from cascade_gen.lang import (
    Governed,
    Inject,
    LazyResult,
    MappedLazyResult,
    ResourceDefinition,
    Router,
    Symbolic,
    Task,
)
from cascade_gen.runtime.containers import holds_lazy, is_container
from cascade_gen.runtime.sentinels import EMPTY, MISSING


def items_of(container: Any) -> list[Any]:
    """The items of a container in the order they are computed: a set's lazies by their creation."""
    kind = type(container)
    if kind is dict:
        return list(container.values())
    if kind in (set, frozenset):
        return sorted(container, key=_set_order)
    return list(container)


def _set_order(item: Any) -> tuple[int, str]:
    serials = [leaf.serial for leaf in leaves(item)]
    return (min(serials), "") if serials else (0, f"{type(item).__name__} {item!r}")


def leaves(value: Any) -> list[Symbolic]:
    """The symbolic values in `value`, itself or inside its containers, in the order they are computed."""
    if isinstance(value, Symbolic):
        return [value]
    found: list[Symbolic] = []
    if not is_container(value) or not holds_lazy(value):
        return found
    pending: list[tuple[Any, Iterator[Any]]] = [(value, iter(items_of(value)))]
    around = {id(value)}
    while pending:
        container, items = pending[-1]
        for item in items:
            if isinstance(item, Symbolic):
                found.append(item)
            elif is_container(item):
                if id(item) in around:
                    raise NestingError(
                        "a container with something lazy in it contains itself",
                        caller(),
                        "take the container out of itself",
                    )
                around.add(id(item))
                pending.append((item, iter(items_of(item))))
                break
        else:
            pending.pop()
            around.discard(id(container))
    return found


def written_arguments(node: LazyResult[Any]) -> list[tuple[str | None, Any]]:
    """The arguments as written, (keyword or None, value), then the defaults that are lazy or injected."""
    written: list[tuple[str | None, Any]] = [(None, value) for value in node.args]
    written.extend(node.kwargs.items())
    written.extend(lazy_defaults(node))
    return written


def lazy_defaults(node: LazyResult[Any]) -> list[tuple[str, Any]]:
    """Parameters whose default is lazy or an injected resource, and that the call doesn't give."""
    if not node.task.lazy_defaults:
        return []
    parameters = node.task.signature.parameters
    return [
        (name, node.values[index])
        for index, name in node.task.lazy_defaults
        if node.values[index] is parameters[name].default
    ]


def defaults_of(task: Task[..., Any]) -> list[tuple[str, Any]]:
    """Each parameter with its default (MISSING where it has none)."""
    empty = inspect.Parameter.empty
    special = {id(empty): MISSING, id(EMPTY): empty}
    return [
        (name, special.get(id(parameter.default), parameter.default))
        for name, parameter in task.signature.parameters.items()
    ]


class Needs:
    """What nodes wait for, worked out once for each."""

    def __init__(self) -> None:
        self._inputs: dict[int, list[Symbolic]] = {}
        self._all: dict[int, list[Symbolic]] = {}
        self._nodes: list[Symbolic] = []

    def inputs(self, node: Symbolic) -> list[Symbolic]:
        """What a node's call takes: the leaves of its arguments (or iterables), then of its constraints."""
        found = self._inputs.get(id(node))
        if found is None:
            found = self._inputs[id(node)] = _leaves_taken(node)
            self._nodes.append(node)
        return found

    def all(self, node: Symbolic) -> list[Symbolic]:
        """Everything that may run before a node, in the order it would: predecessors, inputs, condition, routes."""
        found = self._all.get(id(node))
        if found is None:
            found = self._all[id(node)] = self._everything(node)
            self._nodes.append(node)
        return found

    def _everything(self, node: Symbolic) -> list[Symbolic]:
        if isinstance(node, Router):
            values = [node.selector, *node.routes.values()]
            return [leaf for value in values for leaf in leaves(value)]
        if not isinstance(node, Governed):
            return []
        policies = node._policies
        if policies is None:
            return self.inputs(node)
        before = [leaf for value in policies.after for leaf in leaves(value)]
        return [*before, *self.inputs(node), *leaves(policies.condition)]


def _leaves_taken(node: Symbolic) -> list[Symbolic]:
    """The lazy values that a node's call takes, in order."""
    if type(node) is not LazyResult or node._policies is not None or node.task.lazy_defaults:
        return [leaf for value in _taken(node) for leaf in leaves(value)]
    found: list[Symbolic] = []  # the plain call, which most nodes are
    for value in (*node.args, *node.kwargs.values()):
        if isinstance(value, Symbolic):
            found.append(value)
        elif is_container(value):
            found.extend(leaves(value))
    return found


def ways_of(router: Router) -> list[tuple[list[Any], Any]]:
    """The routes of a Router with their keys: neighbours that lead to one node are one way."""
    found: list[tuple[list[Any], Any]] = []
    for key, route in router.routes.items():
        if found and isinstance(route, Symbolic) and route is found[-1][1]:
            found[-1][0].append(key)
        else:
            found.append(([key], route))
    return found


def _taken(node: Symbolic) -> list[Any]:
    """The values that a node's call takes."""
    match node:
        case LazyResult():
            values = [value for _, value in written_arguments(node)]
        case MappedLazyResult():
            values = [*node.bound, *node.iterables.values()]
            others = defaults_of(node.task)[len(node.bound) :]
            values += [default for name, default in others if name not in node.iterables]
        case _:
            return []
    return [*values, *node.policies.constraints.values()]


def postorder(roots: Iterable[Symbolic], needs: Needs | None = None) -> list[Symbolic]:
    """Every reachable node, each after what it waits for. A circle is a `CycleError` naming its tasks."""
    needs = Needs() if needs is None else needs
    done: dict[int, Symbolic] = {}
    active: dict[int, Symbolic] = {}
    stack: list[tuple[Symbolic, Iterator[Symbolic]]] = []
    for root in roots:
        if id(root) in done:
            continue
        active[id(root)] = root
        stack.append((root, iter(needs.all(root))))
        while stack:
            node, pending = stack[-1]
            for needed in pending:
                if id(needed) in active:
                    raise cycle([one for one, _ in stack], needed)
                if id(needed) not in done:
                    active[id(needed)] = needed
                    stack.append((needed, iter(needs.all(needed))))
                    break
            else:
                stack.pop()
                del active[id(node)]
                done[id(node)] = node
    return list(done.values())


def awaits(node: Symbolic, resources: Mapping[str, ResourceDefinition]) -> bool:
    """Whether computing this node itself (not what it waits for) has to be awaited."""
    if isinstance(node, Inject):
        return resource_awaits(node.name, resources)
    if not isinstance(node, LazyResult | MappedLazyResult):
        return False
    policies = node.policies
    if node.task.is_async or node.task.mode != "inline" or policies.timeout is not None:
        return True
    cache = policies.cache
    return cache is not None and any(inspect.iscoroutinefunction(method) for method in (cache.check, cache.save))


def resource_awaits(name: str, resources: Mapping[str, ResourceDefinition]) -> bool:
    """Whether a resource, or one that it injects, is async."""
    pending, seen = [name], set()
    while pending:
        current = pending.pop()
        definition = resources.get(current)
        if definition is None or current in seen:
            continue
        seen.add(current)
        if definition.is_async:
            return True
        pending.extend(definition.injects.values())
    return False
