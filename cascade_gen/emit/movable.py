"""Which tasks of a module may move, under which names, and why the others are called."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import FunctionType
from typing import Any, NamedTuple

from cascade_gen.blueprint import (
    Blueprint,
    Call,
    Literal,
    Loop,
    Map,
    Operand,
    Parallel,
    TaskRef,
    Timeout,
    blocks,
    registers_of,
    walk,
)
from cascade_gen.bodies.body import Body
from cascade_gen.bodies.decided import decided
from cascade_gen.bodies.leading import leading
from cascade_gen.bodies.literal_tests import known_literals
from cascade_gen.bodies.reasons import movable_body
from cascade_gen.bodies.ways import Ways
from cascade_gen.bodies.writer import Substitute
from cascade_gen.lang import Task
from cascade_gen.lower.annotations import annotation_text
from cascade_gen.lower.importable import is_imported
from cascade_gen.runtime.errors import shown_path
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.names import Route, names_of
from cascade_gen.tasks.signatures import own_signature
from cascade_gen.tasks.source import plain_function

from . import nodes
from .formatted import form_of
from .places import LONGEST, Origin

SMALL = ("bool", "complex", "float", "int", "None")
"""Annotations of values that may stay for a while: nothing is won when they go."""

_FEW = 6
"""A body of so many statements may stand in several places; a longer one moves where it is called once."""


class _Outliving(NamedTuple):
    """The variables of a whole body that may keep something alive, and the tags of names that this rests on."""

    variables: list[str]
    tags: dict[Route, str]


_memo: CodeMemo[_Outliving] = CodeMemo()


@dataclass(frozen=True)
class Movable:
    """A task whose body may move: the function, its body, its parameters by name, and what its variables are called
    there."""

    ref: TaskRef
    task: Task[..., Any]
    function: FunctionType
    body: Body
    parameters: Mapping[str, inspect.Parameter]
    names: Mapping[str, str]
    origin: Origin
    literals: str = ""

    @cached_property
    def _decided(self) -> dict[str, Movable]:
        return {}

    def where(self, literals: Mapping[str, Any]) -> Movable:
        """The task with the tests in its body decided, where some parameters are known to be literals; `literals` of
        what comes out tells it from others."""
        if not self.body.is_decided_by(literals):
            return self
        key = repr(sorted(literals.items()))
        found = self._decided.get(key)
        if found is None:
            body = decided(self.body, literals)
            same = body is self.body or not body.bound  # what always fails is called
            found = self._decided[key] = self if same else replace(self, body=body, literals=key)
        return found

    @cached_property
    def ways(self) -> Ways:
        """What its returns give."""
        return Ways(self.body, self.function)

    @cached_property
    def signature(self) -> inspect.Signature:
        """The signature of the function itself."""
        return own_signature(self.task, self.function)

    @cached_property
    def leading(self) -> list[tuple[str, bool]]:
        """The parameters that an expression evaluates first, as `bodies.leading` says."""
        return leading(self.body)

    @cached_property
    def is_expression(self) -> bool:
        """Whether the body is one short expression that binds nothing."""
        value = self.body.value
        if value is None or self.body.rebound or value.lineno != value.end_lineno:
            return False
        text = self.body.text.of(value)
        outer = sum(one.owner == "outer" and one.name in self.function.__globals__ for one in self.body.names)
        prefix = len(self.origin.module.rpartition(".")[2]) + 2
        return (
            len(text) + outer * prefix <= LONGEST
            and text.isprintable()
            and len(self.body.local) == len(self.parameters)
        )

    @cached_property
    def kept(self) -> list[str]:
        """The variables of the body whose values would outlive it unless they are dropped, as Python drops them.

        What is annotated as a number may stay.
        """
        return [name for name in self._outliving() if not self._is_small(name)]

    def _is_small(self, name: str) -> bool:
        parameter = self.parameters.get(name)
        return parameter is not None and annotation_text(parameter.annotation) in SMALL

    def _outliving(self) -> list[str]:
        """Those of which it isn't proven that nothing is won when they go; of a whole body they are kept."""
        if self.literals:
            return self._unproven()
        known = _memo.get(self.function.__code__)
        if known is None or not names_of(self.function).still(known.tags):
            known = _memo.put(self.function.__code__, _Outliving(self._unproven(), self.ways.tags))
        return known.variables

    def _unproven(self) -> list[str]:
        code = self.function.__code__
        used = self.body.uses.keys() - self.body.passing
        order = dict.fromkeys((*code.co_varnames, *code.co_cellvars))
        return [name for name in order if name in used and not self.ways.settled.mortal(name)]

    @property
    def is_primary(self) -> bool:
        """Whether the body is an expression that needs no brackets as an operand or before a dot."""
        return isinstance(self.body.value, ast.Attribute | ast.Call | ast.List | ast.ListComp | ast.Subscript)

    def is_stable(self, names: Mapping[str, Substitute]) -> bool:
        """Whether the function's text is in black's form, with these texts in the place of its variables too."""
        form = form_of(self.function.__code__, self.body)
        inner = [names[name].text.isidentifier() for name in form.delicate if name in names]
        outer = [self._is_mere(name) for name in form.delicate if name not in names]
        return form.stable and not self.literals and all((*inner, *outer))

    def _is_mere(self, name: str) -> bool:
        """Whether a name that isn't a variable of the body stays a name: what a module has is read from there."""
        return name in self.body.owned or name not in self.function.__globals__

    def given(self, args: list[Operand], kwargs: dict[str, Operand]) -> dict[str, Any] | None:
        """The arguments by parameter, without defaults; None where they don't fit."""
        if not self.body.is_simple:
            try:
                return self.signature.bind(*args, **kwargs).arguments
            except TypeError:
                return None
        found: dict[str, Any] = dict(zip(self.parameters, args, strict=False))
        left = self.parameters.keys() - found.keys()
        if len(args) > len(self.parameters) or not left >= kwargs.keys():
            return None
        found.update(kwargs)
        missing = [self.parameters[name] for name in left if name not in kwargs]
        return None if any(one.default is one.empty for one in missing) else found


