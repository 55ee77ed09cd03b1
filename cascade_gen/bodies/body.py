"""What is known of the body of a task function that may move into generated code: read once, and kept."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType

from cascade_gen.tasks.function_scope import function_scope
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.nodes import nodes_of
from cascade_gen.tasks.scopes import Scope
from cascade_gen.tasks.source import TaskSource, plain_function, read_source

from .assignment import assignment
from .fstrings import Formatted
from .literal_tests import tested_names
from .occurrences import Occurrence, Text, UnreadableError, occurrences
from .shape import can_fall

PARTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""The nodes that statements are made of, expressions apart."""

_Part = ast.stmt | ast.ExceptHandler | ast.match_case
_CALLS = (ast.Call, ast.Await, ast.Attribute)
_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.With, ast.AsyncWith)


_BEFORE_COLON = re.compile(r"(?:[\s)\\]|#[^\n]*)*(?=:)")
_BEFORE_EQUALS = re.compile(r"(?:[\s)\\]|#[^\n]*)*(?==)")


@dataclass(frozen=True)
class Body:
    """The statements of a function without its docstring, and what moving them has to mind.

    `nodes` are those of the statements, each before what is in it, in the order of the text.
    `local` are its variables, `parameters` first among them in the order of the signature; `rebound` those that
    it binds or deletes itself; `unbound` those that may have no value where they are read, `bound` those that surely
    have one at each `return`, by the id of its node, and at the end (0); `passing` those that have one only in a
    handler that caught it. `ends`: nothing
    falls off its end. `depth` counts the blocks of loops, `try` and `with` in one another. `value` is the one
    expression of a body that is nothing but `return value`; `quiet` says that nothing in it is called. `dropped` is
    what doesn't move with the rest, as edits: annotations of variables, and declarations of globals.

    Of a body whose tests are decided (`decided`), `rebuilt` are the ids of the statements in which something isn't
    there any more, `heads` the lines of the `if`s that were around a statement, by its id, and `unasked` the
    parameters that are bound before anybody reads them.
    """

    source: TaskSource
    text: Text
    scope: Scope
    statements: tuple[ast.stmt, ...]
    nodes: tuple[ast.AST, ...]
    names: tuple[Occurrence, ...]
    formatted: tuple[Formatted, ...]
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
    dropped: tuple[tuple[int, int, str], ...]
    rebuilt: frozenset[int] = frozenset()
    heads: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unasked: frozenset[str] = frozenset()

    @cached_property
    def tests(self) -> frozenset[frozenset[str]]:
        """The names that have to be literals for a test to be decided, for each that can be."""
        return frozenset(names for test in self._tests() if (names := tested_names(test)) is not None)

    @cached_property
    def has_tests(self) -> bool:
        """Whether there may be a test that is decided once some parameters are literals."""
        return self.is_decided_by(self.parameters)

    def is_decided_by(self, literals: Collection[str]) -> bool:
        """Whether there may be a test that is decided once these parameters are literals."""
        return any(names.issubset(literals) for names in self.tests)

    def _tests(self) -> Iterator[ast.expr]:
        """The tests, and what stands first in them, which may decide them alone."""
        for node in self.nodes:
            if isinstance(node, ast.If | ast.IfExp):
                yield node.test
            elif isinstance(node, ast.BoolOp):
                yield from node.values
            elif isinstance(node, ast.Compare) and len(node.ops) > 1:
                yield ast.Tuple([node.left, node.comparators[0]])

    @cached_property
    def quiet_rounds(self) -> bool:
        """Whether nothing is called but what a `return` calls, which a loop does without, and nothing loops."""
        inside = {id(one) for one in nodes_of(*self.returns)}
        busy = (ast.Call, ast.Await, ast.For, ast.While, ast.AsyncFor, ast.comprehension)
        return not any(isinstance(node, busy) and id(node) not in inside for node in self.nodes)

    @cached_property
    def begins_with(self) -> str:
        """The parameter that the first statement binds anew, if nothing reads the given value behind it."""
        match self.statements:
            case [
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()),
                *_,
            ]:
                behind = self.text.end(self.statements[0])
                inside = [one for one in self.uses.get(name, ()) if one.start < behind]
                once = sum(one.store for one in inside) == 1 and not any(one.later for one in inside)
                return name if once and name in self.parameters else ""
        return ""

    def gives_texts_of(self, values: Collection[object]) -> bool:
        """Whether it can give nothing but texts that are written down in it, all of them among these values."""
        return self.ends and all(_is_text_of(node.value, values) for node in self.returns)

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
    def returned(self) -> str:
        """The variable of its own that every way out gives, or nothing: what it gives may be there from the start.

        What a `finally` does comes behind the value that is returned.
        """
        if self.has_finally:
            return ""
        values = {node.value.id if isinstance(node.value, ast.Name) else "" for node in self.returns}
        name = values.pop() if len(values) == 1 and self.ends else ""
        if name in self.parameters and name not in self.rebound:
            return ""
        return name if name in self.local - self.packages else ""

    @cached_property
    def is_simple(self) -> bool:
        """Whether every parameter takes one argument, by position or by name."""
        given = self.source.tree.args
        return not (given.posonlyargs or given.vararg or given.kwonlyargs or given.kwarg)

    @cached_property
    def own_names(self) -> Mapping[str, str]:
        """What its variables are called in it, in alphabetical order."""
        return {name: name for name in sorted(self.local)}

    @cached_property
    def surely_bound(self) -> frozenset[str]:
        """The variables that have a value on every way out."""
        return frozenset.intersection(*self.bound.values())

    @cached_property
    def owned(self) -> frozenset[str]:
        """The names that lambdas and comprehensions in it own."""
        return frozenset(name for scope in self.scope.inner for inner in scope.walk() for name in inner.bindings)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every name in it, from wherever."""
        bound = (name for scope in self.scope.walk() for name in scope.bindings)
        return tuple({*(one.name for one in self.names), *bound})

    @cached_property
    def outside(self) -> tuple[str, ...]:
        """The names from outside that it reads or binds, in the order of the text."""
        return tuple(dict.fromkeys(one.name for one in self.names if one.owner != "local"))

    @cached_property
    def has_finally(self) -> bool:
        """Whether there is a `finally`."""
        return any(isinstance(node, ast.Try | ast.TryStar) and bool(node.finalbody) for node in self.nodes)

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
    def packages(self) -> frozenset[str]:
        """The variables that keep their names, being bound by `import a.b`."""
        return frozenset(one.name for one in self.names if one.imported == "package" and one.owner == "local")


_memo: CodeMemo[Body | str] = CodeMemo()


def _is_text_of(node: ast.expr | None, values: Collection[object]) -> bool:
    """Whether an expression is one of some texts, or a choice of them."""
    if isinstance(node, ast.IfExp):
        return _is_text_of(node.body, values) and _is_text_of(node.orelse, values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in values


def read_body(func: object) -> Body | str:
    """The body of a function, or why it has none that could be moved."""
    function, source = plain_function(func), read_source(func)
    if function is None:
        return "it is no Python function"
    if source is None:
        file = function.__code__.co_filename
        there = linecache.getlines(file, function.__globals__)
        if any(line.strip() for line in there):  # of an empty file, Python 3.13 gives an empty line
            return "its source isn't found in its file, which may have changed since it was imported"
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
    nodes = nodes_of(*statements)
    names, formatted = occurrences(tree, text, local, frozenset(scope.global_names))
    parameters = _parameters(tree)
    known = assignment(statements, local, parameters)
    return Body(
        source,
        text,
        scope,
        statements,
        nodes,
        tuple(names),
        tuple(formatted),
        parameters,
        local,
        frozenset(one.name for one in names if one.store and one.owner == "local"),
        known.unbound,
        known.bound,
        _passing(nodes) - {one.name for one in names if one.store and one.simply} - set(parameters),
        known.ends,
        max(map(_depth, statements), default=0),
        sum(isinstance(node, ast.stmt) for node in nodes),
        only_value(statements),
        is_quiet(nodes),
        tuple(_dropped(nodes, text)),
    )


def _dropped(nodes: Iterable[ast.AST], text: Text) -> Iterator[tuple[int, int, str]]:
    """What doesn't move, and what stands in its place."""
    for node in nodes:
        if isinstance(node, ast.Global) or (isinstance(node, ast.AnnAssign) and node.value is None):
            yield text.start(node), text.end(node), "pass"
        elif isinstance(node, ast.AnnAssign):
            start = _BEFORE_COLON.match(text.text, text.end(node.target))
            end = _BEFORE_EQUALS.match(text.text, text.end(node.annotation))
            if start is None or end is None:
                raise UnreadableError
            yield start.end(), end.end(), " "


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


