"""Moves the bodies of tasks to where they are called: as expressions where they are one, else as statements."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from functools import partial
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, Any

import libcst as cst

from cascade_gen.blueprint import Call, Literal, Object, Operand, Pack, Register
from cascade_gen.bodies.fstrings import shown
from cascade_gen.bodies.rooms import takes
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.lower.annotations import annotation_text
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.plain import Variables

from . import nodes
from .expressions import format_expression
from .movable import Movable
from .nodes import Expression, Statement
from .places import Origin, described

if TYPE_CHECKING:
    from .function import Emitter

_LONGEST_LITERAL = 20
_MOST_KEPT = 32
_SMALL = ("bool", "complex", "float", "int", "None")


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
        if writer.expression(node.value) == self._target:
            return []
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
    uses = one.body.uses.get(name)
    if not uses:
        return True
    if isinstance(operand, Register):
        return operand.name not in one.owned
    if isinstance(operand, Literal):
        return _is_short(operand) and all(takes(use.room, operand.value) for use in uses)
    return not isinstance(operand, Pack) or _stands_once(one, name, operand)


def _stands_once(one: Movable, name: str, operand: Pack) -> bool:
    """Whether a short container may stand for a parameter: where it is evaluated once, before anything else."""
    return _width(operand) <= _LONGEST_LITERAL and any(name == first for first, _ in one.leading)


def _width(operand: Operand) -> int:
    """About how wide the text of an operand is."""
    if isinstance(operand, Pack):
        return 4 + sum(2 + _width(one) for one in (*operand.keys, *operand.items))
    return len(operand.name) + 1 if isinstance(operand, Register | Object) else len(repr(operand.value))


def _is_short(literal: Literal) -> bool:
    return len(repr(literal.value)) <= _LONGEST_LITERAL


def moved_expression(emitter: Emitter, call: Call) -> Expression | None:
    """The body of the called task as an expression, or None where it takes statements or stays."""
    one = emitter.moves.at(call)
    if one is None or one.body.value is None or not is_expression(emitter, one, call):
        return None
    bound = bind(emitter, one, call)
    assert bound is not None
    names: dict[str, Substitute] = {}
    for name, operand in bound.items():
        new = _substitute(emitter, one, name, operand)
        assert new is not None
        names[name] = new
    writer = Writer(one.body, names, outside(emitter, one), Unchanged())
    text = writer.expression(one.body.value)
    assert text is not None
    if isinstance(one.body.value, ast.Tuple | ast.NamedExpr | ast.Starred) and not text.startswith("("):
        text = f"({text})"
    text = format_expression(text)
    found = emitter.places.expression(text, located(one, names, bound), writer.origin(one.body.value))
    if one.is_primary:
        emitter.places.primaries.add(nodes.text_of(found))
    return found


def moved_statements(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task, its value stored in the target; None where it stays."""
    one = emitter.moves.at(call)
    if one is None:
        return None
    if not one.body.can_fall:
        emitter.moves.refuse(call.task, "it returns from within a loop or a try")
        return None
    before = _prepared(emitter, one, call)
    if before is None:
        return None
    statements, names, origin = before
    target = call.target.name if call.checked or emitter.is_read(call.target) else ""
    result = _returned(one)
    if target and result and target not in one.owned:
        names[result] = Substitute(target)
    lines = _stored(one, names, outside(emitter, one), target)
    if target and not one.body.ends:
        lines = [Line(f"{target} = None", 0, one.body.source.line), *without_pass(lines)]
    own = emitter.packed.union(one.names.values()) - {target}
    dropped = [name for name in kept(one) if names[name].text in own]
    _begin(emitter, one, call, names, target)
    bound = frozenset.intersection(*one.body.bound.values())
    lines.extend(drop_lines([(names[name].text, name in bound) for name in dropped], 0, lines[-1].origin))
    stable = partial(one.is_stable, names)
    return [*statements, emitter.places.body(lines, origin, emitter.blueprint.is_async, stable)]


