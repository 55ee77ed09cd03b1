"""What is known of the body of a task function that may move into generated code: read once, and kept."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType

from cascade_gen.tasks.function_scope import function_scope
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.scopes import Scope
from cascade_gen.tasks.source import TaskSource, plain_function, read_source

from .assignment import ends, maybe_unbound, surely_bound
from .occurrences import Occurrence, Text, UnreadableError, occurrences
from .shape import can_fall

PARTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""The nodes that statements are made of, expressions apart."""

_CALLS = (ast.Call, ast.Await, ast.Attribute)
_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.With, ast.AsyncWith)


@dataclass(frozen=True)
class Body:
    """The statements of a function without its docstring, and what moving them has to mind.

    `local` are its variables, `parameters` first among them in the order of the signature; `rebound` those that
    it binds or deletes itself; `unbound` those that may have no value where they are read, `bound` those that surely
    have one at each `return`, by the id of its node, and at the end (0); `passing` those that have one only in a
    handler that caught it. `ends`: nothing
    falls off its end. `depth` counts the blocks of loops, `try` and `with` in one another. `value` is the one
    expression of a body that is nothing but `return value`; `quiet` says that nothing in it is called.
    """

    source: TaskSource
    text: Text
    scope: Scope
    statements: tuple[ast.stmt, ...]
    names: tuple[Occurrence, ...]
    parameters: tuple[str, ...]
    local: frozenset[str]
    rebound: frozenset[str]
    unbound: frozenset[str]
    bound: Mapping[int, frozenset[str]]
    passing: frozenset[str]
    ends: bool
    depth: int
    size: int
    value: ast.expr | None
    quiet: bool

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the statements."""
        return tuple(node for statement in self.statements for node in ast.walk(statement))

    @cached_property
    def quiet_rounds(self) -> bool:
        """Whether nothing is called but what a `return` calls, which a loop does without, and nothing loops."""
        inside = {id(one) for node in self.returns for one in ast.walk(node)}
        busy = (ast.Call, ast.Await, ast.For, ast.While, ast.AsyncFor, ast.comprehension)
        return not any(isinstance(node, busy) and id(node) not in inside for node in self.nodes)

    @cached_property
    def can_fall(self) -> bool:
        """Whether every `return` can stand at the end of all around it."""
        return can_fall(self.statements, lambda node: True)

    @cached_property
    def uses(self) -> dict[str, list[Occurrence]]:
        """Where each variable stands."""
        found: dict[str, list[Occurrence]] = {}
        for one in self.names:
            if one.owner == "local":
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def returns(self) -> tuple[ast.Return, ...]:
        """Every `return`."""
        return tuple(node for node in self.nodes if isinstance(node, ast.Return))

    @cached_property
    def _returns_inside(self) -> dict[int, tuple[ast.Return, ...]]:
        found: dict[int, tuple[ast.Return, ...]] = {}
        for node in reversed(self.nodes):  # what is inside of a node comes behind it
            if isinstance(node, ast.Return):
                found[id(node)] = (node,)
            elif isinstance(node, PARTS):
                parts = [found[id(one)] for one in ast.iter_child_nodes(node) if isinstance(one, PARTS)]
                found[id(node)] = tuple(one for part in parts for one in part)
        return found

    def returns_in(self, node: ast.stmt) -> tuple[ast.Return, ...]:
        """Every `return` in a statement."""
        return self._returns_inside[id(node)]

    @cached_property
    def frozen_lines(self) -> frozenset[int]:
        """The lines of the text that begin inside a string."""
        found: set[int] = set()
        for node in self.nodes:
            texts = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
            if texts or isinstance(node, ast.JoinedStr):
                assert isinstance(node, ast.expr)
                found.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
        return frozenset(found)

    @cached_property
    def broken_lines(self) -> frozenset[int]:
        """The lines of the text whose statement, or whose header of one, stands on several lines."""
        found: set[int] = set()
        for node in self.nodes:
            if isinstance(node, PARTS):
                first, last = _head(node)
                if last > first:
                    found.update(range(first, last + 1))
        return frozenset(found)

    @cached_property
    def rows(self) -> list[str]:
        """The lines of the text."""
        return self.text.text.split("\n")

    @cached_property
    def dropped(self) -> tuple[tuple[int, int, str], ...]:
        """What doesn't move with the rest, as edits: annotations of variables, and declarations of globals."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Global) or (isinstance(node, ast.AnnAssign) and node.value is None):
                found.append((self.text.start(node), self.text.end(node), "pass"))
            elif isinstance(node, ast.AnnAssign):
                found.append((self.text.end(node.target), self.text.end(node.annotation), ""))
        return tuple(found)


