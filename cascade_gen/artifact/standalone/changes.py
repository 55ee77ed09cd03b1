"""What a top-level statement may change when it runs: what it sets, calls, and hands to those it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .sources import Part

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_READERS = """
    abs all any ascii bin bool bytes callable chr complex dict dir divmod enumerate filter float format
    frozenset getattr hasattr hash hex id int isinstance issubclass len list map max memoryview min object oct
    ord pow property range repr reversed round set slice sorted staticmethod str sum super tuple vars zip
"""
_READING = """
    as_posix capitalize casefold copy count decode difference encode endswith exists format format_map get hex
    index intersection is_dir is_file isdisjoint isidentifier issubset issuperset items join keys lower lstrip
    most_common partition read_bytes read_text replace resolve rpartition rsplit rstrip split splitlines
    startswith strip symmetric_difference title total translate union upper values with_name with_suffix zfill
"""
READERS = frozenset(_READERS.split())
"""The builtins that leave what they are given as it is, and give nothing of it away that can be changed."""
CALLING = frozenset(("filter", "map", "max", "min", "sorted"))
"""Those that call a function they are given."""
READING = frozenset(_READING.split())
"""The methods of Python's own types that leave their object as it is."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that runs with a statement: of a function, or of a decorator (then `given` is empty).

    `alone`: nobody takes its result, so that it is made for what it changes. `lambdas` are among what it is given.
    """

    callee: ast.expr
    given: tuple[ast.expr, ...] = ()
    alone: bool = False
    lambdas: tuple[ast.Lambda, ...] = ()


@dataclass(slots=True, eq=False)
class Changes:
    """What a statement does when its module is imported, but for the bodies of functions.

    `set` are the names whose attributes or items it sets, `used` those that operators, `with` and statements of an
    expression may change; `classes` are the classes that it makes.
    """

    set: list[ast.Name]
    used: list[ast.Name]
    calls: list[Call]
    classes: list[ast.ClassDef]


def changes(node: ast.stmt | ast.expr) -> Changes:
    """What running a statement, or evaluating an expression, may change."""
    found = Changes([], [], [], [])
    alone: set[int] = set()
    for one in _now(node):
        if isinstance(one, ast.Expr):
            value = one.value.value if isinstance(one.value, ast.Await) else one.value
            alone.add(id(value))
            if isinstance(value, ast.BinOp | ast.Attribute | ast.Subscript | ast.Compare):
                found.used += names_in(value)
        elif isinstance(one, ast.Call):
            is_print = isinstance(one.func, ast.Name) and one.func.id == "print"  # which writes to one of them alone
            given = () if is_print else tuple(one.args)
            given += tuple(more.value for more in one.keywords if more.arg == "file" or not is_print)
            lambdas = tuple(inner for value in given for inner in _lambdas(value))
            found.calls.append(Call(one.func, given, id(one) in alone, lambdas))
        elif isinstance(one, ast.Attribute | ast.Subscript) and not isinstance(one.ctx, ast.Load):
            found.set += names_in(one.value)
        elif isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
            found.set.append(one.target)
        elif isinstance(one, ast.withitem):
            found.used += names_in(one.context_expr)
        if isinstance(one, _Function | ast.ClassDef):
            found.calls += map(Call, one.decorator_list)
        if isinstance(one, ast.ClassDef):
            found.classes.append(one)
    return found


def names_in(node: ast.expr) -> list[ast.Name]:
    """The names whose values, or parts of them, the value of an expression may be."""
    found: list[ast.Name] = []
    pending: list[ast.AST] = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Name):
            found.append(one)
        elif isinstance(one, ast.Subscript):
            pending.append(one.value)
        elif isinstance(one, ast.Call):
            reads = isinstance(one.func, ast.Name) and one.func.id in READERS
            pending += [] if reads else [one.func, *one.args, *(keyword.value for keyword in one.keywords)]
        elif not isinstance(one, ast.Compare | ast.JoinedStr | ast.Lambda):
            pending += ast.iter_child_nodes(one)
    return found


def called_names(node: ast.expr) -> list[ast.Name]:
    """The names whose values, or what they give when they are called, an expression that is called may be."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return names_in(node)


def _lambdas(node: ast.AST) -> Iterator[ast.Lambda]:
    """The lambdas in what a call is given, but for those that another call in there is."""
    if isinstance(node, ast.Lambda):
        yield node
    elif not isinstance(node, ast.Call):
        for child in ast.iter_child_nodes(node):
            yield from _lambdas(child)


def _now(node: ast.AST) -> Iterator[ast.AST]:
    """All that runs with a statement, but for the bodies of functions."""
    yield node
    children: list[ast.AST | None]
    if isinstance(node, _Function):
        children = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, ast.Lambda):
        children = [*node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, ast.AnnAssign):
        children = [node.target, node.value]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        if child is not None:
            yield from _now(child)


def changed_roots(part: Part) -> set[str]:
    """The names whose values a statement visibly changes; none where it may change any that it mentions."""
    node = part.node
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        callee = node.value.func
        name = _root(callee)
        if isinstance(callee, ast.Attribute) and name and part.module.imported(name) is None:
            return {name}
    return {name for one in targets for name in [_root(one)] if name}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
