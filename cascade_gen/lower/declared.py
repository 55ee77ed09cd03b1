"""Which workflow functions have declared a graph: an edit of one makes another Blueprint."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any

from cascade_gen.blueprint import Blueprint
from cascade_gen.lang import Symbolic, Workflow
from cascade_gen.tasks.source import identity

from .importable import resolve


def declared_by(workflows: Iterable[Any], nodes: Iterable[Symbolic]) -> tuple[Workflow[..., Any], ...]:
    """The functions among `workflows`, and those whose lines have made the nodes, that can be imported by name."""
    found = {id(one): one for one in workflows if isinstance(one, Workflow) and _named(*_place(one)) is one}
    places = dict.fromkeys((node.origin[2], node.origin[0]) for node in nodes)
    for module, code in places:
        one = _named(module, code.co_qualname.partition(".<locals>")[0]) if isinstance(code, CodeType) else None
        if one is not None:
            found.setdefault(id(one), one)
    return tuple(found.values())


def declarations(blueprint: Blueprint) -> list[tuple[str, str]]:
    """Module and name of each workflow function that has declared a Blueprint, and the hash of its source."""
    functions = [one.func for one in blueprint.declared]
    return sorted((f"{one.__module__}:{one.__qualname__}", identity(one)) for one in functions)


def _place(workflow: Workflow[..., Any]) -> tuple[str, str]:
    return workflow.func.__module__, workflow.func.__qualname__


def _named(module: str, qualname: str) -> Workflow[..., Any] | None:
    one = resolve(module, qualname)
    return one if isinstance(one, Workflow) else None
