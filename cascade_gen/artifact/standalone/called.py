"""Says of each task that the workflow of a standalone file calls where its lines stand in the user's own file."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cascade_gen.emit.nodes import quoted
from cascade_gen.runtime.errors import shown_path
from cascade_gen.runtime.user_lines import code_of

from .closure import Closure, Use
from .lines import lines_of
from .resolve import Symbol
from .sources import Module, Part
from .values import is_of_house, value_of

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


class CalledTasks:
    """Finds the functions that a generated module's variables stand for, in a file whose parts `text` gives."""

    def __init__(self, closure: Closure, generated: Module, text: Callable[[Part], str]) -> None:
        self._closure = closure
        self._generated = generated
        self._text = text

    def places(self, table: ast.stmt) -> list[list[str]]:
        """The user's file and the lines of each task that a table calls, as its row says them.

        Lines are counted from the first of the function. Nothing for a task whose code isn't in the file, or can't
        be told apart there.
        """
        rows = [one.elts for one in ast.walk(table) if isinstance(one, ast.Tuple)]
        return [self._place(row[1].id) for row in rows if len(row) == 2 and isinstance(row[1], ast.Name)]

    def _place(self, word: str) -> list[str]:
        code = code_of(self._function(word))
        module = self._module(code)
        if module is None:
            return []
        for part in module.parts:
            path = _path_to(part.node, code)
            text = self._text(part) if path else ""
            if not text:
                continue
            new = _at(ast.parse(text).body[-1], path)
            old = _at(part.node, path)
            if new is not None and old is not None:
                ranges = lines_of(old, new, text, _first_line(new))
                return [quoted(shown_path(code.co_filename, module.name)), *map(quoted, ranges)]
        return []

    def _function(self, word: str) -> Any:
        """The function of a task, which this process has."""
        for use in self._closure.uses:
            part = use.unit.part
            if part.module is not self._generated or word not in part.facts.binds:
                continue
            if use.mention.nodes[-1] is getattr(part.node, "value", None):
                return _meant(use)
        return None

    def _module(self, code: Any) -> Module | None:
        """The module that has the text of a function."""
        file = getattr(code, "co_filename", None)
        for name, module in self._closure.modules.items():
            if not module.is_house and getattr(sys.modules.get(name), "__file__", None) == file is not None:
                return module
        return None


def _meant(use: Use) -> Any:
    """What a path of a generated module stands for."""
    target = use.found.target
    value: Any = value_of(target) if isinstance(target, Symbol) else None
    for name in use.mention.path[use.found.used :]:
        value = getattr(value, name, None)
    return value.func if is_of_house(value) else value  # of a task's name, where the file has its function alone


def _path_to(node: ast.AST, code: Any) -> tuple[str, ...]:
    """The names that lead from a statement to the function of some code; () where they don't."""
    for inner, path in _definitions(node):
        if (
            isinstance(inner, _Definition)
            and _first_line(inner) == code.co_firstlineno
            and inner.name == code.co_name
        ):
            return path
    return ()


def _at(node: ast.AST, path: tuple[str, ...]) -> _Definition | None:
    """The function that names lead to, if there is one; the first name, which may have changed, is the node's."""
    found = [inner for inner, other in _definitions(node) if other[1:] == path[1:]]
    return found[0] if len(found) == 1 and isinstance(found[0], _Definition) else None


def _definitions(node: ast.AST, around: tuple[str, ...] = ()) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """The functions and classes of a statement, with the names that lead to them."""
    if isinstance(node, _Definition | ast.ClassDef):
        around = (*around, node.name)
        yield node, around
    for child in ast.iter_child_nodes(node):
        yield from _definitions(child, around)


def _first_line(node: _Definition) -> int:
    """The line that code counts from: that of the first decorator."""
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])
