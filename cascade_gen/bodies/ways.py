"""The ways out of a body: what each `return` gives, where that can be seen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType, NoneType
from typing import Any

from cascade_gen.lang.compose import tail
from cascade_gen.lang.inputs import inject
from cascade_gen.lang.task import Task
from cascade_gen.runtime.redirects import Jump, TailCall
from cascade_gen.tasks.exits import exits
from cascade_gen.tasks.names import Names, Route
from cascade_gen.tasks.nodes import nodes_of
from cascade_gen.tasks.plain import PlainTypes
from cascade_gen.tasks.plain_tables import Other, Plain
from cascade_gen.tasks.read_scopes import dotted

from .body import Body
from .doubts import Doubts
from .settled import Settled

_SIZED = frozenset((bytes, dict, frozenset, list, range, set, str, tuple))
_REDIRECTS = ("Jump", "TailCall", "bind", "redirect", "tail")


@dataclass(frozen=True, slots=True)
class Value:
    """A `return` of a value; `plain` if it is proven to be no redirect."""

    node: ast.expr | None
    plain: bool


@dataclass(frozen=True, slots=True)
class Direct:
    """A task called in an argument of a tail call: its value is computed right behind the other arguments, so that
    it may as well be called there. The arguments come with their keywords, in the order of evaluation."""

    node: ast.Call
    task: Task[..., Any]
    path: tuple[str, ...]
    arguments: tuple[tuple[str, ast.expr | Direct], ...]

    @property
    def calls(self) -> Iterator[ast.Call]:
        """Its own call and those in it."""
        yield self.node
        for _, value in self.arguments:
            if isinstance(value, Direct):
                yield from value.calls

    @property
    def calm(self) -> bool:
        """Whether what it is given, and what the calls in it are given, is calm (see `is_calm`)."""
        return all(value.calm if isinstance(value, Direct) else is_calm(value) for _, value in self.arguments)


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of a tail call: by position, or by keyword; `settled` if nothing lazy can be in it, `flat` if it
    is no container either."""

    keyword: str
    value: ast.expr | Direct
    settled: bool
    flat: bool


