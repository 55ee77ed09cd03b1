"""Where things are written: in functions, by their trees; in graphs, by the code that has declared them."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from dataclasses import replace
from types import CodeType
from typing import Any

from cascade_gen.errors import Location
from cascade_gen.lang import LazyResult, Symbolic, locate
from cascade_gen.runtime.errors import shown_path
from cascade_gen.tasks.source import TaskSource, plain_function, read_source

_Place = ast.expr | ast.arg | ast.keyword


def defined_at(func: Any) -> Location | None:
    """A function's name in its `def`, or its `lambda`; its first line where the source can't be had."""
    code = getattr(func, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    source = read_source(func)
    if source is None:
        return Location(_shown(func, code), code.co_firstlineno, path=code.co_filename)
    tree = source.tree
    line, column = source.line + tree.lineno - 1, source.margins[tree.lineno - 1] + tree.col_offset
    width = len(b"lambda")
    if not isinstance(tree, ast.Lambda):
        column += len(b"async def " if isinstance(tree, ast.AsyncFunctionDef) else b"def ")
        width = len(tree.name.encode())
    return Location(_shown(func, code), line, column, column + width, code.co_filename)


def named_at(func: Any, parameter: str) -> Location | None:
    """A parameter in a function's signature; the function's name where it can't be found."""
    source = read_source(func)
    if source is not None:
        given = source.tree.args
        everything = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        for one in everything:
            if one is not None and one.arg == parameter:
                place = in_source(func, source, one)
                stars = 1 if one is given.vararg else 2 if one is given.kwarg else 0
                return replace(place, column=place.column - stars)
    return defined_at(func)


def in_source(func: Any, source: TaskSource, node: _Place) -> Location:
    """A part of a function whose source is `source`."""
    code = getattr(plain_function(func), "__code__", None)
    margin = source.margins[node.lineno - 1]
    single = node.end_lineno == node.lineno and node.end_col_offset is not None
    return Location(
        _shown(func, code),
        source.line + node.lineno - 1,
        margin + node.col_offset,
        margin + (node.end_col_offset or 0) if single else 0,
        source.file,
    )


def _shown(func: Any, code: CodeType | None) -> str:
    return shown_path("" if code is None else code.co_filename, getattr(func, "__module__", None) or "")


def argument_at(node: Symbolic, parameter: str, position: int) -> Location:
    """The argument for a parameter in the call that has made `node`; the whole call where it can't be found."""

    def find(call: ast.Call, parents: dict[int, ast.AST]) -> _Place | None:
        bound = len(node.args) - len(call.args) if isinstance(node, LazyResult) else 0
        if bound not in (0, 1) or any(isinstance(one, ast.Starred) for one in call.args):
            return None  # 1 is the `self` of a method
        if isinstance(node, LazyResult) and bound <= position < len(node.args):
            return call.args[position - bound]
        return next((word.value for word in call.keywords if word.arg == parameter), None)

    return _part_of(node, find)


def chained_at(node: Symbolic, method: str, keyword: str) -> Location:
    """The keyword that a chain method behind the call of `node` was given; the whole call if it stands elsewhere."""

    def find(call: ast.Call, parents: dict[int, ast.AST]) -> _Place | None:
        current: ast.AST | None = call
        while isinstance(current, ast.Call):
            attribute = parents.get(id(current))
            called = parents.get(id(attribute))
            if not (isinstance(attribute, ast.Attribute) and isinstance(called, ast.Call)):
                return None
            if attribute.attr == method:
                word = next((one for one in called.keywords if one.arg == keyword), None)
                if word is not None:
                    return word
            current = called
        return None

    return _part_of(node, find)


def _part_of(node: Symbolic, find: Callable[[ast.Call, dict[int, ast.AST]], _Place | None]) -> Location:
    """What `find` finds around the call that has made `node`, or that call."""
    whole = locate(node.origin)
    tree = _parsed(whole.path)
    if tree is None:
        return whole
    parents: dict[int, ast.AST] = {}
    call: ast.Call | None = None
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            parents[id(child)] = parent
        if isinstance(parent, ast.Call) and (parent.lineno, parent.col_offset) == (whole.line, whole.column):
            ends_there = parent.end_col_offset == whole.end_column or not whole.end_column
            call = parent if ends_there else call
    found = None if call is None else find(call, parents)
    if found is None:
        return whole
    end = (found.end_col_offset or 0) if found.end_lineno == found.lineno else 0
    return Location(whole.file, found.lineno, found.col_offset, end, whole.path)


def _parsed(path: str) -> ast.Module | None:
    """A file's tree, or None; read anew each time, since errors are rare and trees are large."""
    try:
        return ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
