"""The scope of a task function, read once and kept."""

from __future__ import annotations
import __future__

from types import FunctionType

from .match import class_around
from .memo import CodeMemo
from .read_scopes import read_scopes
from .scopes import Scope
from .source import TaskSource

_memo: CodeMemo[tuple[Scope | None]] = CodeMemo()


def function_scope(function: FunctionType, source: TaskSource) -> Scope | None:
    """The scope of `function`, read once from its `source`; None if that is nested too deep to be walked."""
    code = function.__code__
    kept = _memo.get(code)
    if kept is None:
        evaluated = not code.co_flags & __future__.annotations.compiler_flag
        try:
            kept = (read_scopes(source.tree, evaluated, class_around(code.co_qualname)),)
        except RecursionError:
            kept = (None,)
        _memo.put(code, kept)
    return kept[0]