_memo: CodeMemo[Body | str] = CodeMemo()


def read_body(func: object) -> Body | str:
    """The body of a function, or why it has none that could be moved."""
    function, source = plain_function(func), read_source(func)
    if function is None:
        return "it is no Python function"
    if source is None:
        return "its source isn't there to be read"
    kept = _memo.get(function.__code__)
    if kept is None:
        kept = _memo.put(function.__code__, _read(function, source))
    return kept


def _read(function: FunctionType, source: TaskSource) -> Body | str:
    scope = function_scope(function, source)
    if scope is None:
        return "its source is nested too deeply"
    try:
        return _read_scope(function, source, scope)
    except UnreadableError:
        return "the names in its text can't be told apart"
    except RecursionError:
        return "its source is nested too deeply"


def _read_scope(function: FunctionType, source: TaskSource, scope: Scope) -> Body | str:
    inner = next((one for one in scope.inner if one.kind in ("function", "class", "type parameters")), None)
    if inner is not None:
        return "it defines a class" if inner.kind == "class" else "it defines a function"
    if scope.yields:
        return "it is a generator"
    tree, text = source.tree, Text(source.text)
    local = frozenset(scope.local_names)
    statements = _statements(tree)
    names = tuple(occurrences(tree, text, local, frozenset(scope.global_names)))
    parameters = _parameters(tree)
    return Body(
        source,
        text,
        scope,
        statements,
        names,
        parameters,
        local,
        frozenset(one.name for one in names if one.store and one.owner == "local"),
        maybe_unbound(statements, local, parameters),
        surely_bound(statements, parameters),
        _passing(statements) - {one.name for one in names if one.store and one.simply} - set(parameters),
        ends(statements),
        max(map(_depth, statements), default=0),
        sum(1 for statement in statements for node in ast.walk(statement) if isinstance(node, ast.stmt)),
        _value(statements),
        not any(isinstance(node, _CALLS) for statement in statements for node in ast.walk(statement)),
    )


def _parameters(tree: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[str, ...]:
    given = tree.args
    star = [given.vararg] if given.vararg else []
    stars = [given.kwarg] if given.kwarg else []
    return tuple(one.arg for one in (*given.posonlyargs, *given.args, *star, *given.kwonlyargs, *stars))


def _statements(tree: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[ast.stmt, ...]:
    if isinstance(tree, ast.Lambda):
        return (ast.copy_location(ast.Return(tree.body), tree.body),)
    first = tree.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and type(first.value.value) is str
    )
    return tuple(tree.body[1:] if documented else tree.body)


def _passing(statements: tuple[ast.stmt, ...]) -> frozenset[str]:
    """The names of caught exceptions."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    return frozenset(node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name)


def _value(statements: tuple[ast.stmt, ...]) -> ast.expr | None:
    match statements:
        case (ast.Return(value=ast.expr() as value),):
            return value
        case _:
            return None


def _head(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> tuple[int, int]:
    """The first and last line of a statement; of one with a body, of what stands above that, if it's more than one."""
    start = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = node.cases if isinstance(node, ast.Match) else getattr(node, "body", None)
    if not body:
        return start, getattr(node, "end_lineno", None) or start
    own = (one for one in ast.iter_child_nodes(node) if not isinstance(one, PARTS))
    last = max((one.end_lineno for part in own for one in ast.walk(part) if isinstance(one, ast.expr)), default=start)
    below = body[0].pattern.lineno if isinstance(node, ast.Match) else body[0].lineno
    return start, below - 1 if (last or start) > start else start


def _depth(node: ast.AST) -> int:
    inner = max(map(_depth, (one for one in ast.iter_child_nodes(node) if isinstance(one, PARTS))), default=0)
    return inner + isinstance(node, _BLOCKS)