class Moves:
    """Which tasks of a module may move, and why the others are called."""

    def __init__(self, blueprint: Blueprint, inline: bool, taken: frozenset[str]) -> None:
        self.called: dict[str, str] = {}
        self._tasks: dict[str, Movable] = {}
        self._others: dict[int, Movable | None] = {}
        self._inline = inline
        self._taken = taken
        self._numbers: dict[str, int] = {}
        counts = Counter(one.task for one in walk(blueprint.body) if isinstance(one, Call))
        for ref in blueprint.tasks:
            body = _body_or_reason(blueprint, ref, inline, counts[ref.key], taken)
            if isinstance(body, Body):
                self._tasks[ref.key] = self._movable(ref, blueprint.bound_tasks[ref.key], body)
            else:
                self.called[ref.key] = body

    def _movable(self, ref: TaskRef, task: Task[..., Any], body: Body) -> Movable:
        function = plain_function(task.func)
        assert function is not None
        names = body.own_names if self._taken.isdisjoint(body.local) else self._free_names(body)
        file = shown_path(body.source.file, function.__module__ or "")
        origin = Origin(ref.name, function.__module__ or "", file)
        return Movable(ref, task, function, body, own_signature(task, function).parameters, names, origin)

    def _free_names(self, body: Body) -> dict[str, str]:
        """What the variables of a body are called where some of their names are taken."""
        avoided = set(body.words)
        names = {}
        for name in body.own_names:
            names[name] = self._free(name, avoided)
            avoided.add(names[name])
        return names

    def _free(self, name: str, avoided: set[str]) -> str:
        """The name, or it with the first number that makes it neither one that is taken nor one to be avoided."""
        if name not in self._taken:
            return name
        number = self._numbers.get(name, 2)
        while f"{name}_{number}" in self._taken:
            number += 1
        self._numbers[name] = number  # thousands of states may have a parameter of one name
        while f"{name}_{number}" in self._taken or f"{name}_{number}" in avoided:
            number += 1
        return f"{name}_{number}"

    def get(self, key: str) -> Movable | None:
        """The task of that key if its body may move."""
        return self._tasks.get(key)

    def at(self, call: Call) -> Movable | None:
        """The task of a call if its body may move, with the tests decided that the call gives literals to."""
        one = self._tasks.get(call.task)
        if one is None or not one.body.has_tests:
            return one
        if any(argument.stars for argument in call.arguments):
            return one
        args = [argument.value for argument in call.arguments if not argument.keyword]
        kwargs = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
        given = one.given(args, kwargs)
        return one if given is None else one.where(_literals(one, given))

    def other(self, task: Any) -> Movable | None:
        """A task that no instruction calls, if its body may move."""
        if id(task) not in self._others:
            module = task.func.__module__ or ""
            ref = TaskRef(task.name, task.name, module if is_imported(module) else "", "")
            body = _body_or_why(task.func, self._taken) if self._inline else ""
            self._others[id(task)] = self._movable(ref, task, body) if isinstance(body, Body) else None
        return self._others[id(task)]

    @property
    def names(self) -> set[str]:
        """Every name that moved bodies bind in the function, or in scopes of their own."""
        found: set[str] = set()
        for one in self._tasks.values():
            found.update(one.names.values(), one.body.owned)
        return found

    def reason(self, key: str) -> str:
        """Why a task is called, as far as that is known."""
        return self.called.get(key, "")

    def refuse(self, key: str, why: str) -> None:
        """Note why a task that might move is called somewhere all the same."""
        self.called.setdefault(key, why)


