"""Writes a whole module: docstring, imports, what the function needs, and the function."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce

import libcst as cst

from cascade_gen.blueprint import OBSERVER, Blueprint, Emitted
from cascade_gen.lower.importable import own_modules
from cascade_gen.lower.names import identifier

from . import calls, loops, nodes, policies, regions  # noqa: F401  # they register what writes instructions
from .bound import Bound
from .command import command_block
from .docstrings import docstring
from .function import INNER_RUN, Emitter, Options
from .lines import Table
from .nodes import Expression, Statement
from .signature import parameters
from .stamps import stamped, stamps
from .tails import emit_tail
from .values import Values
from .with_ import with_
from .wrap import wrap_long_lines

_DOCUMENTED = "    \U00012000_doc\n"
"""What holds the place of the docstring open: no line of the users' or of the generator's."""


def emit_module(blueprint: Blueprint, options: Options) -> Emitted:
    """The module of a Blueprint."""
    return _Module(blueprint, options).emitted()


class _Module:
    """One module being put together."""

    def __init__(self, blueprint: Blueprint, options: Options) -> None:
        self._blueprint = blueprint
        self._function = identifier(blueprint.name, "workflow")
        self._emitter = Emitter(blueprint, options, self._function)
        self._resources = ""
        self._own_modules = own_modules(blueprint)
        self._bound = Bound()
        self._values = Values(self._emitter, self._own_modules, self._bound)

    def emitted(self) -> Emitted:
        """The module's text and what it needs from this process."""
        emitter, bound = self._emitter, self._bound
        body = self._body()
        table = Table(emitter)
        code = self._code(self._sections(body, table))
        head = [stamps(self._blueprint), "", f"__all__ = [{nodes.quoted(self._function)}]", "", *self._imports()]
        text = emitter.places.fill("\n".join(head).rstrip("\n") + "\n" + code)
        return Emitted(
            stamped(table.fill(text, self._function)),
            self._function,
            bound.values,
            self._values.adopted,
            tuple(bound.unshippable),
            emitter.governor_name,
            emitter.why_called,
        )

    def _sections(self, body: list[Statement], table: Table) -> list[Statement]:
        """The values that the function needs, the function with this body, and the table of its lines."""
        body = [*self._documented(), *table.guarded(body)]
        given = parameters(self._emitter, self._own_modules)
        is_async, returns = self._blueprint.is_async, self._blueprint.returns
        function = nodes.function(self._function, given, body, is_async=is_async, returns=returns)
        values = self._values.statements(self._resources)
        return [*values, *self._emitter.declarations, function, *table.held_open()]

    def _code(self, sections: list[Statement]) -> str:
        """The text behind the imports, in form, with the docstring in its place."""
        code = cst.Module(nodes.spaced([*sections, *self._command()], 2)).code
        hints = list(self._emitter.hints)
        mentioned = self._mentioned(reduce(lambda text, hint: text.replace(f": {hint}", ""), hints, code))
        modules = self._values.modules(mentioned)
        self._emitter.names.forget_modules(lambda word: not mentioned(word), " ".join(hints))
        bound = "\n" + cst.Module(modules).code if modules else ""
        code = wrap_long_lines(bound + _gap(sections[0], not modules) + code)
        return code.replace(_DOCUMENTED, docstring(self._emitter.options.doc), 1)

    def _command(self) -> list[Statement]:
        """What `python module.py` does: nothing for what exists only in this process."""
        if self._bound.values or self._emitter.options.inner:
            return []
        return [command_block(self._emitter, self._function)]

    def _mentioned(self, code: str) -> Callable[[str], bool]:
        """What says whether a module-level name stands in the text, or in the users' text there."""

        def mentioned(word: str) -> bool:
            return bool(re.search(rf"\b{word}\b", code)) or self._emitter.places.mention(word)

        return mentioned

    def _imports(self) -> list[str]:
        imports = [wrap_long_lines("\n".join(self._emitter.names.imports))]
        if self._bound.values:
            imports += ["", '_bound = globals()["_bound"]  # what exists only in this process']
        return imports

    # the function

    def _documented(self) -> list[Statement]:
        """The statement in whose place the docstring will stand."""
        return [nodes.expression(nodes.raw(_DOCUMENTED.strip()))] if self._emitter.options.doc else []

    def _body(self) -> list[Statement]:
        blueprint, emitter = self._blueprint, self._emitter
        if emitter.options.inner:
            return self._inner_body()
        if emitter.options.observed:
            emitter.events = emitter.names.local("events")
        if blueprint.resources:
            emitter.scope = emitter.names.local("scope")
            self._resources = emitter.names.private("resources")
        body = self._written()
        if blueprint.returns or any(one.annotation or one.hint for one in blueprint.inputs):
            inputs = {one.register.name for one in self._blueprint.inputs}
            unsure = [word for word in emitter.unsure if word not in inputs]
            body = [*nodes.forget(unsure), *body]  # type checkers go by what is bound first
        if emitter.scoped:
            body = [with_(self._scope(), body, blueprint.is_async, emitter.scope)]
        if emitter.options.observed:
            body = [with_(self._events(), body, False, emitter.events)]
        return body

    def _inner_body(self) -> list[Statement]:
        """The body of a graph that a task has returned: resources, parameters and events are those of its run."""
        blueprint, emitter = self._blueprint, self._emitter
        if emitter.options.observed:
            emitter.events = f"{INNER_RUN}.events"
        if blueprint.resources:
            emitter.scope = f"{INNER_RUN}.scope"
        given = []
        for one in blueprint.inputs:
            if one.param:
                default = nodes.name(emitter.runtime("sentinels", "MISSING"))
                fallback = default if one.default is None else emitter.read(one.default)
                value = nodes.call(f"{INNER_RUN}.params.get", nodes.literal(one.name), fallback)
                given.append(nodes.assign(one.register.name, value))
        return [*given, *self._written()]

    def _written(self) -> list[Statement]:
        """What the function does, behind the functions that it does some of it with."""
        body = emit_tail(self._emitter, self._blueprint.body, self._blueprint.result)
        return [*self._emitter.works, *body]

    def _scope(self) -> Expression:
        emitter = self._emitter
        if self._blueprint.is_async:
            scope = emitter.runtime("async_scopes", "AsyncScope")
        else:
            scope = emitter.runtime("scopes", "Scope")
        told = [f"{emitter.events}.acquired", f"{emitter.events}.released"] if emitter.events else []
        nothing = [nodes.literal(None)] if told else []
        lines = [nodes.keyword("lines", nodes.name(emitter.lines()))] if emitter.timed and emitter.fails else []
        return nodes.call(scope, nodes.name(self._resources), *nothing, *map(nodes.name, told), *lines)

    def _events(self) -> Expression:
        """What tells the bus that the module is given when it is loaded."""
        emitter = self._emitter
        bus = self._bound.bind(OBSERVER, None, OBSERVER)
        inputs = nodes.dict_(
            [nodes.literal(one.name) for one in self._blueprint.inputs],
            [nodes.name(one.register.name) for one in self._blueprint.inputs],
        )
        observed = emitter.runtime("observe", "Observed")
        return nodes.call(observed, bus, nodes.literal(self._blueprint.name), inputs)


def _gap(first: Statement, behind_imports: bool) -> str:
    """The blank lines before the first section."""
    if isinstance(first, cst.FunctionDef):
        return "\n\n"
    return "\n" if behind_imports else ""