def _passing(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names of caught exceptions."""
    return frozenset(node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name)


def is_quiet(nodes: Iterable[ast.AST]) -> bool:
    """Whether nothing is called in some nodes."""
    return not any(isinstance(node, _CALLS) for node in nodes)


def only_value(statements: Sequence[ast.stmt]) -> ast.expr | None:
    """The value of a body that is nothing but `return value`."""
    match statements:
        case [ast.Return(value=ast.expr() as value)]:
            return value
        case _:
            return None


def _head(node: _Part) -> tuple[int, int]:
    """The first and last line of a statement; of one with a body, of what is above that, if that is more than one."""
    start = _first_line(node)
    inner: Sequence[_Part] = node.cases if isinstance(node, ast.Match) else getattr(node, "body", ())
    if not inner:
        return start, getattr(node, "end_lineno", None) or start
    own = (one for one in ast.iter_child_nodes(node) if not isinstance(one, PARTS))
    ends = (one.end_lineno or start for one in nodes_of(*own) if isinstance(one, ast.expr | ast.pattern))
    return start, _first_line(inner[0]) - 1 if max(ends, default=start) > start else start


def _first_line(node: _Part) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno


def _depth(node: ast.AST) -> int:
    inner = max(map(_depth, (one for one in ast.iter_child_nodes(node) if isinstance(one, PARTS))), default=0)
    return inner + isinstance(node, _BLOCKS)
