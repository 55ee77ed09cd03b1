"""The values that a Blueprint passes as the very objects given: what the text that makes them again rests on."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Iterable, Sequence
from enum import Enum
from types import FunctionType
from typing import Any

from cascade_gen.blueprint import Blueprint, Cached, walk
from cascade_gen.bodies.digest import Facts, class_names
from cascade_gen.lower.importable import defaults_of, importable, own_modules
from cascade_gen.lower.made_caches import making
from cascade_gen.lower.made_values import Made, made_value
from cascade_gen.runtime.containers import is_container

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_DEEPEST = 20
_UNTOLD = ("untold",)
"""Stands for what no text can make again."""


def object_facts(blueprint: Blueprint) -> Facts:
    """What is told of the objects of a Blueprint and of the policies that cache; see `cascade_gen.bodies.digest`."""
    modules = own_modules(blueprint)
    given = defaults_of(blueprint.bound_tasks) if blueprint.objects else {}
    objects = tuple(
        (*_object_facts(name, value, modules), given.get(id(value))) for name, value in blueprint.objects.items()
    )
    policies = tuple(
        (one.policy.name, *_awaited(blueprint.objects[one.policy.name]))
        for one in walk(blueprint.body)
        if isinstance(one, Cached)
    )
    return objects, policies


def is_told(blueprint: Blueprint, name: str) -> bool:
    """Whether the facts of an object tell all that a text may say of it."""
    return not _has_untold(_form(blueprint.objects[name], own_modules(blueprint)))


def _object_facts(name: str, value: Any, modules: Sequence[str]) -> Facts:
    place = importable(value, modules)
    is_builtin = isinstance(value, type) and vars(builtins).get(value.__name__) is value
    return name, place, is_builtin, _form(value, modules) if place is None else _outline(value)


def _awaited(policy: Any) -> tuple[bool, bool]:
    """Whether checking and saving of a policy have to be awaited."""
    return inspect.iscoroutinefunction(policy.check), inspect.iscoroutinefunction(policy.save)


def _outline(value: Any) -> Facts:
    """Of a value that is imported: what tells the type of a container."""
    if type(value) not in (list, dict, set, frozenset):
        return ()
    items = value.values() if type(value) is dict else value
    return type(value).__name__, not value, any(is_container(item) and not item for item in items)


def _form(value: Any, modules: Sequence[str]) -> Facts:
    """A value as the text may show it: its class and its parts, down to what has a name or isn't shown."""
    return _Forms(modules).of(value)


class _Forms:
    """Forms of one value and of what it holds."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._instances: set[int] = set()

    def of(self, value: Any, depth: int = 0) -> Facts:
        kind = type(value)
        if kind is int:
            return "int", hex(value)  # which has no limit of digits
        if kind in _PLAIN:
            return kind.__name__, value if kind in (str, bytes) else repr(value)
        if isinstance(value, type | FunctionType):
            return "named", importable(value, self._modules) or _UNTOLD
        told: Facts = (class_names(kind), importable(kind, ()))
        if depth > _DEEPEST:
            return *told, _UNTOLD
        if isinstance(value, Enum):
            return *told, value.name if kind.__members__.get(value.name) is value else _UNTOLD
        if is_container(value):
            return *told, *self._container(value, depth)
        place = importable(value, self._modules)
        made = (making(value) if depth == 0 else None) or made_value(value)
        if made is None or id(value) in self._instances:
            return *told, place or _UNTOLD
        if isinstance(made, Made) and made.is_instance:
            self._instances.add(id(value))
        return *told, place, tuple(made.kwargs), *self._all((*made.args, *made.kwargs.values()), depth)

    def _container(self, value: Any, depth: int) -> Facts:
        parts = self._all(value.values() if type(value) is dict else value, depth)
        if isinstance(value, set | frozenset):
            parts = tuple(sorted(parts, key=repr))
        return self._all(value, depth) if type(value) is dict else (), parts

    def _all(self, values: Iterable[Any], depth: int) -> Facts:
        return tuple(self.of(value, depth + 1) for value in values)


def _has_untold(form: Facts) -> bool:
    return any(part is _UNTOLD or (isinstance(part, tuple) and _has_untold(part)) for part in form)
