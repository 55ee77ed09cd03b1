"""What is told of a refusal: a place in the user's files, even where it is the generated text that can't be cut."""

from __future__ import annotations

import ast
import sys
from functools import cached_property, reduce
from types import CodeType

from cascade_gen.artifact.places import where_given, where_used
from cascade_gen.blueprint import Blueprint
from cascade_gen.errors import Location
from cascade_gen.runtime.user_lines import UserLines

from .closure import Refusal
from .facts import Path
from .sources import Module


class Told:
    """The words for refusals of one file. `function` is that of the generated module."""

    def __init__(self, blueprint: Blueprint, generated: Module, function: str) -> None:
        self._blueprint = blueprint
        self._generated = generated
        self._function = function

    def text(self, refusal: Refusal) -> str:
        """Place and reason; who is meant by a name that no text of the user's mentions there."""
        node = refusal.node
        assert isinstance(node, ast.expr | ast.stmt)
        if refusal.module is not self._generated:
            return f"{refusal.module.shown}:{node.lineno}: {refusal.reason}"
        position = node.lineno, node.end_lineno or node.lineno, node.col_offset, node.end_col_offset
        moved = self._lines.covering(position)
        if moved is not None:
            return f"{moved[0].file}:{moved[1]}: {refusal.reason}"
        where, what = self._meant(refusal.path)
        return ": ".join(str(one) for one in (where, what, refusal.reason) if one)

    @cached_property
    def _lines(self) -> UserLines:
        """The table of the user's lines, which stands behind the function; nothing there is run."""
        parts = self._generated.parts
        behind = parts[parts.index(self._generated.binders[self._function][0]) + 1 :]
        table = getattr(behind[0].node, "value", None) if behind else None
        rows = [ast.literal_eval(row) for row in getattr(table, "elts", ()) if len(row.elts) > 2]
        module = compile(self._generated.data, "", "exec", dont_inherit=True)
        codes = {one.co_name: one for one in module.co_consts if isinstance(one, CodeType)}
        return UserLines(codes[self._function], tuple(rows))

    def _meant(self, path: Path) -> tuple[Location | None, str]:
        """The task, resource or value that generated text reads from a module, and where it is used."""
        imported = self._generated.imported(path[0]) if path else None
        if imported is None:
            return None, ""
        module, _ = self._generated.absolute(imported)
        names = path[1:-1] if path[-1:] == ("func",) else path[1:]
        blueprint, name = self._blueprint, ".".join(names)
        for task in blueprint.tasks:
            if (task.module, task.qualname) == (module, name):
                return where_used(blueprint, "task", task.key), f"the task {task.name!r}"
        for resource in blueprint.resources:
            if (resource.module, resource.qualname) == (module, name):
                return where_used(blueprint, "resource", resource.name), f"the resource {resource.name!r}"
        value = reduce(lambda one, word: getattr(one, word, None), names, sys.modules.get(module))
        for known, one in blueprint.objects.items():
            if one is value:
                return where_given(blueprint, known), f"the value {name or module}"
        return None, f"the value {name or module}"
