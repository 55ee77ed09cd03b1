"""The calls in a task function that can be told wrong before it runs: of tasks, tail calls, and jumps.

`tails.py` finds what is returned and where it goes; this reads the arguments that go there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from .function_scope import function_scope
from .memo import CodeMemo
from .names import Names, Route, names_of
from .plain import PlainTypes
from .scopes import Scope
from .source import TaskSource, plain_function, read_source
from .tails import Naming, Tails

CallKind = Literal["call", "tail", "jump"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments as written: each positional one, and each by keyword with the place to point at.

    `complete` says that there is nothing else: no `*args` or `**kwargs`, and every key a literal.
    """

    positional: tuple[ast.expr, ...] = ()
    keywords: tuple[tuple[str, ast.expr | ast.keyword], ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call of a task ("call"), a tail call ("tail") or a jump, as a function's source has it.

    A tail call that has neither name nor route goes to the running workflow. Of a jump `key` is the literal key,
    if it is one, and the arguments are what its data overrides. The place to point at is `node`; `goal` is what
    names the target.
    """

    kind: CallKind
    node: ast.Call
    goal: ast.expr
    arguments: Arguments
    name: str | None = None
    route: Route | None = None
    key: ast.Constant | None = None


@dataclass(frozen=True, slots=True)
class WrittenCalls:
    """What a function calls, in the order of the source.

    `names` are the literal names of workflows that it has tail calls for. `accounted` says that every `return`
    gives a plain value or one of the tail calls and jumps that are listed.
    """

    calls: tuple[WrittenCall, ...] = ()
    names: tuple[tuple[str, ast.expr], ...] = ()
    accounted: bool = False


_NONE = WrittenCalls()


@dataclass(frozen=True, slots=True)
class _Fact:
    found: WrittenCalls
    tags: dict[Route, str]


_memo: CodeMemo[_Fact] = CodeMemo()


def written_calls(func: object) -> tuple[WrittenCalls, TaskSource | None]:
    """The calls in the source of `func` that can be checked, and that source. Nothing of the user's is run."""
    source = read_source(func)
    function = plain_function(func)
    scope = function_scope(function, source) if function is not None and source is not None else None
    if function is None or scope is None:
        return _NONE, None
    names = names_of(function)
    fact = _memo.get(function.__code__)
    if fact is None or not names.still(fact.tags):
        names = Names(function)
        try:
            fact = _memo.put(function.__code__, _Fact(_read(scope, names), names.tags))
        except RecursionError:
            return _NONE, None
    return fact.found, source


def task_at(func: object, route: Route) -> Any:
    """The task or workflow that a route in `func` leads to now."""
    function = plain_function(func)
    return None if function is None else names_of(function).look_up(route)


def _read(scope: Scope, names: Names) -> WrittenCalls:
    namings = Tails(scope, names).namings
    by_node: dict[int, Naming] = {}
    for one in namings:
        again = by_node.setdefault(id(one.node), one)
        if again is not one:  # one of several, which shows only when it runs
            by_node[id(one.node)] = replace(one, role="dynamic", name=None, route=None)
    calls = [call for inner in scope.walk() for call in inner.calls]
    found = [one for call in calls for one in _written(call, by_node)]
    found.sort(key=lambda one: (one.node.lineno, one.node.col_offset))
    returned = {id(one.node) for one in found if one.kind != "call" or by_node[id(one.goal)].role == "target"}
    literal = tuple((one.name, one.node) for one in namings if one.name is not None)
    types = PlainTypes(scope, names)
    accounted = not scope.yields and all(
        _is_accounted(leaf, returned, types) for result in scope.results for leaf in _branches(result)
    )
    return WrittenCalls(tuple(found), literal, accounted)


def _branches(node: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    elif node is not None:
        yield node


def _is_accounted(leaf: ast.expr, returned: set[int], types: PlainTypes) -> bool:
    return id(leaf) in returned or types.of(leaf) is not None


def _written(call: ast.Call, namings: dict[int, Naming]) -> Iterator[WrittenCall]:
    """What a call is, by what `tails.py` says of its parts; nothing if it isn't one to be checked."""
    callee = namings.get(id(call.func))
    if callee is not None and callee.route is not None:
        if not _is_map(call, callee):
            yield WrittenCall("call", call, call.func, _given(call.args, call.keywords), route=callee.route)
        return
    own = namings.get(id(call))
    if own is not None and own.role == "jump":
        key = _argument(call, 0, "target_key")
        literal = key if isinstance(key, ast.Constant) else None
        yield WrittenCall("jump", call, key or call, _overrides(_argument(call, 1, "data")), key=literal)
        return
    goal, arguments = _tail_call(call, namings)
    naming = own if goal is None else namings.get(id(goal))
    if naming is not None and naming.role in ("target", "self"):
        yield WrittenCall("tail", call, naming.node, arguments, naming.name, naming.route)


def _is_map(call: ast.Call, callee: Naming) -> bool:
    """Whether it is a task's `.map` that is called: its arguments are iterables."""
    if callee.route is None or not isinstance(call.func, ast.Attribute):
        return False
    return callee.route.path[-1] != call.func.attr


def _tail_call(call: ast.Call, namings: dict[int, Naming]) -> tuple[ast.expr | None, Arguments]:
    """The target of `cs.tail(target, ...)` or `cs.TailCall(args, kwargs, target)`, and the arguments for it."""
    first = call.args[0] if call.args else None
    if first is not None and id(first) in namings and not _is_display(first):
        return first, _given(call.args[1:], call.keywords)
    return _argument(call, 2, "target_blueprint_id"), _packed(
        _argument(call, 0, "args"), _argument(call, 1, "kwargs")
    )


def _is_display(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple)


def _given(args: list[ast.expr], keywords: list[ast.keyword]) -> Arguments:
    plain = next((index for index, one in enumerate(args) if isinstance(one, ast.Starred)), len(args))
    words = [(one.arg, one) for one in keywords if one.arg is not None]
    return Arguments(tuple(args[:plain]), tuple(words), plain == len(args) and len(words) == len(keywords))


def _packed(args: ast.expr | None, kwargs: ast.expr | None) -> Arguments:
    """The arguments in a display of positional ones and one of those by keyword."""
    positional: tuple[ast.expr, ...] = ()
    complete = True
    if isinstance(args, ast.List | ast.Tuple):
        given = _given(args.elts, [])
        positional, complete = given.positional, given.complete
    elif args is not None:
        complete = False
    named = _overrides(kwargs) if isinstance(kwargs, ast.Dict) else Arguments(complete=kwargs is None)
    return Arguments(positional, named.keywords, complete and named.complete)


def _overrides(data: ast.expr | None) -> Arguments:
    """A dict display by its keys; nothing is known of anything else."""
    if isinstance(data, ast.Dict):
        words = [
            (key.value, key) for key in data.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
        return Arguments((), tuple(words), len(words) == len(data.keys))
    return Arguments(complete=False)


def _argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    """The argument at a position or of a keyword; None if there is none, or if stars hide it."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return None
    if position < len(call.args):
        return call.args[position]
    return next((one.value for one in call.keywords if one.arg == keyword), None)
