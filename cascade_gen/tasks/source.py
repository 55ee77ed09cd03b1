"""The source of a task function: found by its code object, proven to be its own, and hashed."""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from .block import Block, def_blocks, lambda_blocks
from .canonical import canonical
from .fingerprint import constant_key, fingerprint
from .looking import seen
from .match import FunctionTree, is_source_of
from .memo import CodeMemo


@dataclass(frozen=True, slots=True)
class TaskSource:
    """The source of one function.

    `text` is the whole `def` with its decorators (of a lambda: the expression), without the indentation it
    has in `file`, where it starts on `line`. `tree` is parsed from `text`, so its lines count from 1 and its
    columns, in UTF-8 bytes, from the removed indentation; `margins` holds what was removed, in characters,
    line by line. `hash` is the SHA-256 of what the function says: signature, defaults and body, whatever the
    layout, the comments, the place in the file, the line endings and the decorators.
    """

    text: str
    file: str
    line: int
    tree: FunctionTree
    hash: str
    margins: tuple[int, ...]

    def place(self, node: ast.expr | ast.stmt) -> tuple[int, int, int]:
        """Line, column and end column of `node` in the file; columns in characters, from 0.

        A node of several lines ends with the first of them.
        """
        row = self.text.split("\n")[node.lineno - 1]
        margin = self.margins[node.lineno - 1]
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        return (
            self.line + node.lineno - 1,
            margin + len(row.encode()[: node.col_offset].decode()),
            margin + len(row.encode()[:end].decode()),
        )


class _Found(NamedTuple):
    """The source of a code object, if it was found, and the defaults written there: constants, or None."""

    source: TaskSource | None
    defaults: tuple[ast.Constant | None, ...] = ()


_memo: CodeMemo[_Found] = CodeMemo()


def read_source(func: object) -> TaskSource | None:
    """The source of `func`'s own code, or None when there is none or it isn't provably that of the code.

    Of a function that a decorator made it is the decorator's inner function, not the one it wraps. None for
    what isn't a Python function, for code without a file (`exec`, an old REPL), for a file edited since it
    was imported, for code that an import hook rewrote, and for two equal lambdas on one line.
    """
    function = plain_function(func)
    return None if function is None else seen(("source", id(function)), lambda: _source(function))


def _source(function: FunctionType) -> TaskSource | None:
    code = function.__code__
    found = _memo.get(code) or _memo.put(code, _with_defaults(_find(code, function.__globals__)))
    return found.source if found.source is not None and _has_defaults(function, found.defaults) else None


def code_hash(func: object) -> str:
    """A stable SHA-256 of what `func`'s code does, for when there is no source.

    It covers bytecode, constants, names and defaults (of those that are not plain data: the type), and so
    differs between versions of Python. What has no Python code is known by its name, or that of its class.
    """
    function = plain_function(func)
    if function is not None:
        defaults = (constant_key(function.__defaults__), constant_key(function.__kwdefaults__))
        return _sha256(ascii((fingerprint(function.__code__), *defaults)))
    named = func if hasattr(func, "__qualname__") else type(func)
    bound = constant_key((func.args, func.keywords)) if isinstance(func, partial) else ()
    return _sha256(ascii((getattr(named, "__module__", ""), getattr(named, "__qualname__", ""), bound)))


def identity(func: object) -> str:
    """What `func` is, for caches and stamps: the hash of its source, or of its code where there is none.

    What it wraps (`functools.wraps`, a `partial`, an object with `__call__`) counts as well, so that an edit
    of a decorated function shows.
    """
    hashes: list[str] = []
    seen: set[int] = set()
    while func is not None and id(func) not in seen:
        seen.add(id(func))
        source = read_source(func)
        hashes.append(source.hash if source is not None else code_hash(func))
        func = _beneath(func)
    return hashes[0] if len(hashes) == 1 else _sha256(" ".join(hashes))


def _beneath(func: object) -> object:
    if isinstance(func, partial):
        return func.func
    members = getattr(func, "__dict__", None)
    wrapped = members.get("__wrapped__") if isinstance(members, dict) else None
    if wrapped is None and plain_function(func) is None:
        wrapped = inspect.getattr_static(type(func), "__call__", None)
        return wrapped if isinstance(wrapped, FunctionType) else None
    return wrapped


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def plain_function(func: object) -> FunctionType | None:
    """The Python function that calling `func` runs, or None if it is something else.

    An object that passes itself off as a function by its `__class__` is something else.
    """
    if type(func) is MethodType:
        func = func.__func__
    return func if type(func) is FunctionType else None


def _find(code: CodeType, namespace: dict[str, Any]) -> TaskSource | None:
    """Look in the lines that are at hand, then, if the file has changed, in those it has now."""
    lines = linecache.getlines(code.co_filename, namespace)
    found = _match(code, lines, namespace)
    if found is None and lines:
        linecache.checkcache(code.co_filename)
        fresh = linecache.getlines(code.co_filename, namespace)
        found = _match(code, fresh, namespace) if fresh is not lines else None
    if found is None:
        return None
    block, tree = found
    return TaskSource(block.text, code.co_filename, block.line, tree, _sha256(canonical(tree)), block.margins)


def _match(code: CodeType, lines: Sequence[str], namespace: dict[str, Any]) -> tuple[Block, FunctionTree] | None:
    """The one text that compiles to `code`; lambdas are told apart by their columns."""
    is_lambda = code.co_name == "<lambda>"
    blocks = (lambda_blocks if is_lambda else def_blocks)(lines, code.co_firstlineno, _last_line(code))
    matching: dict[int, tuple[Block, FunctionTree]] = {}
    for block in blocks:
        if block.margins[0] in matching:
            continue  # of the texts of one lambda the first is the longest
        tree = _parse(block.text, is_lambda)
        if tree is not None and is_source_of(tree, block, code, namespace):
            matching[block.margins[0]] = block, tree
            if not is_lambda:
                break
    return next(iter(matching.values())) if len(matching) == 1 else None


def _last_line(code: CodeType) -> int:
    inner = [_last_line(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return max(code.co_firstlineno, *(end or line or 0 for line, end, _, _ in code.co_positions()), *inner)


def _parse(text: str, is_lambda: bool) -> FunctionTree | None:
    """The one function in `text`; None if it is something else, too deep or no Python."""
    # A lambda may go on over lines, as it does in the brackets it stands in.
    written = f"({text}\n)" if is_lambda else text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(written).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not is_lambda:
        return statement if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else None
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Lambda):
        return None
    for node in ast.walk(statement.value):
        if isinstance(node, ast.expr | ast.arg | ast.keyword):
            node.col_offset -= node.lineno == 1
            node.end_col_offset = (node.end_col_offset or 0) - (node.end_lineno == 1)
    return statement.value


def _with_defaults(source: TaskSource | None) -> _Found:
    if source is None:
        return _Found(None)
    given = source.tree.args
    written = (*given.defaults, *(default for default in given.kw_defaults if default is not None))
    return _Found(source, tuple(node if isinstance(node, ast.Constant) else None for node in written))


def _has_defaults(function: FunctionType, written: Sequence[ast.Constant | None]) -> bool:
    """Whether the literal defaults are those written; code objects don't hold them."""
    actual = function.__defaults__ or ()
    if function.__kwdefaults__:
        actual = (*actual, *function.__kwdefaults__.values())
    if len(written) != len(actual):
        return False
    for node, value in zip(written, actual, strict=True):
        if node is not None and node.value is not value and constant_key(node.value) != constant_key(value):
            return False
    return True
