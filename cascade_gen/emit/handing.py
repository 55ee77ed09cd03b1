"""Says which variables of a round may be the inputs that they are handed on to: those bound right before.

lower = offer * 0.9                        offer = offer * 0.9
return tail(buyer, offer=lower)
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from cascade_gen.bodies.handed import handed_on
from cascade_gen.bodies.ways import Again, Direct, Leap, is_quiet
from cascade_gen.bodies.writer import Substitute

from . import nodes
from .course import Course
from .gotos import Goto, Round
from .nodes import Expression


def handed_words(course: Course, one: Round, names: Mapping[str, Substitute]) -> dict[str, str]:
    """By variable of the round's body, the variable of the input; `names` is what stands for the others."""
    found = {}
    for name, returns in handed_on(one.task.body).items():
        words = {_word(course, one, node, name, names) for node in returns}
        word = words.pop()
        if word and not words:
            found[name] = word
    return found


def _word(course: Course, one: Round, node: ast.Return, name: str, names: Mapping[str, Substitute]) -> str:
    """The variable of the input that a `return` hands a variable on to; nothing where it can't have that already.

    What is evaluated behind it must neither read the input, nor be able to see that it has changed.
    """
    way = one.ways.of(node)
    goto = one.goto(way) if isinstance(way, Again | Leap) else None
    if goto is None or goto.data is not None or goto.calls or id(node) in one.guarded:
        return ""
    items = [item for item, value in goto.given if isinstance(value, ast.Name) and value.id == name]
    if len(items) != 1:
        return ""
    word = course.name(items[0])
    read = {names[other].text for other in goto.reads if other in names and other != name}
    return "" if word in read.union(one.task.body.owned) or not _are_quiet(goto, word) else word


def _are_quiet(goto: Goto, word: str) -> bool:
    """Whether nothing that is handed on calls anything; what isn't the user's has nothing of the input in it."""
    values = [value for _, value in goto.given]
    return all(is_quiet(one) if isinstance(one, ast.expr) else word not in _written(one) for one in values)


def _written(value: Expression | Direct) -> str:
    return nodes.text_of(value) if isinstance(value, Expression) else ""
