"""Moves the bodies of tasks to where they are called: as expressions where they are one, else as statements."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import (
    Blueprint,
    Call,
    Literal,
    Loop,
    Map,
    Object,
    Operand,
    Pack,
    Parallel,
    Register,
    TaskRef,
    Timeout,
    blocks,
    registers_of,
    walk,
)
from cascade_gen.bodies.body import Body, read_body
from cascade_gen.bodies.leading import leading
from cascade_gen.bodies.occurrences import Occurrence
from cascade_gen.bodies.reasons import why_called
from cascade_gen.bodies.shape import can_fall
from cascade_gen.bodies.ways import Ways
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.runtime.errors import shown_path
from cascade_gen.tasks.source import plain_function

from . import nodes
from .formatted import is_stable
from .nodes import Expression, Statement
from .places import LONGEST, Origin

if TYPE_CHECKING:
    from .function import Emitter

_LONGEST_LITERAL = 20
_SMALL = 6
"""A body of so many statements may stand in several places; a longer one moves where it is called once."""


@dataclass(frozen=True)
class Movable:
    """A task whose body may move: the function, its body, and the names of its variables there."""

    ref: TaskRef
    function: FunctionType
    body: Body
    names: Mapping[str, str]
    origin: Origin

    @cached_property
    def ways(self) -> Ways:
        """What its returns give."""
        return Ways(self.body, self.function)

    @cached_property
    def signature(self) -> inspect.Signature:
        """The signature of the function itself."""
        return inspect.signature(self.function, follow_wrapped=False)

    @cached_property
    def leading(self) -> list[tuple[str, bool]]:
        """The parameters that an expression evaluates first, as `bodies.leading` says."""
        return leading(self.body)

    @cached_property
    def uses(self) -> dict[str, list[Occurrence]]:
        """Where each variable stands in the body."""
        found: dict[str, list[Occurrence]] = {}
        for one in self.body.names:
            if one.owner == "local":
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of the function by name."""
        return self.signature.parameters

    @cached_property
    def can_fall(self) -> bool:
        """Whether every `return` can stand at the end of all around it."""
        return can_fall(self.body.statements, lambda node: True)

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

    def is_stable(self) -> bool:
        """Whether the function's text is in black's form."""
        return is_stable(self.function.__code__, self.body.source.text)

    @cached_property
    def is_simple(self) -> bool:
        """Whether every parameter takes one argument, by position or by name."""
        return all(one.kind is one.POSITIONAL_OR_KEYWORD for one in self.parameters.values())

    @cached_property
    def owned(self) -> frozenset[str]:
        """The names that lambdas and comprehensions in it own."""
        return frozenset(name for scope in self.body.scope.inner for inner in scope.walk() for name in inner.bindings)


class Moves:
    """Which tasks of a module may move, and why the others are called."""

    def __init__(self, blueprint: Blueprint, inline: bool, taken: frozenset[str]) -> None:
        self.called: dict[str, str] = {}
        self.moved: Counter[str] = Counter()
        self._tasks: dict[str, Movable] = {}
        self._others: dict[int, Movable | None] = {}
        self._inline = inline
        self._taken = taken
        counts = Counter(one.task for one in walk(blueprint.body) if isinstance(one, Call))
        for ref in blueprint.tasks:
            why = _why_not(blueprint, ref, inline, counts[ref.key])
            if why:
                self.called[ref.key] = why
            else:
                self._tasks[ref.key] = _movable(ref, blueprint.bound_tasks[ref.key].func, taken)

    def get(self, key: str) -> Movable | None:
        """The task of that key if its body may move."""
        return self._tasks.get(key)

    def other(self, task: Any) -> Movable | None:
        """A task that no instruction calls, if its body may move."""
        if id(task) not in self._others:
            ref = TaskRef(task.name, task.name, task.func.__module__ or "", "")
            movable = self._inline and not why_called(task.func)
            self._others[id(task)] = _movable(ref, task.func, self._taken) if movable else None
        return self._others[id(task)]

    @property
    def names(self) -> set[str]:
        """Every name that moved bodies bind in the function, or in scopes of their own."""
        found: set[str] = set()
        for one in self._tasks.values():
            found.update(one.names.values(), one.owned)
        return found

    def reason(self, key: str) -> str:
        """Why a task is called, as far as that is known."""
        return self.called.get(key, "")

    def refuse(self, key: str, why: str) -> None:
        """Note why a task that might move is called somewhere all the same."""
        self.called.setdefault(key, why)


def _why_not(blueprint: Blueprint, ref: TaskRef, inline: bool, count: int) -> str:
    if not inline:
        return "inline=False"
    if ref.mode != "inline":
        return "it runs in a worker thread" if ref.mode == "blocking" else "it runs in a process pool"
    task = blueprint.bound_tasks.get(ref.key)
    if task is None:
        return "its function isn't there"
    why = why_called(task.func)
    if why:
        return why
    body = read_body(task.func)
    assert isinstance(body, Body)
    if body.unbound:
        return f"{min(body.unbound)!r} may have no value where it is read"
    if body.value is None and count > 1 and body.size > _SMALL:
        return f"its body is long, and it is called in {count} places"
    return ""