def _body_or_reason(
    blueprint: Blueprint, ref: TaskRef, inline: bool, count: int, taken: frozenset[str]
) -> Body | str:
    """The body of a task that may move, or why it is called."""
    if not inline:
        return "inline=False"
    if ref.mode != "inline":
        return "it runs in a worker thread" if ref.mode == "blocking" else "it runs in a process pool"
    task = blueprint.bound_tasks.get(ref.key)
    if task is None:
        return "its function isn't there"
    body = _body_or_why(task.func, taken)
    if isinstance(body, str):
        return body
    if body.unbound:
        return f"{min(body.unbound)!r} may have no value where it is read"
    if body.value is None and count > 1 and body.size > _FEW:
        return f"its body is long, and it is called in {count} places"
    return body


def _body_or_why(func: Any, taken: frozenset[str]) -> Body | str:
    """The body of a function that can move to where some names are taken, or why it can't."""
    body = movable_body(func)
    if isinstance(body, str):
        return body
    if not body.source.text.isascii() and nodes.RESERVED.search(body.source.text):
        return "its text has signs that are kept for generated code"
    clash = min(body.packages & taken, default="")
    return f"it imports a package as {clash!r}, which is the name of a value there" if clash else body


def _literals(one: Movable, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the parameters that are literals in a call."""
    found = {}
    for name, parameter in one.parameters.items():
        operand = given.get(name)
        if isinstance(operand, Literal):
            found[name] = operand.value
        elif name not in given and parameter.default is not parameter.empty:
            found[name] = parameter.default
    return known_literals(found)


def unread(blueprint: Blueprint, moves: Moves) -> Counter[str]:
    """How often a register is only given to a parameter that nobody reads, of a body that moves for sure."""
    found: Counter[str] = Counter()
    pending = [blueprint.body]
    while pending:
        for instruction in pending.pop():
            if isinstance(instruction, Call):
                found.update(_unread(instruction, moves.at(instruction)))
            elif not isinstance(instruction, Parallel | Map | Loop | Timeout):
                pending.extend(blocks(instruction))
    return found


def _unread(call: Call, one: Movable | None) -> list[str]:
    if one is None or any(argument.stars for argument in call.arguments):
        return []
    if not one.body.can_fall or one.parameters.keys() <= one.body.uses.keys():
        return []
    args = [argument.value for argument in call.arguments if not argument.keyword]
    kwargs = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    given = one.given(args, kwargs)
    if given is None:
        return []
    used = one.body.uses
    operands: list[Any] = []
    for name, value in given.items():
        if name not in used:
            kind = one.parameters[name].kind
            several = kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
            operands.extend((value.values() if isinstance(value, dict) else value) if several else [value])
    return [register.name for operand in operands for register in registers_of(operand)]