def _begin(emitter: Emitter, one: Movable, call: Call, names: dict[str, Substitute], target: str) -> None:
    """Note the variables in which a body leaves something when it fails, for who tries it again.

    The value that it gives is among them where a `with` or a `finally` may fail behind it.
    """
    own = emitter.packed.union(one.names.values(), [target])
    emitter.begun.update((names[name].text, None) for name in kept(one) if names[name].text in own)
    if target and one.body.depth and not is_small(call.target):
        emitter.begun[target] = None


_written: CodeMemo[dict[Any, list[Line]]] = CodeMemo()


def _stored(one: Movable, names: dict[str, Substitute], outside: dict[str, str], target: str) -> list[Line]:
    """The lines of a body that stores its value; kept, since another workflow of its task mostly has the same."""
    kept = _written.get(one.function.__code__) or _written.put(one.function.__code__, {})
    key = target, one.literals, tuple(names.items()), tuple(outside.items())
    lines = kept.get(key)
    if lines is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        lines = kept[key] = Writer(one.body, names, outside, _Store(target)).lines()
    return [*lines]


def _returned(one: Movable) -> str:
    """The variable of a body's own that every way out gives, or nothing: it may be the target from the start.

    What a `finally` does comes behind the value that is returned.
    """
    if one.body.has_finally:
        return ""
    values = {node.value.id if isinstance(node.value, ast.Name) else "" for node in one.body.returns}
    name = values.pop() if len(values) == 1 and one.body.ends else ""
    return name if name in one.body.local - one.body.packages and name not in one.parameters else ""


def is_small(register: Register) -> bool:
    """Whether a value is annotated as one that may stay for a while: nothing is won when it goes."""
    return register.type in _SMALL


_kept: CodeMemo[tuple[Variables, list[str]]] = CodeMemo()


def kept(one: Movable) -> list[str]:
    """The variables of a body whose values would outlive it unless they are dropped, as Python drops them.

    What is annotated as a number may stay.
    """
    given = one.parameters.items()
    small = {name for name, parameter in given if annotation_text(parameter.annotation) in _SMALL}
    return [name for name in _outliving(one) if name not in small]


def _outliving(one: Movable) -> list[str]:
    """Those of which it isn't proven that nothing is won when they go; of a whole body they are kept."""
    code = one.function.__code__
    known = None if one.literals else _kept.get(code)
    if known is not None and known[0] is one.ways.variables:
        return known[1]
    used = one.body.uses.keys() - one.body.passing
    order = dict.fromkeys((*code.co_varnames, *code.co_cellvars))
    names = [name for name in order if name in used and not one.ways.settled.mortal(name)]
    return names if one.literals else _kept.put(code, (one.ways.variables, names))[1]


def drop_lines(words: list[tuple[str, bool]], indent: int, origin: int) -> list[Line]:
    """What drops the values of variables, in this order; each comes with whether it surely has one."""
    found = []
    for sure, group in groupby(words, key=lambda pair: pair[1]):
        row = [word for word, _ in group]
        found.append(Line(f"del {', '.join(row)}" if sure else " = ".join([*row, "None"]), indent, origin))
    return found


def without_pass(lines: list[Line]) -> list[Line]:
    """The lines without a `pass` that others make needless."""
    return [one for one in lines if one.frozen or one.indent or one.text != "pass"]


