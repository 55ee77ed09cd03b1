"""Writes tasks that are called in the arguments of a tail call: in their place, as expressions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cascade_gen.bodies.fstrings import shown
from cascade_gen.bodies.rooms import NARROW, takes
from cascade_gen.bodies.ways import Direct
from cascade_gen.bodies.writer import Substitute, Writer

from . import nodes
from .expressions import format_expression
from .given import located, outside
from .movable import Movable
from .moving import Unchanged
from .places import LONGEST

if TYPE_CHECKING:
    from .function import Emitter


def direct_text(emitter: Emitter, caller: Movable, writer: Writer, call: Direct) -> str:
    """The text of a call: the task's body where that is an expression, else the call of its function."""
    return _text(emitter, caller, writer, call).text


def _text(emitter: Emitter, caller: Movable, writer: Writer, value: Direct | ast.expr) -> Substitute:
    if not isinstance(value, Direct):
        text = writer.expression(value)
        assert text is not None  # arguments of several lines are none that could be called in their place
        literal = None if text.isidentifier() else _literal(text)
        in_text = None if literal is None else shown(literal.value)
        return Substitute(text, text.isidentifier(), text.isidentifier() or literal is not None, in_text)
    given = [(keyword, _text(emitter, caller, writer, argument)) for keyword, argument in value.arguments]
    moved = _moved(emitter, value, given)
    if moved is not None:
        return moved
    arguments = (f"{keyword}={one.text}" if keyword else one.text for keyword, one in given)
    return Substitute(f"{emitter.direct(caller, value)}({', '.join(arguments)})", False)


def _moved(emitter: Emitter, call: Direct, given: list[tuple[str, Substitute]]) -> Substitute | None:
    """The task's body with the texts in the place of its parameters."""
    one = emitter.moves.other(call.task)
    if one is None or not one.is_expression or any(keyword for keyword, _ in given) or not one.body.is_simple:
        return None
    if len(given) != len(one.parameters) or isinstance(one.body.value, ast.Tuple):
        return None
    names = {name: text for name, (_, text) in zip(one.parameters, given, strict=True)}
    if not all(_can_stand(one, name, text) for name, text in names.items()):
        return None
    writer = Writer(one.body, names, outside(emitter, one), Unchanged())
    assert one.body.value is not None
    text = writer.expression(one.body.value)
    if text is None or len(text) > LONGEST:
        return None
    if text.isidentifier() or _literal(text) is not None:
        return Substitute(text, text.isidentifier())
    text, origin = format_expression(text), located(one, names, {})
    place = emitter.places.expression(text, origin, writer.origin(one.body.value))
    return Substitute(nodes.text_of(place), False, one.is_primary)


def _can_stand(one: Movable, name: str, text: Substitute) -> bool:
    """Whether a text can stand wherever a parameter does, and is evaluated when an argument would be."""
    uses = one.body.uses.get(name, [])
    if text.is_name:
        return text.text not in one.body.owned
    first = [first for first, anything in one.leading if anything]
    once = len(uses) == 1 and first == list(one.parameters)
    literal = _literal(text.text) if text.is_atom else None
    if literal is not None:
        return all(takes(use.room, literal.value) for use in uses)
    return once and all(use.room not in NARROW for use in uses)


def _literal(text: str) -> ast.Constant | None:
    """The literal that a text is, if it is one without a sign."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    return tree if isinstance(tree, ast.Constant) else None
