"""What is taken along or left out as a whole: a statement, or a method or a task's decorator by itself."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from .facts import Facts
from .mentions import read_facts
from .sources import Module, Part


@dataclass(slots=True, eq=False)
class Unit:
    """A part of a statement that is taken along at once: `nodes` of `part`, and what they do.

    `method` is the name of the method that it is, "" for all else.
    """

    part: Part
    nodes: tuple[ast.AST, ...]
    facts: Facts
    method: str = ""

    @property
    def module(self) -> Module:
        """The module it is from."""
        return self.part.module


@dataclass(slots=True)
class Units:
    """The units of one statement: the `base`, `methods` that are taken along if something mentions their name,
    and the `decorator` that makes a function a task, for whom needs more than the function."""

    base: Unit
    methods: list[Unit] = field(default_factory=list)
    decorator: Unit | None = None


def units_of(part: Part, takes_apart: bool, task_decorator: ast.expr | None) -> Units:
    """The units of a statement; a class of Cascade's own is taken apart into methods where `takes_apart` says so."""
    if takes_apart:
        return _apart(part)
    module, node = part.module, part.node
    if task_decorator is not None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        bare = copy.copy(node)
        bare.decorator_list = [one for one in node.decorator_list if one is not task_decorator]
        facts = read_facts([bare], module.is_quiet, module.is_moved)
        decorator = Unit(part, (task_decorator,), read_facts([task_decorator], module.is_quiet, module.is_moved))
        return Units(Unit(part, (bare,), facts), [], decorator)
    return Units(Unit(part, (node,), part.facts))


@cache
def _apart(part: Part) -> Units:
    """The units of a class: methods by themselves, but for those that it takes for granted.

    Kept, since the modules of Cascade's own are the same for all files.
    """
    module, node = part.module, part.node
    assert isinstance(node, ast.ClassDef)
    loose = dict.fromkeys(_loose_methods(node))
    header = copy.copy(node)
    header.body = [one for one in node.body if one not in loose]
    methods = [
        Unit(part, (one,), read_facts([one], module.is_quiet, module.is_moved, node.name), one.name) for one in loose
    ]
    return Units(Unit(part, (header,), read_facts([header], module.is_quiet, module.is_moved)), methods)


def _loose_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The methods that nobody calls who doesn't mention their names."""
    named = {
        one.id
        for statement in node.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        for one in ast.walk(statement)
        if isinstance(one, ast.Name)
    }
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            special = one.name.startswith("__") and one.name.endswith("__")
            if not special and one.name not in named:
                yield one
