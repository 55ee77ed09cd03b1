"""Writes tasks that are called in the arguments of a tail call: in their place, as expressions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cascade_gen.bodies.ways import Direct
from cascade_gen.bodies.writer import Substitute, Writer

from .movable import Movable
from .moving import Unchanged, outer
from .places import LONGEST

if TYPE_CHECKING:
    from .function import Emitter


def direct_text(emitter: Emitter, caller: Movable, writer: Writer, call: Direct) -> str | None:
    """The text of a call: the task's body where that is an expression, else the call of its function."""
    texts: list[tuple[str, str]] = []
    for keyword, value in call.arguments:
        text = direct_text(emitter, caller, writer, value) if isinstance(value, Direct) else writer.expression(value)
        if text is None:
            return None
        texts.append((keyword, text))
    moved = _moved(emitter, call, texts)
    if moved is not None:
        return moved
    function = emitter.direct(caller, call)
    return f"{function}({', '.join(f'{keyword}={text}' if keyword else text for keyword, text in texts)})"


def _moved(emitter: Emitter, call: Direct, texts: list[tuple[str, str]]) -> str | None:
    """The task's body with the texts in the place of its parameters."""
    one = emitter.moves.other(call.task)
    if one is None or one.body.value is None or any(keyword for keyword, _ in texts) or not one.is_simple:
        return None
    if len(texts) != len(one.parameters) or one.body.rebound:
        return None
    leading = {name for name, anything in one.leading if anything}
    names: dict[str, Substitute] = {}
    for name, (_, text) in zip(one.parameters, texts, strict=True):
        uses = one.uses.get(name, [])
        is_name, is_literal = text.isidentifier(), _is_literal(text)
        if not (is_name or is_literal or (len(uses) == 1 and len(leading) == len(one.parameters))):
            return None
        if (is_name and text in one.owned) or (not is_name and any(use.room == "name" for use in uses)):
            return None
        names[name] = Substitute(text, is_name, is_name or is_literal)
    text_ = Writer(one.body, names, outer(emitter, one), Unchanged()).expression(one.body.value)
    return (
        text_ if text_ is not None and len(text_) <= LONGEST and not isinstance(one.body.value, ast.Tuple) else None
    )


def _is_literal(text: str) -> bool:
    """Whether a text is a literal without a sign."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    return isinstance(tree, ast.Constant)
