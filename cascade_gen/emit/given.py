"""Says what the parameters of a body are given that moves to a call, and what stands for its variables there."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING

import libcst as cst

from cascade_gen.blueprint import Call, Literal, Object, Operand, Pack, Register
from cascade_gen.bodies.fstrings import shown
from cascade_gen.bodies.rooms import takes
from cascade_gen.bodies.writer import Substitute

from . import nodes
from .movable import Movable
from .nodes import Expression, Statement
from .places import Origin, described

if TYPE_CHECKING:
    from .function import Emitter

_LONGEST_LITERAL = 20

_named = lru_cache(maxsize=4096)(Substitute)
"""What stands for a variable, by its new name: the names of most bodies are those of others, too."""


def is_expression(emitter: Emitter, one: Movable, call: Call) -> bool:
    """Whether the body of a called task can stand as an expression, its arguments in the place of the parameters."""
    if one.body.value is None or not one.is_expression:
        return False
    bound = bind(emitter, one, call)
    return bound is not None and all(_can_stand(one, name, operand) for name, operand in bound.items())


def _can_stand(one: Movable, name: str, operand: Operand | Expression) -> bool:
    uses = one.body.uses.get(name)
    if not uses:
        return True
    if isinstance(operand, Register):
        return operand.name not in one.body.owned
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A body that moves to a call: what gives its parameters their values first, what stands for its variables, and
    what the first statement reads for the parameter that it binds anew."""

    one: Movable
    bound: Mapping[str, Operand | Expression]
    statements: list[Statement]
    names: dict[str, Substitute]
    first: dict[str, Substitute]

    def origin(self, names: Mapping[str, Substitute]) -> Origin:
        """Where the body comes from, with what its inputs are called."""
        return located(self.one, names, self.bound)


def prepared(emitter: Emitter, one: Movable, call: Call, target: str) -> Prepared | None:
    """What moves to a call whose value gets that target, if it gets any; None where the arguments don't bind."""
    bound = bind(emitter, one, call)
    if bound is None:
        return None
    statements: list[Statement] = []
    names = {name: _named(new) for name, new in one.names.items()}
    result = one.body.returned
    if target and target not in one.body.owned and not isinstance(bound.get(result), Pack):
        names.update({result: Substitute(target)} if result else {})
    first: dict[str, Substitute] = {}
    for name, operand in bound.items():
        new = substitute(emitter, one, name, operand)
        if new is not None:
            names[name] = new
        elif name == one.body.begins_with and (new := _read_first(emitter, one, operand)) is not None:
            first[name] = new
        else:
            value = operand if isinstance(operand, Expression) else emitter.read(operand)
            kind = ""
            if isinstance(operand, Pack):
                names[name] = Substitute(_word_of_its_own(emitter, one.names[name]))
                kind = operand.kind if not operand.items else ""
            statements.append(nodes.annotated(names[name].text, kind, value))
    return Prepared(one, bound, statements, names, first)


def _read_first(emitter: Emitter, one: Movable, operand: Operand | Expression) -> Substitute | None:
    """What the first statement of a body can read for the parameter that it binds anew; None where that has to be a
    variable."""
    if isinstance(operand, Register):
        there = operand.name not in one.body.owned and operand.name not in emitter.nested
        return Substitute(operand.name) if there else None
    if isinstance(operand, Literal):
        loads = [use for use in one.body.uses[one.body.begins_with] if not use.store]
        fits = _is_short(operand) and all(takes(use.room, operand.value) for use in loads)
        return Substitute(nodes.literal_text(operand.value), False, shown=shown(operand.value)) if fits else None
    return Substitute(nodes.text_of(emitter.object(operand.name))) if isinstance(operand, Object) else None


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
    task, module, file, _ = one.origin
    return Origin(task, module, file, described(inputs, types))


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


def substitute(emitter: Emitter, one: Movable, name: str, operand: Operand | Expression) -> Substitute | None:
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
        return None if operand.name in one.body.owned else Substitute(operand.name)
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
