"""What the command line reads the inputs of a workflow as, by their annotations."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from cascade_gen.blueprint import Blueprint
from cascade_gen.lang import LazyResult, Task, Workflow
from cascade_gen.runtime.inputs import Kind, kind_of_text

from .annotations import evaluated
from .importable import importable

_LOOSE = (inspect.Parameter.empty, object, Any)
_PLAIN = (bool, int, float, str, list, dict, tuple, set, frozenset, Path)
_STARS = ("star", "stars")
_NOTHING: list[Any] = []
"""The kind of an enum that no saved module can name."""


class Named(NamedTuple):
    """A class, or a member of an enum, by the name that it has in a module."""

    module: str
    name: str


def input_kinds(workflow: Any) -> dict[str, Kind]:
    """What each parameter is read as: of a task, of the task of a call, and of a workflow function."""
    declared = workflow.task if isinstance(workflow, LazyResult) else workflow
    if not isinstance(declared, Task | Workflow):
        return {}
    read = _Reader(declared.func)
    return {name: read.kind(one.annotation) for name, one in declared.signature.parameters.items()}


def told_kinds(workflow: Any, blueprint: Blueprint) -> tuple[tuple[str, Kind], ...]:
    """The kinds that no annotation in a saved module tells, by input; what has to be imported is `Named`."""
    modules = [task.module for task in blueprint.tasks if task.module]
    known = input_kinds(workflow)
    found = []
    for one in blueprint.inputs:
        kind = known.get(one.name, object)
        if not one.param and one.kind not in _STARS and kind != kind_of_text(one.annotation):
            found.append((one.name, _told(kind, modules)))
    return tuple(found)


class _Reader:
    """Reads the annotations of one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def kind(self, annotation: Any) -> Kind:
        """What a text is read as by an annotation."""
        hint = evaluated(annotation, self._function)
        origin, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
        if origin is typing.Union or origin is types.UnionType:
            return self._several(parts)
        if origin is typing.Literal:
            return list(parts)
        if origin is typing.Annotated:
            return self.kind(parts[0])
        if any(origin is one for one in _LOOSE):
            return object
        if hint is None or hint is types.NoneType:
            return (None,)
        if isinstance(origin, typing.TypeVar):
            return self._variable(origin)
        if isinstance(origin, typing.NewType):
            return self.kind(origin.__supertype__)
        if isinstance(origin, getattr(typing, "TypeAliasType", ())):
            return self._alias(origin)
        if any(origin is one for one in _PLAIN) or (isinstance(origin, type) and issubclass(origin, Enum)):
            return origin
        name = getattr(origin, "__name__", None)
        return name if isinstance(name, str) else type(origin).__name__

    def _several(self, parts: Iterable[Any]) -> Kind:
        """The kinds of a union, and of unions in it."""
        found: list[Kind] = []
        for part in parts:
            kind = self.kind(part)
            found.extend(kind if type(kind) is tuple else [kind])
        return tuple(found)

    def _variable(self, variable: Any) -> Kind:
        """What any value of a type variable may be."""
        if variable.__constraints__:
            return self._several(variable.__constraints__)
        return object if variable.__bound__ is None else self.kind(variable.__bound__)

    def _alias(self, alias: Any) -> Kind:
        """What stands behind `type Name = ...`, which is evaluated when it is asked for."""
        try:
            return self.kind(alias.__value__)
        except Exception:
            return object


def _told(kind: Kind, modules: list[str]) -> Kind:
    """A kind with names in the place of what has to be imported."""
    if type(kind) is tuple:
        return tuple(_told(one, modules) for one in kind)
    if type(kind) is list:
        members = [_member(one, modules) if isinstance(one, Enum) else one for one in kind]
        return _NOTHING if None in members and None not in kind else members
    if not isinstance(kind, type) or kind.__module__ == "builtins":
        return kind
    place = importable(kind, modules)
    return _NOTHING if place is None else Named(*place)


def _member(member: Enum, modules: list[str]) -> Named | None:
    place = importable(type(member), modules)
    known = type(member).__members__.get(member.name) is member
    return Named(place[0], f"{place[1]}.{member.name}") if place is not None and known else None