@dataclass(frozen=True, slots=True)
class Again:
    """A visible tail call.

    `target` is None for the running workflow, a name, or a task. `natural`: a call of a task, which takes
    defaults where a `TailCall` keeps values. The arguments are in the order of their evaluation.
    """

    node: ast.Call
    target: Any
    natural: bool
    arguments: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Leap:
    """A visible `Jump`: its key, and its data, as a whole and as inputs: by name, as the first one, or none.

    `settled`: nothing lazy can be in the data; `flat`: nor could any be put into it. `open`: only the data itself
    tells which inputs it is for; it is given for the first one.
    """

    node: ast.Call
    key: Any
    data: ast.expr | None
    settled: bool
    flat: bool
    arguments: tuple[Given, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Either:
    """`return first if test else second`, where at least one of them is a tail call or a jump."""

    test: ast.expr
    first: Way
    second: Way


Onward = Again | Leap
Way = Value | Onward | Either


def mark(way: Onward) -> tuple[int, Any]:
    """What tells a way on from the others of its body."""
    return id(way.node), way.key if isinstance(way, Leap) else None


class Ways:
    """Tells the ways out of one body; something lazy may be in the parameters in `doubtful`."""

    def __init__(self, body: Body, function: FunctionType, doubtful: frozenset[str] = frozenset()) -> None:
        self._body = body
        self._names = Names(function)
        self._types = PlainTypes(body.scope, self._names)
        self.settled = Settled(body.scope, self._names, self._types, doubtful)
        self._doubts = Doubts(body, self.settled)

    def doubts(self, node: ast.expr) -> tuple[str, ...]:
        """The variables from which alone something lazy may have come into a container that is handed on.

        Something else may be in them, or nothing, where they weren't put into it.
        """
        return self._doubts.of(node)

    @property
    def tags(self) -> dict[Route, str]:
        """What the names in the body stand for, as far as it was asked: what is told of it rests on that."""
        return dict(self._names.tags)

    @property
    def gives_settled(self) -> bool:
        """Whether nothing lazy can be in what the body returns."""
        return all(node.value is None or self.settled.of(node.value) for node in self._body.returns)

    @property
    def gives_sized(self) -> bool:
        """Whether every value that the body returns is a builtin container."""
        return self._gives(_SIZED)

    @property
    def gives_bool(self) -> bool:
        """Whether every value that the body returns is True or False."""
        return self._gives(frozenset((bool,)))

    def _gives(self, kinds: frozenset[type]) -> bool:
        found = [None if node.value is None else self._types.of(node.value) for node in self._body.returns]
        return all(one is not None and one <= kinds for one in found) and self._body.ends

    def lazily(self, given: Given) -> Given:
        """An argument of a tail call as it is where tasks aren't called in their place."""
        if not isinstance(given.value, Direct):
            return given
        return Given(given.keyword, given.value.node, False, False)

    def of(self, node: ast.Return) -> Way:
        """What a `return` of the function's own gives."""
        return Value(None, True) if node.value is None else self._way(node.value)

    def _way(self, node: ast.expr) -> Way:
        if isinstance(node, ast.IfExp):
            first, second = self._way(node.body), self._way(node.orelse)
            if not (isinstance(first, Value) and isinstance(second, Value)):
                return Either(node.test, first, second)
        if isinstance(node, ast.Call):
            again = self._again(node) or self._jump(node)
            if again is not None:
                return again
        return Value(node, self._types.of(node) is not None)

    def _again(self, node: ast.Call) -> Again | None:
        route = self._route(node.func)
        if route is None or any(isinstance(one, ast.Starred) for one in node.args):
            return None
        if any(one.arg is None for one in node.keywords) or self._is_odd(node):
            return None
        value = self._names.look_up(route)
        if value is TailCall:
            return self._tail_call(node)
        if value is tail and node.args:
            target = self._task(node.args[0])
            return None if target is None else Again(node, target, False, self._given(node.args[1:], node.keywords))
        if type(value) is Task and not self._injects:
            return Again(node, value, True, self._given(node.args, node.keywords))
        return None

    @cached_property
    def _injects(self) -> bool:
        """Whether the body asks for resources: a returned call is given them anew in each round."""
        routes = (self._route(one.func) for one in self._body.nodes if isinstance(one, ast.Call))
        return any(route is not None and self._names.look_up(route) is inject for route in routes)

    def _jump(self, node: ast.Call) -> Way | None:
        """`Jump(key, data)` with a literal key, or with one of two."""
        route = self._route(node.func)
        if route is None or self._names.look_up(route) is not Jump or self._is_odd(node):
            return None
        if any(isinstance(one, ast.Starred) for one in node.args):
            return None
        parts = dict(zip(("target_key", "data"), node.args, strict=False))
        parts.update((one.arg or "", one.value) for one in node.keywords)
        key, data = parts.pop("target_key", None), parts.pop("data", None)
        if parts or len(node.args) + len(node.keywords) != (key is not None) + (data is not None):
            return None
        arguments, is_open = self._overriding(data)
        flat = data is None or self.settled.flat(data)
        settled = flat or (data is not None and self.settled.of(data))
        if isinstance(key, ast.Constant):
            return Leap(node, key.value, data, settled, flat, arguments, is_open)
        if isinstance(key, ast.IfExp) and isinstance(key.body, ast.Constant) and isinstance(key.orelse, ast.Constant):
            first, second = (
                Leap(node, one.value, data, settled, flat, arguments, is_open) for one in (key.body, key.orelse)
            )
            return Either(key.test, first, second) if first.key != second.key else None
        return None

    def _overriding(self, data: ast.expr | None) -> tuple[tuple[Given, ...], bool]:
        """The inputs that the data of a jump overrides, and whether that shows only when it runs."""
        if data is None or (isinstance(data, ast.Constant) and data.value is None):
            return (), False
        named = self._part("kwargs", data)
        if named is not None:
            return named, False
        found = self._types.of(data)
        return self._given([data], []), found is None or bool(found & {dict, NoneType, Other, Plain})

    def _is_odd(self, node: ast.Call) -> bool:
        """Whether an argument of a tail call binds a variable, or is a tail call itself."""
        for part in (*node.args, *(one.value for one in node.keywords)):
            for one in nodes_of(part):
                route = self._route(one.func) if isinstance(one, ast.Call) else None
                if isinstance(one, ast.NamedExpr) or (route and self._names.tag(route) in _REDIRECTS):
                    return True
        return False

    def _task(self, node: ast.expr) -> Any:
        route = self._route(node)
        value = None if route is None else self._names.look_up(route)
        return value if type(value) is Task else None

    def _route(self, node: ast.expr) -> Route | None:
        path = dotted(node)
        if path is None or path[0] in self._body.local or self._names.is_rebound(path[0]):
            return None
        return Route("name", path)

    def _tail_call(self, node: ast.Call) -> Again | None:
        """`TailCall(args, kwargs, target_blueprint_id)` with its parts written out."""
        parts = dict(zip(("args", "kwargs", "target_blueprint_id"), node.args, strict=False))
        for keyword in node.keywords:
            if keyword.arg in parts or keyword.arg not in ("args", "kwargs", "target_blueprint_id"):
                return None
            parts[keyword.arg] = keyword.value
        target = parts.get("target_blueprint_id")
        if target is not None and not (isinstance(target, ast.Constant) and isinstance(target.value, str | None)):
            return None
        given: list[Given] = []
        for name, part in parts.items():  # in the order in which they are evaluated
            found = self._part(name, part)
            if found is None:
                return None
            given.extend(found)
        return Again(node, None if target is None else target.value, False, tuple(given))

    def _part(self, name: str, part: ast.expr) -> tuple[Given, ...] | None:
        if name == "target_blueprint_id":
            return ()
        if isinstance(part, ast.Constant) and part.value is None:
            return () if name == "kwargs" else None
        if name == "args" and isinstance(part, ast.List | ast.Tuple):
            if any(isinstance(one, ast.Starred) for one in part.elts):
                return None
            return self._given(part.elts, [])
        if name == "kwargs" and isinstance(part, ast.Dict):
            words = [one.value if isinstance(one, ast.Constant) else None for one in part.keys]
            if all(isinstance(word, str) for word in words):
                return self._arguments(list(zip(map(str, words), part.values, strict=True)))
        return None

    def _given(self, args: list[ast.expr], keywords: list[ast.keyword]) -> tuple[Given, ...]:
        return self._arguments([*(("", one) for one in args), *((one.arg or "", one.value) for one in keywords)])

    def _arguments(self, values: list[tuple[str, ast.expr]], nested: bool = False) -> tuple[Given, ...]:
        """The arguments; tasks called in them are called in their place, where nobody could tell.

        Lazily, every argument is evaluated first, and the tasks are called after it, in their order. So no task may
        be called before something lazy of an earlier argument is, and what is evaluated on the other side of a call
        than it used to be has to be calm. Calls that aren't `nested` come behind the other arguments.
        """
        directs = [self._direct(value) for _, value in values]
        calm = [
            is_calm(value) if direct is None else direct.calm
            for (_, value), direct in zip(values, directs, strict=True)
        ]
        found: list[Given] = []
        settled, called = True, False
        for position, (keyword, value) in enumerate(values):
            direct = directs[position] if settled else None
            rest = all(calm[position + 1 :])
            if direct is not None and (rest or not nested) and (calm[position] or (rest and not called)):
                found.append(Given(keyword, direct, True, True))  # what a task gives is a value, whatever is in it
                called = True
            else:
                found.append(Given(keyword, value, self.settled.of(value), self.settled.flat(value)))
                settled = settled and (found[-1].settled or found[-1].flat)
        return tuple(found)

    def _direct(self, node: ast.expr) -> Direct | None:
        """A visible call of a task that could as well be called right here, its arguments included."""
        if not isinstance(node, ast.Call) or any(isinstance(one, ast.Starred) for one in node.args):
            return None
        route = self._route(node.func)
        task = None if route is None else self._names.look_up(route)
        if route is None or type(task) is not Task or any(one.arg is None for one in node.keywords):
            return None
        if task.is_async or task.mode != "inline" or task.lazy_defaults or exits(task.func).kind != "value":
            return None
        arguments = [*(("", one) for one in node.args), *((one.arg or "", one.value) for one in node.keywords)]
        found: list[tuple[str, ast.expr | Direct]] = []
        for given in self._arguments(arguments, nested=True):
            if not given.settled or (
                isinstance(given.value, ast.expr) and given.value.lineno != given.value.end_lineno
            ):
                return None
            found.append((given.keyword, given.value))
        try:
            task.signature.bind(
                *(value for keyword, value in found if not keyword), **{word: value for word, value in found if word}
            )
        except TypeError:
            return None
        return Direct(node, task, route.path, tuple(found))


def is_calm(node: ast.expr) -> bool:
    """Whether evaluating an expression runs nothing of the user's and can't fail."""
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(map(is_calm, parts))
        case _:
            return False


def is_quiet(node: ast.expr, known: AbstractSet[int] = frozenset()) -> bool:
    """Whether evaluating an expression calls nothing, operators apart; the calls with `known` ids don't count."""
    busy = (ast.Call, ast.Await, ast.Attribute, ast.Subscript, ast.Starred, ast.NamedExpr, ast.JoinedStr)
    parts = (one for one in nodes_of(node) if id(one) not in known)
    return not any(isinstance(one, (*busy, ast.comprehension)) for one in parts)
