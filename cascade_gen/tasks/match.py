"""Proves that a parsed function is the one a code object was compiled from, by compiling it again."""

from __future__ import annotations
import __future__ as futures

import ast
import copy
import dis
import sys
import warnings
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from operator import or_
from types import CodeType, ModuleType
from typing import Any

from .block import Block
from .fingerprint import fingerprint

FunctionTree = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURES = reduce(or_, (getattr(futures, name).compiler_flag for name in futures.all_feature_names))
_LOAD_ATTR = dis.opmap["LOAD_ATTR"]
_LOAD_METHOD = dis.opmap["LOAD_METHOD"] if sys.version_info < (3, 12) else None
"""Where there is none, it is a `LOAD_ATTR` with its lowest bit set."""


def is_source_of(tree: FunctionTree, block: Block, code: CodeType, namespace: dict[str, Any]) -> bool:
    """Whether compiling `tree`, parsed from `block`, gives `code` again; `namespace` holds its globals.

    The function is compiled inside scopes like those it was written in, so that closures, `super()` and
    private names come out the same. Lines count too: a file in which lines were moved is not the source.
    """
    if code.co_name != ("<lambda>" if isinstance(tree, ast.Lambda) else tree.name):
        return False
    likely = sorted({name for name in _names(code) if issubclass(type(namespace.get(name)), ModuleType)})
    if _compiles_to(tree, block, code, likely):
        return True
    imported = _imported(tree, block, code)
    return imported != likely and _compiles_to(tree, block, code, imported)


def _compiles_to(tree: FunctionTree, block: Block, code: CodeType, imported: list[str]) -> bool:
    module, depth = _in_scopes(tree, code, imported)
    flags = code.co_flags & _FUTURES
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: CodeType = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    for _ in range(depth):
        (found,) = (constant for constant in found.co_consts if isinstance(constant, CodeType))
    return fingerprint(found, 1) == fingerprint(code, block.line)


def _in_scopes(tree: FunctionTree, code: CodeType, imported: list[str]) -> tuple[ast.Module, int]:
    """The function inside a class and a function as its code needs them, and how deep it sits."""
    function = _bare(tree)
    body: ast.stmt = ast.Expr(function) if isinstance(function, ast.Lambda) else function
    depth = 1
    names = {function.name} if not isinstance(function, ast.Lambda) else set()
    owner = class_around(code.co_qualname)
    if owner is not None:
        body = ast.ClassDef(name=owner, bases=[], keywords=[], body=[body], decorator_list=[])
        names = {owner}
        depth += 1
    free = [name for name in code.co_freevars if name != "__class__"]
    if free:
        cells: list[ast.expr] = [ast.Name(name, ast.Store()) for name in free]
        scope: list[ast.stmt] = [ast.Assign(cells, ast.Constant(None)), body]
        elsewhere = sorted(names.difference(free))
        if elsewhere:  # what the scope would else bind is a global name to the function
            scope.insert(0, ast.Global(elsewhere))
        body = ast.FunctionDef(name="_", args=_no_arguments(), body=scope, decorator_list=[])
        depth += 1
    imports: list[ast.stmt] = [ast.Import([ast.alias(name)]) for name in imported]
    module = ast.fix_missing_locations(ast.Module([*imports, body], []))
    function.body = tree.body  # after the loop over nodes: these have locations
    return module, depth


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _imported(tree: FunctionTree, block: Block, code: CodeType) -> list[str]:
    """The names that the module imports, as far as it matters; what isn't a module may be imported too.

    The compiler calls `name.method()` in another way where the module imports `name`, which a function's
    own text doesn't show. The instructions do; they are found by where the attribute ends.
    """
    calls: dict[tuple[int, int], str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = node.func
            if isinstance(named.value, ast.Name) and named.end_lineno and named.end_col_offset:
                row = named.end_lineno - 1
                calls[block.line + row, block.margins[row] + named.end_col_offset] = named.value.id
    if not calls:
        return []
    methods: set[str] = set()
    plain: set[str] = set()
    for end, is_method in _attribute_loads(code):
        if end in calls:
            (methods if is_method else plain).add(calls[end])
    return sorted(plain - methods)


def _attribute_loads(code: CodeType) -> Iterator[tuple[tuple[int | None, int | None], bool]]:
    """Where each attribute load of the code ends, and whether it loads a method to call."""
    steps = code.co_code
    for index, (_, line, _, column) in enumerate(code.co_positions()):
        opcode = steps[2 * index]
        if opcode == _LOAD_METHOD:
            yield (line, column), True
        elif opcode == _LOAD_ATTR:
            yield (line, column), _LOAD_METHOD is None and bool(steps[2 * index + 1] & 1)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _attribute_loads(constant)


def class_around(qualname: str) -> str | None:
    """The innermost class a qualified name tells of: private names are mangled with it."""
    classes = [part for part, inner in pairwise(qualname.split(".")) if "<locals>" not in (part, inner)]
    return classes[-1] if classes else None


def _bare(tree: FunctionTree) -> FunctionTree:
    """The function without its body, and without what isn't evaluated in it: defaults, annotations."""
    function = copy.copy(tree)
    function.args = _bare_arguments(tree.args)
    if isinstance(function, ast.Lambda):
        function.body = ast.Constant(None)
        return function
    function.body = []
    # One decorator stays, as a constant: the code's first line is that of the first decorator.
    function.decorator_list = [
        ast.Constant(None, lineno=node.lineno, col_offset=node.col_offset) for node in function.decorator_list[:1]
    ]
    function.returns = None
    if "type_params" in function._fields:
        function.type_params = []  # type: ignore[union-attr,unused-ignore]  # from 3.12 on
    return function


def _bare_arguments(arguments: ast.arguments) -> ast.arguments:
    def bare(argument: ast.arg) -> ast.arg:
        return ast.arg(argument.arg, lineno=argument.lineno, col_offset=argument.col_offset)

    return ast.arguments(
        posonlyargs=[bare(argument) for argument in arguments.posonlyargs],
        args=[bare(argument) for argument in arguments.args],
        vararg=arguments.vararg and bare(arguments.vararg),
        kwonlyargs=[bare(argument) for argument in arguments.kwonlyargs],
        kw_defaults=[None] * len(arguments.kwonlyargs),
        kwarg=arguments.kwarg and bare(arguments.kwarg),
        defaults=[],
    )


def _no_arguments() -> ast.arguments:
    return _bare_arguments(ast.arguments([], [], None, [], [], None, []))
