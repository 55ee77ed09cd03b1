"""Walks a Blueprint: the other executor of the IR, with events, and the oracle of every test.

One walker serves sync and async Blueprints: it is a coroutine that never suspends where nothing awaits.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Call,
    Choose,
    Copy,
    Instruction,
    Literal,
    Missing,
    Object,
    Operand,
    Pack,
    ReadEnv,
    ReadParam,
    Register,
    Route,
    Skip,
    TaskRef,
)
from cascade_gen.runtime.errors import CascadeError
from cascade_gen.runtime.inputs import read_env, read_param
from cascade_gen.runtime.redirects import Redirect
from cascade_gen.runtime.results import misplaced, missing, no_route
from cascade_gen.runtime.sentinels import MISSING
from cascade_gen.runtime.workers import blocking, compute

from .calls import Caller

Values = dict[str, Any]
Handler = Callable[["Frame", Any], Coroutine[Any, Any, None]]


class Frame:
    """The registers of one walk, and what its instructions refer to."""

    __slots__ = ("blueprint", "caller", "deferred", "run", "tasks", "values")

    def __init__(self, blueprint: Blueprint, run: Any, values: Values) -> None:
        self.blueprint = blueprint
        self.run = run
        self.values = values
        self.deferred: dict[str, Any] = {}
        self.tasks: dict[str, TaskRef] = {task.key: task for task in blueprint.tasks}

    def read(self, operand: Operand) -> Any:
        """The value of an operand; containers are built anew."""
        kind = type(operand)
        if kind is Register:
            return self.values[operand.name]  # type: ignore[union-attr]
        if kind is Literal:
            return operand.value  # type: ignore[union-attr]
        if kind is Object:
            return self.blueprint.objects[operand.name]  # type: ignore[union-attr]
        assert isinstance(operand, Pack)
        return self._pack(operand)

    def _pack(self, pack: Pack) -> Any:
        items = [self.read(item) for item in pack.items]
        match pack.kind:
            case "list":
                return items
            case "tuple":
                return tuple(items)
            case "set":
                return set(items)
            case "frozenset":
                return frozenset(items)
            case "dict":
                return dict(zip(map(self.read, pack.keys), items, strict=True))
        assert pack.factory is not None
        return self.read(pack.factory)(*items)
