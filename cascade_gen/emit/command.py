"""Writes what runs a module as a command: `if __name__ == "__main__"`.

    from pathlib import Path

    from agents.crawl import Depth
    from cascade_gen.runtime.command import command

    command(crawl, kinds={"folder": Path, "depth": (Depth, None), "mode": ["fast", "slow"]})

What it imports for that stands in the block: nobody else needs it.
"""

from __future__ import annotations

import sys

import libcst as cst

from cascade_gen.blueprint import ReadParam, walk
from cascade_gen.lower.kinds import Named
from cascade_gen.runtime.inputs import Kind

from . import nodes
from .function import Emitter
from .names import from_lines
from .nodes import Expression, Statement

_EMPTY = cst.EmptyLine(indent=False)
_READ_ALIKE = ("int", "float", "bool", "str")
"""Types of which the command makes what `Param` makes."""


def command_block(emitter: Emitter, function: str) -> Statement:
    """The block; `function` is what it runs."""
    return _Command(emitter, function).block()


class _Command:
    """One block being put together."""

    def __init__(self, emitter: Emitter, function: str) -> None:
        self._emitter = emitter
        self._function = function
        self._word = "run_command" if function == "command" else "command"
        self._imported: dict[tuple[str, str], str] = {("cascade_gen.runtime.command", "command"): self._word}

    def block(self) -> Statement:
        """The test, the imports and the call."""
        told = [*self._about(), *self._types(), *self._kinds()]
        run = nodes.expression(nodes.call(self._word, nodes.name(self._function), *told))
        test = nodes.raw('__name__ == "__main__"')
        return cst.If(test, cst.IndentedBlock([*self._imports(), run.with_changes(leading_lines=[_EMPTY])]))

    def _imports(self) -> list[Statement]:
        """What the block needs, the standard library before the rest."""
        by_module: dict[str, list[str]] = {}
        for (module, word), known in self._imported.items():
            by_module.setdefault(module, []).append(word if word == known else f"{word} as {known}")
        groups: list[list[Statement]] = [[], []]
        for module, words in sorted(by_module.items()):
            lines = from_lines(module, words)
            standard = module.partition(".")[0] in sys.stdlib_module_names
            groups[not standard].extend(nodes.expression(nodes.raw(line)) for line in lines)
        if groups[0]:
            groups[1][0] = groups[1][0].with_changes(leading_lines=[_EMPTY])
        return [*groups[0], *groups[1]]

    def _about(self) -> list[cst.Arg]:
        """What `--help` says of the `Param`s that are described."""
        inputs = self._emitter.blueprint.inputs
        return _given("about", {one.name: nodes.literal(one.description) for one in inputs if one.description})

    def _types(self) -> list[cst.Arg]:
        """What the command is told of the `Param`s whose annotation doesn't say how a text is read."""
        reads = [one for one in walk(self._emitter.blueprint.body) if isinstance(one, ReadParam)]
        own = [one for one in reads if one.source.type not in _READ_ALIKE]
        return _given("types", {one.name: self._emitter.read(one.type) for one in own})

    def _kinds(self) -> list[cst.Arg]:
        """What it is told of the other inputs whose annotation doesn't."""
        return _given("kinds", {name: self._kind(kind) for name, kind in self._emitter.options.kinds})

    def _kind(self, kind: Kind) -> Expression:
        """A kind as one writes it."""
        if isinstance(kind, Named):
            first, *rest = kind.name.split(".")
            return nodes.name(".".join((self._name(kind.module, first), *rest)))
        if type(kind) is tuple:
            return nodes.tuple_([self._kind(one) for one in kind])
        if type(kind) is list:
            return nodes.list_([self._kind(one) for one in kind])
        return nodes.name(kind.__name__) if isinstance(kind, type) else nodes.literal(kind)

    def _name(self, module: str, word: str) -> str:
        """The name of something that is imported here."""
        if (module, word) not in self._imported:
            free = word not in self._imported.values() and not self._emitter.names.is_known(word)
            self._imported[module, word] = word if free else self._emitter.names.private(word)
        return self._imported[module, word]


def _given(word: str, values: dict[str, Expression]) -> list[cst.Arg]:
    """The argument `word`, where there is something in it."""
    return [nodes.keyword(word, nodes.dict_(map(nodes.literal, values), values.values()))] if values else []