def moved_tail(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task where its value ends the function: its returns stay."""
    one = emitter.moves.at(call)
    if one is None:
        return None
    before = _prepared(emitter, one, call)
    if before is None:
        return None
    statements, names, origin = before
    _begin(emitter, one, call, names, "")
    lines = Writer(one.body, names, outside(emitter, one), Unchanged()).lines()
    if not one.body.ends:
        lines.append(Line("return None", 0, lines[-1].origin))
    stable = partial(one.is_stable, names)
    return [*statements, emitter.places.body(lines, origin, emitter.blueprint.is_async, stable)]


def _prepared(
    emitter: Emitter, one: Movable, call: Call
) -> tuple[list[Statement], dict[str, Substitute], Origin] | None:
    """What gives the parameters their values first, what stands for the variables, and where all comes from."""
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
            kind = ""
            if isinstance(operand, Pack):
                names[name] = Substitute(_word_of_its_own(emitter, one.names[name]))
                kind = operand.kind if not operand.items else ""
            statements.append(nodes.annotated(names[name].text, kind, value))
    return statements, names, located(one, names, bound)


def located(one: Movable, names: Mapping[str, Substitute], bound: Mapping[str, Operand | Expression]) -> Origin:
    """Where a moved body comes from, with what its inputs are called where it has moved to."""
    inputs = {}
    types = {name: type(value.value).__name__ for name, value in bound.items() if isinstance(value, Literal)}
    for name in one.parameters:
        operand = bound.get(name)
        if name in one.body.uses:
            inputs[name] = names[name].text
        elif isinstance(operand, Register):
            inputs[name] = operand.name
        elif name in types:
            inputs[name] = ""
    return one.origin._replace(inputs=described(inputs, types))


def _word_of_its_own(emitter: Emitter, word: str) -> str:
    """A variable for a container; each has its own, since type checkers keep them apart."""
    if word in emitter.packed:
        word = emitter.names.local(word)
    emitter.packed.add(word)
    return word


def bind(emitter: Emitter, one: Movable, call: Call) -> dict[str, Operand | Expression] | None:
    """What each parameter is given, or None where that shows only in the call."""
    if any(argument.stars for argument in call.arguments):
        emitter.moves.refuse(call.task, "it is called with arguments that are spread")
        return None
    args = [argument.value for argument in call.arguments if not argument.keyword]
    kwargs = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    given = one.given(args, kwargs)
    if given is None:
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
        elif name in one.body.uses or _is_literal(parameter.default):  # else nobody asks for it
            found[name] = default(emitter, one, parameter)
    return found


def default(emitter: Emitter, one: Movable, parameter: inspect.Parameter) -> Operand | Expression:
    """The default value of a parameter: a literal where it is one, else the function's very object."""
    value = parameter.default
    return Literal(value) if _is_literal(value) else emitter.default(one.ref.key, parameter.name)


def _is_literal(value: object) -> bool:
    """Whether a default value is written as a literal."""
    return value is None or type(value) in (bool, int, str, bytes) or (type(value) is float and isfinite(value))


def _substitute(emitter: Emitter, one: Movable, name: str, operand: Operand | Expression) -> Substitute | None:
    """What can stand for a parameter all over the body; None where it has to be a variable."""
    uses = one.body.uses.get(name)
    if not uses or name in one.body.unasked:
        return Substitute(one.names[name])
    if name in one.body.rebound:
        return None
    if isinstance(operand, Register):
        nested = emitter.nested.pop(operand.name, None)
        if nested is not None:
            text = nodes.text_of(nested)
            return Substitute(text, False, isinstance(nested, cst.Call) or text in emitter.places.primaries)
        return None if operand.name in one.owned else Substitute(operand.name)
    if isinstance(operand, Object) or not isinstance(operand, Operand):
        text = nodes.text_of(operand if isinstance(operand, Expression) else emitter.object(operand.name))
        return Substitute(text)
    if isinstance(operand, Literal) and all(takes(use.room, operand.value) for use in uses):
        text = nodes.literal_text(operand.value)
        return Substitute(text, False, shown=shown(operand.value)) if _is_short(operand) else None
    if isinstance(operand, Pack) and one.is_expression and _stands_once(one, name, operand):
        return Substitute(nodes.text_of(emitter.read(operand)), False)
    return None


def outside(emitter: Emitter, one: Movable) -> dict[str, str]:
    """The text of each name from outside: one of the module by its module, a builtin by its name."""
    members = one.function.__globals__
    return {
        name: f"{emitter.module_of(one)}.{name}" if name in members else emitter.names.builtin(name)
        for name in one.body.outside
    }