def _movable(ref: TaskRef, func: Any, taken: frozenset[str]) -> Movable:
    function, body = plain_function(func), read_body(func)
    assert function is not None and isinstance(body, Body)
    avoided = {one.name for one in body.names} | {name for scope in body.scope.walk() for name in scope.bindings}
    names = {}
    for name in sorted(body.local):
        new, number = name, 1
        while new in taken or (new != name and new in avoided):
            number += 1
            new = f"{name}_{number}"
        avoided.add(new)
        names[name] = new
    file = shown_path(body.source.file, function.__module__ or "")
    origin = Origin(ref.name, function.__module__ or "", file)
    return Movable(ref, function, body, names, origin)


def unread(blueprint: Blueprint, moves: Moves) -> Counter[str]:
    """How often a register is only given to a parameter that nobody reads, of a body that moves for sure."""
    found: Counter[str] = Counter()
    pending = [blueprint.body]
    while pending:
        for instruction in pending.pop():
            if isinstance(instruction, Call):
                found.update(_unread(instruction, moves.get(instruction.task)))
            elif not isinstance(instruction, Parallel | Map | Loop | Timeout):
                pending.extend(blocks(instruction))
    return found


def _unread(call: Call, one: Movable | None) -> list[str]:
    if one is None or one.is_expression or any(argument.stars for argument in call.arguments):
        return []
    if not one.can_fall:
        return []
    args = [argument.value for argument in call.arguments if not argument.keyword]
    kwargs = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    try:
        given = one.signature.bind(*args, **kwargs).arguments
    except TypeError:
        return []
    used = one.uses
    operands: list[Any] = []
    for name, value in given.items():
        if name not in used:
            kind = one.signature.parameters[name].kind
            several = kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
            operands.extend((value.values() if isinstance(value, dict) else value) if several else [value])
    return [register.name for operand in operands for register in registers_of(operand)]


# calls of tasks that are no roots of loops


class _Store:
    """Ways out that store the value, if there is a target, and go on behind the body."""

    def __init__(self, target: str) -> None:
        self._target = target

    def keeps(self, node: ast.Return) -> bool:
        return False

    def falls(self, node: ast.Return) -> bool:
        return True

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        if not self._target:
            trivial = node.value is None or isinstance(node.value, ast.Constant | ast.Name)
            return [] if trivial or node.value is None else writer.statement(node, node.value)
        if node.value is None:
            return [Line(f"{self._target} = None", 0, writer.origin(node))]
        return writer.statement(node, f"{self._target} = ", node.value)


class Unchanged:
    """Ways out that end the function around as well."""

    def keeps(self, node: ast.Return) -> bool:
        return True

    def falls(self, node: ast.Return) -> bool:
        return False

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        raise AssertionError(node)


def is_expression(emitter: Emitter, one: Movable, call: Call) -> bool:
    """Whether the body of a called task can stand as an expression, its arguments in the place of the parameters."""
    if not one.is_expression:
        return False
    bound = bind(emitter, one, call)
    return bound is not None and all(_can_stand(one, name, operand) for name, operand in bound.items())


def _can_stand(one: Movable, name: str, operand: Operand | Expression) -> bool:
    uses = one.uses.get(name)
    if not uses:
        return True
    if isinstance(operand, Register):
        return operand.name not in one.owned
    if isinstance(operand, Literal):
        return _is_short(operand) and all(use.room != "name" for use in uses)
    return not isinstance(operand, Pack)


def _is_short(literal: Literal) -> bool:
    return len(repr(literal.value)) <= _LONGEST_LITERAL


def moved_expression(emitter: Emitter, call: Call) -> Expression | None:
    """The body of the called task as an expression, or None where it takes statements or stays."""
    one = emitter.moves.get(call.task)
    if one is None or one.body.value is None or not is_expression(emitter, one, call):
        return None
    bound = bind(emitter, one, call)
    assert bound is not None
    names: dict[str, Substitute] = {}
    for name, operand in bound.items():
        new = _substitute(emitter, one, name, operand)
        assert new is not None
        names[name] = new
    writer = Writer(one.body, names, outer(emitter, one), Unchanged())
    text = writer.expression(one.body.value)
    assert text is not None
    if isinstance(one.body.value, ast.Tuple | ast.NamedExpr | ast.Starred) and not text.startswith("("):
        text = f"({text})"
    emitter.moves.moved[call.task] += 1
    return emitter.places.expression(text, one.origin, writer.origin(one.body.value))


