"""The shape of a graph met at run time: equal for graphs that differ only in their literals, which become inputs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from cascade_gen.lang import (
    Argument,
    Env,
    Governed,
    Inject,
    LazyResult,
    MappedLazyResult,
    Param,
    Policies,
    Router,
    Symbolic,
)
from cascade_gen.lang.symbolic import Origin
from cascade_gen.runtime.containers import holds_lazy, remade
from cascade_gen.runtime.sentinels import MISSING

from .graph import items_of, leaves, postorder
from .names import Namer


@dataclass(frozen=True, slots=True)
class Shape:
    """A graph without its literals: `key` tells shapes apart, `values` are the literals in a fixed order."""

    key: Hashable
    values: tuple[Any, ...]


def shape_of(workflow: Any) -> Shape:
    """The shape of a workflow and the literals that were in it."""
    reader = _Reader()
    nodes = postorder(leaves(workflow))
    reader.numbers = {id(node): number for number, node in enumerate(nodes)}
    key = (*[reader.node(node) for node in nodes], reader.value(workflow))
    return Shape(key, tuple(reader.values))


def generalised(workflow: Any) -> tuple[Any, list[Argument]]:
    """The workflow with every literal replaced by a symbolic argument, in the order of its shape's values."""
    writer = _Writer()
    for node in postorder(leaves(workflow)):
        writer.copies[id(node)] = writer.node(node)
    return writer.value(workflow, "value"), writer.arguments


class _Reader:
    """Describes nodes by their tasks, policies and structure, and collects the literals."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.values: list[Any] = []

    def node(self, node: Symbolic) -> Hashable:
        match node:
            case LazyResult():
                args = tuple(self.value(value) for value in node.args)
                kwargs = tuple((name, self.value(value)) for name, value in node.kwargs.items())
                return ("call", node.task, args, kwargs, self._policies(node))
            case MappedLazyResult():
                bound = tuple(self.value(value) for value in node.bound)
                items = tuple((name, self.value(value)) for name, value in node.iterables.items())
                return ("map", node.task, bound, items, self._policies(node))
            case Router():
                routes = tuple((type(key), key, self.value(route)) for key, route in node.routes.items())
                return ("router", self.value(node.selector), routes)
            case Param():
                return ("param", node.name, node.type, _Same(node.default))
            case Env():
                return ("env", node.name, node.type, _Same(node.default))
            case Inject():
                return ("inject", node.name)
        return ("leaf", _Same(node))

    def value(self, value: Any) -> Hashable:
        if isinstance(value, Symbolic):
            return self.numbers[id(value)]
        if not holds_lazy(value):
            self.values.append(value)
            return "value"
        keys = tuple((type(key), key) for key in value) if type(value) is dict else ()
        return (type(value), keys, tuple(self.value(item) for item in items_of(value)))

    def _policies(self, node: Governed) -> Hashable:
        policies = node._policies
        if policies is None:
            return None
        after = tuple(self.value(value) for value in policies.after)
        amounts = tuple((name, self.value(amount)) for name, amount in policies.constraints.items())
        condition = self.value(policies.condition) if policies.has_condition else MISSING
        jumps = _Same(policies.jumps)
        return (after, amounts, condition, policies.retry, _Same(policies.cache), policies.timeout, jumps)


class _Same:
    """Hashes and compares as the very object, and keeps it alive."""

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._thing is other._thing

    def __hash__(self) -> int:
        return id(self._thing)


class _Writer:
    """Copies nodes with arguments in the place of literals; visits them in the same order as `_Reader`."""

    def __init__(self) -> None:
        self.copies: dict[int, Symbolic] = {}
        self.arguments: list[Argument] = []
        self._names = Namer()

    def node(self, node: Symbolic) -> Symbolic:
        match node:
            case LazyResult():
                names = list(node.task.signature.parameters)
                hints = [*names[: len(node.args)], *[names[-1] if names else "value"] * len(node.args)]
                args = tuple(self.value(value, hint) for value, hint in zip(node.args, hints, strict=False))
                kwargs = {name: self.value(value, name) for name, value in node.kwargs.items()}
                values = node.task.bind(*args, **kwargs)
                call: LazyResult[Any] = LazyResult(node.task, args, kwargs, values, node.origin)
                call.of_instance = node.of_instance
                call._policies = self._policies(node)
                return call
            case MappedLazyResult():
                bound = tuple(self.value(value, "instance") for value in node.bound)
                items = {name: self.value(value, name) for name, value in node.iterables.items()}
                mapped: MappedLazyResult[Any] = MappedLazyResult(node.task, items, node.origin, bound)
                mapped._policies = self._policies(node)
                return mapped
            case Router():
                router = Router(self.value(node.selector, "selector"), {})
                router.routes = {key: self.value(route, "route") for key, route in node.routes.items()}
                router.origin = node.origin
                return router
        return node

    def value(self, value: Any, hint: str) -> Any:
        if isinstance(value, Symbolic):
            return self.copies[id(value)]
        if not holds_lazy(value):
            argument = Argument(self._names.name(hint), _nowhere(), literal=True)
            self.arguments.append(argument)
            return argument
        items = [self.value(item, hint) for item in items_of(value)]
        kind = type(value)
        if kind is dict:
            return dict(zip(value, items, strict=True))
        return remade(kind, items)

    def _policies(self, node: Governed) -> Policies | None:
        policies = node._policies
        if policies is None:
            return None
        copy = Policies()
        copy.after = tuple(self.value(value, "after") for value in policies.after)
        copy.constraints = {name: self.value(amount, name) for name, amount in policies.constraints.items()}
        if policies.has_condition:
            copy.condition = self.value(policies.condition, "condition")
        copy.retry, copy.cache, copy.timeout = policies.retry, policies.cache, policies.timeout
        copy.jumps = policies.jumps
        return copy


def _nowhere() -> Origin:
    """The origin of arguments that stand for literals: nobody wrote them."""
    return _nowhere.__code__, -1, __name__
