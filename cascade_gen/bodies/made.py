"""The lambdas and generator expressions in a body, and whether they are used up by the call that they are given to.

One that is kept would find what a later round has left in the variables of the function around it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

from cascade_gen.tasks.names import Names, Route
from cascade_gen.tasks.plain import PlainTypes
from cascade_gen.tasks.read_scopes import dotted
from cascade_gen.tasks.scopes import Path

from .body import Body

_CONSUMERS = frozenset(("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"))
_DONE_WITH = frozenset(
    (
        ("heapq", "nsmallest"),
        ("heapq", "nlargest"),
        ("_functools", "reduce"),
        ("statistics", "mean"),
        ("math", "fsum"),
    )
)
_LIST: frozenset[type] = frozenset((list,))


@dataclass(frozen=True, slots=True)
class Made:
    """A lambda or generator expression: the function's variables that it reads, and what it is given to.

    `joined`: to the `join` of a literal. `sorts` is the list that it is the `key` to, if it is one; `called` leads to
    the function from outside that it is given to. None of these: nobody knows.
    """

    is_lambda: bool
    names: tuple[str, ...]
    joined: bool = False
    sorts: ast.expr | None = None
    called: Path | None = None


def made_in(body: Body) -> tuple[Made, ...]:
    """The lambdas and generator expressions of a body, in the order of its text."""
    made = [node for node in body.nodes if isinstance(node, ast.Lambda | ast.GeneratorExp)]
    if not made:
        return ()
    given = {id(one): (call, keyed) for call, one, keyed in _given(body)}
    later = [one for one in body.names if one.later and one.owner == "local"]
    found: list[Made] = []
    for node in made:
        start, end = body.text.start(node), body.text.end(node)
        names = tuple(one.name for one in later if start <= one.start < end)
        is_lambda = isinstance(node, ast.Lambda)
        call, keyed = given.get(id(node), (None, False))
        found.append(Made(is_lambda, names) if call is None else _made(body, is_lambda, names, call, keyed))
    return tuple(found)


def _given(body: Body) -> Iterator[tuple[ast.Call, ast.expr, bool]]:
    """Each argument of a call that may use it up, and whether it is its `key`."""
    for call in body.nodes:
        if isinstance(call, ast.Call):
            yield from ((call, one, False) for one in call.args if isinstance(one, ast.GeneratorExp))
            yield from ((call, one.value, True) for one in call.keywords if one.arg == "key")


def _made(body: Body, is_lambda: bool, names: tuple[str, ...], call: ast.Call, keyed: bool) -> Made:
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr == "join" and isinstance(func.value, ast.Constant):
        return Made(is_lambda, names, joined=not keyed and len(call.args) == 1)
    if isinstance(func, ast.Attribute) and func.attr == "sort":
        return Made(is_lambda, names, sorts=func.value if keyed and is_lambda and not call.args else None)
    path = dotted(func)
    outside = path is not None and path[0] not in body.local and (is_lambda or not keyed)
    return Made(is_lambda, names, called=path if outside else None)


def is_used_up(made: Made, types: PlainTypes, names: Names) -> bool:
    """Whether what has been made is done with when the call that it is given to is over."""
    if made.sorts is not None:
        return types.of(made.sorts) == _LIST
    if made.called is None:
        return made.joined
    route = Route("name", made.called)
    tag = names.tag(route)
    return tag.partition(":")[2] in _CONSUMERS or (tag == "other" and _uses_up(names.look_up(route)))


def _uses_up(function: Any) -> bool:
    """Whether a function of the standard library is done with its arguments when it returns."""
    return isinstance(function, FunctionType | BuiltinFunctionType) and (
        (function.__module__, function.__name__) in _DONE_WITH
    )