def moved_statements(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task, its value stored in the target; None where it stays."""
    one = emitter.moves.get(call.task)
    if one is None:
        return None
    if not one.can_fall:
        emitter.moves.refuse(call.task, "it returns from within a loop or a try")
        return None
    before = _prepared(emitter, one, call)
    if before is None:
        return None
    statements, names = before
    target = call.target.name if call.checked or emitter.is_read(call.target) else ""
    writer = Writer(one.body, names, outer(emitter, one), _Store(target))
    lines = writer.lines()
    if target and not one.body.ends:
        lines = [Line(f"{target} = None", 0, one.body.source.line), *lines]
    dropped = [name for name in kept(one) if names[name].text == one.names[name]]
    bound = frozenset.intersection(*one.body.bound.values())
    lines.extend(drop_lines([(names[name].text, name in bound) for name in dropped], 0, lines[-1].origin))
    emitter.moves.moved[call.task] += 1
    return [*statements, emitter.places.body(lines, one.origin, emitter.blueprint.is_async, one.is_stable)]


def kept(one: Movable) -> list[str]:
    """The variables of a body whose values would outlive it unless they are dropped, as Python drops them."""
    used = one.uses.keys() - one.body.passing
    code = one.function.__code__
    order = dict.fromkeys((*code.co_varnames, *code.co_cellvars))
    return [name for name in order if name in used and not one.ways.settled.mortal(name)]


def drop_lines(words: list[tuple[str, bool]], indent: int, origin: int) -> list[Line]:
    """What drops the values of variables, in this order; each comes with whether it surely has one."""
    sure = [word for word, bound in words if bound]
    other = [word for word, bound in words if not bound]
    found = [Line(f"del {', '.join(sure)}", indent, origin)] if sure else []
    return [*found, Line(" = ".join([*other, "None"]), indent, origin)] if other else found


def moved_tail(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task where its value ends the function: its returns stay."""
    one = emitter.moves.get(call.task)
    if one is None:
        return None
    before = _prepared(emitter, one, call)
    if before is None:
        return None
    statements, names = before
    lines = Writer(one.body, names, outer(emitter, one), Unchanged()).lines()
    if not one.body.ends:
        lines.append(Line("return None", 0, lines[-1].origin))
    emitter.moves.moved[call.task] += 1
    return [*statements, emitter.places.body(lines, one.origin, emitter.blueprint.is_async, one.is_stable)]


def _prepared(emitter: Emitter, one: Movable, call: Call) -> tuple[list[Statement], dict[str, Substitute]] | None:
    """What gives the parameters their values first, and what stands for the variables."""
    bound = bind(emitter, one, call)
    if bound is None:
        return None
    statements: list[Statement] = []
    names = {name: Substitute(new) for name, new in one.names.items()}
    for name, operand in bound.items():
        new = _substitute(emitter, one, name, operand)
        if new is not None:
            names[name] = new
        else:
            value = operand if isinstance(operand, Expression) else emitter.read(operand)
            statements.append(nodes.assign(one.names[name], value))
    return statements, names


def bind(emitter: Emitter, one: Movable, call: Call) -> dict[str, Operand | Expression] | None:
    """What each parameter is given, or None where that shows only in the call."""
    if any(argument.stars for argument in call.arguments):
        emitter.moves.refuse(call.task, "it is called with arguments that are spread")
        return None
    args = [argument.value for argument in call.arguments if not argument.keyword]
    kwargs = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    if one.is_simple and not kwargs and len(args) == len(one.parameters):
        return dict(zip(one.parameters, args, strict=True))
    try:
        given = one.signature.bind(*args, **kwargs).arguments
    except TypeError:
        return None
    found: dict[str, Operand | Expression] = {}
    for name, parameter in one.parameters.items():
        value = given.get(name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            found[name] = Pack("tuple", tuple(value or ()))
        elif parameter.kind is parameter.VAR_KEYWORD:
            words = value or {}
            found[name] = Pack("dict", tuple(words.values()), tuple(Literal(word) for word in words))
        elif name in given:
            found[name] = given[name]
        else:
            found[name] = default(emitter, one, parameter)
    return found


def default(emitter: Emitter, one: Movable, parameter: inspect.Parameter) -> Operand | Expression:
    """The default value of a parameter: a literal where it is one, else the function's very object."""
    value = parameter.default
    if value is None or type(value) in (bool, int, str):
        return Literal(value)
    return emitter.default(one.ref.key, parameter.name)


def _substitute(emitter: Emitter, one: Movable, name: str, operand: Operand | Expression) -> Substitute | None:
    """What can stand for a parameter all over the body; None where it has to be a variable."""
    uses = one.uses.get(name)
    if not uses:
        return Substitute(name)
    if name in one.body.rebound:
        return None
    if isinstance(operand, Register):
        nested = emitter.nested.pop(operand.name, None)
        if nested is not None:
            return Substitute(nodes.text_of(nested), False, False)
        return None if operand.name in one.owned else Substitute(operand.name)
    if isinstance(operand, Object) or not isinstance(operand, Operand):
        text = nodes.text_of(operand if isinstance(operand, Expression) else emitter.object(operand.name))
        return Substitute(text)
    if isinstance(operand, Literal) and all(use.room != "name" for use in uses):
        text = nodes.text_of(nodes.literal(operand.value))
        return Substitute(text, False, not text.startswith("-")) if _is_short(operand) else None
    return None


def outer(emitter: Emitter, one: Movable) -> Any:
    """Gives the text of a name from outside: of the module by its module, a builtin by its name."""

    def text(name: str) -> str:
        if name in one.function.__globals__:
            return f"{emitter.module_of(one)}.{name}"
        return emitter.names.builtin(name)

    return text
