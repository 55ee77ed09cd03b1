"""Writes a whole module: docstring, imports, what the function needs, and the function."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import libcst as cst

from cascade_gen._version import __version__
from cascade_gen.blueprint import Blueprint, Cached, Emitted, Input, Object, Operand, TaskRef, walk
from cascade_gen.blueprint.signature import ordered_inputs
from cascade_gen.lower.names import identifier
from cascade_gen.runtime.containers import is_container

from . import calls, loops, nodes, policies, regions  # noqa: F401  # they register what writes instructions
from .docstrings import docstring
from .function import INNER_RUN, Emitter, Options
from .lines import Table
from .nodes import Expression, Statement
from .objects import cache_call, defaults_of, display, importable, may_change, short_tuple
from .tails import emit_tail
from .with_ import with_
from .wrap import wrap_long_lines

FORMAT = 1
OBSERVER = "the observer"
"""The key of what a module tells its events to; no task is bound under it."""
_SHOWN = 16
_NO_HASH = "0" * _SHOWN
_EMPTY = cst.EmptyLine(indent=False)
_DOCUMENTED = "    \U00012000_doc\n"
"""What holds the place of the docstring open: no line of the users' or of the generator's."""


def emit_module(blueprint: Blueprint, options: Options) -> Emitted:
    """The module of a Blueprint."""
    return _Module(blueprint, options).emitted()


def blueprint_hash(blueprint: Blueprint) -> str:
    """The hash of a Blueprint's text form."""
    return hashlib.sha256(str(blueprint).encode("utf-8", "surrogatepass")).hexdigest()


def text_hash(text: str) -> str:
    """The hash of a module's text, but for the stamp that says it."""
    bare = re.sub(r"(?m)^(format .*, text )[0-9a-f]+$", rf"\g<1>{_NO_HASH}", text, count=1)
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN]


class _Module:
    """One module being put together."""

    def __init__(self, blueprint: Blueprint, options: Options) -> None:
        self._blueprint = blueprint
        self._function = identifier(blueprint.name, "workflow")
        self._emitter = Emitter(blueprint, options, self._function)
        self._table = ""
        self._bound: dict[str, Any] = {}
        self._adopted: dict[str, Any] = {}
        self._unshippable: list[str] = []

    def emitted(self) -> Emitted:
        """The module's text and what it needs from this process."""
        emitter = self._emitter
        body = self._body()
        table = Table(emitter)
        body = [*self._documented(), *table.guarded(body)]
        parameters = self._parameters()
        function = nodes.function(
            self._function, parameters, body, is_async=self._blueprint.is_async, returns=self._returns()
        )
        values = [
            *self._functions(),
            *self._directs(),
            *self._defaults(),
            *self._objects(),
            *self._resources(),
        ]
        sections = [*values, *emitter.declarations, function, *table.held_open()]
        code = cst.Module(nodes.spaced([*sections, *self._main()], 2)).code
        mentioned = self._mentioned(code)
        modules = self._modules(mentioned)
        emitter.names.forget_modules(lambda word: not mentioned(word))
        bound = "\n" + cst.Module(modules).code if modules else ""
        code = bound + _gap(sections[0], not modules) + code
        code = wrap_long_lines(code).replace(_DOCUMENTED, docstring(emitter.options.doc), 1)
        imports = [wrap_long_lines("\n".join(emitter.names.imports))]
        if self._bound:
            imports += ["", '_bound = globals()["_bound"]  # what exists only in this process']
        exported = f"__all__ = [{nodes.quoted(self._function)}]"
        text = "\n".join([self._docstring(), "", exported, "", *imports]).rstrip("\n")
        text = emitter.places.fill(text + "\n" + code)
        text = table.fill(text, self._function)
        text = text.replace(_NO_HASH, text_hash(text), 1)
        return Emitted(
            text,
            self._function,
            self._bound,
            self._adopted,
            tuple(self._unshippable),
            emitter.governor_name,
            emitter.why_called,
        )

    def _mentioned(self, code: str) -> Callable[[str], bool]:
        """What says whether a module-level name stands in the text, or in the users' text there."""

        def mentioned(word: str) -> bool:
            return bool(re.search(rf"\b{word}\b", code)) or self._emitter.places.mention(word)

        return mentioned

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
            self._table = emitter.names.private("resources")
        body = emit_tail(emitter, blueprint.body, blueprint.result)
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
        return [*given, *emit_tail(emitter, blueprint.body, blueprint.result)]

    def _scope(self) -> Expression:
        emitter = self._emitter
        if self._blueprint.is_async:
            scope = emitter.runtime("async_scopes", "AsyncScope")
        else:
            scope = emitter.runtime("scopes", "Scope")
        told = [f"{emitter.events}.acquired", f"{emitter.events}.released"] if emitter.events else []
        nothing = [nodes.literal(None)] if told else []
        return nodes.call(scope, nodes.name(self._table), *nothing, *map(nodes.name, told))

    def _events(self) -> Expression:
        """What tells the bus that the module is given when it is loaded."""
        emitter = self._emitter
        self._bound[OBSERVER] = None
        self._unshippable.append("the observer")
        inputs = nodes.dict_(
            [nodes.literal(one.name) for one in self._blueprint.inputs],
            [nodes.name(one.register.name) for one in self._blueprint.inputs],
        )
        bus = cst.Subscript(nodes.name("_bound"), [cst.SubscriptElement(cst.Index(nodes.literal(OBSERVER)))])
        observed = emitter.runtime("observe", "Observed")
        return nodes.call(observed, bus, nodes.literal(self._blueprint.name), inputs)

    def _parameters(self) -> cst.Parameters:
        by_kind: dict[str, list[cst.Param]] = {}
        if self._emitter.options.inner:
            by_kind["positional"] = [nodes.parameter(INNER_RUN)]
        for one in ordered_inputs(self._blueprint):
            if one.param and self._emitter.options.inner:
                continue
            by_kind.setdefault(one.kind, []).append(self._parameter(one))
        return cst.Parameters(
            params=by_kind.get("standard", []),
            posonly_params=by_kind.get("positional", []),
            star_arg=by_kind["star"][0] if "star" in by_kind else cst.MaybeSentinel.DEFAULT,
            kwonly_params=by_kind.get("keyword", []),
            star_kwarg=by_kind["stars"][0] if "stars" in by_kind else None,
        )

    def _parameter(self, one: Input) -> cst.Param:
        stars = {"star": "*", "stars": "**"}.get(one.kind, "")
        default: Expression | None = None
        if one.default is not None:
            default = self._shown_default(one.default)
        elif one.param:
            default = nodes.name(self._emitter.runtime("sentinels", "MISSING"))
        return nodes.parameter(one.register.name, one.annotation, default, stars)

    def _shown_default(self, operand: Operand) -> Expression:
        """A default in the signature: a tuple of constants stands there itself, unless the function reads it too."""
        if isinstance(operand, Object) and operand.name not in self._emitter.objects:
            value = self._blueprint.objects[operand.name]
            shown = short_tuple(value) if importable(value, self._task_modules) is None else None
            if shown is not None:
                return shown
        return self._emitter.read(operand)

    def _returns(self) -> str:
        return self._blueprint.returns

    # the module's other parts

    def _docstring(self) -> str:
        blueprint = self._blueprint
        where = "" if blueprint.location is None else f" from {_plain(str(blueprint.location))}"
        head = f'"""{_plain(blueprint.name)}: compiled by cascade-gen {__version__}{where}.'
        stamps = [f"format {FORMAT}, blueprint {blueprint_hash(blueprint)[:_SHOWN]}, text {_NO_HASH}"]
        stamps.extend(
            f"task {_plain(task.module or '-')}:{_plain(task.qualname or task.name)} {task.source_hash[:_SHOWN]}"
            for task in blueprint.tasks
        )
        return "\n".join([head, "", *stamps, '"""'])

    def _functions(self) -> list[Statement]:
        """The tasks' plain functions under names of their own."""
        found = []
        for key, word in self._emitter.functions.items():
            ref = self._emitter.tasks[key]
            found.append(nodes.assign(word, self._task_function(ref)))
        return found

    def _modules(self, mentioned: Callable[[str], bool]) -> list[Statement]:
        """The modules whose globals moved bodies read, where they can't be imported."""
        found = []
        for module, word in self._emitter.bound_modules.items():
            if mentioned(word):
                self._unshippable.append(f"the module {module!r}")
                found.append(nodes.assign(word, self._bind(f"{module} module", sys.modules[module])))
        return found

    def _directs(self) -> list[Statement]:
        """The functions of tasks that moved bodies name."""
        return [nodes.assign(word, nodes.name(place)) for place, word in self._emitter.directs.items()]

    def _defaults(self) -> list[Statement]:
        """The default values of moved bodies that no literal gives."""
        found = []
        for word, (key, parameter) in self._emitter.defaults.items():
            found.append(nodes.assign(word, self._default(key, parameter)))
        return found

    def _default(self, key: str, parameter: str) -> Expression:
        """The very default of a task's parameter."""
        function = self._task_function(self._emitter.tasks[key])
        given = inspect.signature(self._blueprint.bound_tasks[key].func, follow_wrapped=False).parameters
        keyword = given[parameter].kind is inspect.Parameter.KEYWORD_ONLY
        place = parameter if keyword else _default_index(given, parameter)
        index = cst.SubscriptElement(cst.Index(nodes.literal(place)))
        values = cst.Attribute(function, cst.Name("__kwdefaults__" if keyword else "__defaults__"))
        return cst.Subscript(values, [index])

    def _task_function(self, ref: TaskRef) -> Expression:
        if ref.module == "builtins":
            return nodes.name(self._emitter.names.builtin(ref.qualname))
        if ref.module:
            module = self._emitter.names.module(ref.module)
            return nodes.name(f"{module}.{ref.qualname}" + ("" if ref.plain else ".func"))
        self._unshippable.append(f"the task {ref.name!r}")
        return self._bind(ref.key, self._blueprint.bound_tasks[ref.key].func)

    def _objects(self) -> list[Statement]:
        found = []
        for name, word in self._emitter.objects.items():
            value = self._blueprint.objects[name]
            made = self._object(name, word, value)
            found.append(nodes.annotated(word, _loose_type(value), made))
        return found

    @cached_property
    def _task_modules(self) -> list[str]:
        """The modules of the users' own in which an object may have a name."""
        modules = [task.module for task in self._blueprint.tasks if task.module]
        return [*modules, *(one for one in self._blueprint.modules if one != "__main__")]

    def _object(self, name: str, word: str, value: Any) -> Expression:
        place = importable(value, self._task_modules)
        if place is not None:
            return nodes.name(f"{self._emitter.names.module(place[0])}.{place[1]}")
        shown = display(value, self._named)
        if shown is None or may_change(value):
            default = self._given.get(id(value))
            if default is not None:
                return self._default(*default)
        if shown is None and name in self._policies:  # else what it holds might matter
            shown = cache_call(value, self._emitter.names.runtime, self._named)
        if shown is not None:
            self._adopted[word] = value
            return shown
        self._unshippable.append(f"@{name}")
        return self._bind(f"{name} value", value)

    @cached_property
    def _given(self) -> dict[int, tuple[str, str]]:
        """The defaults of the tasks that can be imported."""
        tasks = {one.key: self._blueprint.bound_tasks[one.key] for one in self._blueprint.tasks if one.module}
        return defaults_of(tasks)

    @cached_property
    def _policies(self) -> frozenset[str]:
        """The objects that say what is cached."""
        return frozenset(one.policy.name for one in walk(self._blueprint.body) if isinstance(one, Cached))

    def _named(self, thing: Any) -> Expression | None:
        """The expression of a class or function that can be imported."""
        place = importable(thing, [])
        if place is None:
            return None
        if place[0] == "builtins":
            return nodes.name(self._emitter.names.builtin(place[1]))
        return nodes.name(f"{self._emitter.names.module(place[0])}.{place[1]}")

    def _bind(self, key: str, value: Any) -> Expression:
        self._bound[key] = value
        index = cst.SubscriptElement(cst.Index(nodes.literal(key)))
        return cst.Subscript(nodes.name("_bound"), [index])

    def _resources(self) -> list[Statement]:
        if not self._emitter.scoped or self._emitter.options.inner:
            return []
        emitter = self._emitter
        keys, values = [], []
        for ref in self._blueprint.resources:
            if ref.module:
                function: Expression = nodes.name(f"{emitter.names.module(ref.module)}.{ref.qualname}.func")
            else:
                self._unshippable.append(f"the resource {ref.name!r}")
                function = self._bind(f"{ref.name} resource", self._blueprint.bound_resources[ref.name].func)
            injects = nodes.dict_(
                [nodes.literal(one) for one, _ in ref.injects], [nodes.literal(one) for _, one in ref.injects]
            )
            made = nodes.call(
                emitter.runtime("scopes", "Resource"),
                nodes.literal(ref.name),
                function,
                nodes.literal(ref.scope),
                injects,
                nodes.literal(ref.is_async),
            )
            keys.append(nodes.literal(ref.name))
            values.append(made)
        return [nodes.assign(self._table, nodes.dict_(keys, values))]

    def _main(self) -> list[Statement]:
        """What `python module.py` does: nothing for what exists only in this process."""
        if self._bound or self._emitter.options.inner:
            return []
        module = cst.parse_expression("cascade_gen.runtime.command")
        assert isinstance(module, cst.Attribute)
        word = "run_command" if self._function == "command" else "command"
        alias = cst.AsName(cst.Name(word)) if word != "command" else None
        imported = nodes.line(cst.ImportFrom(module, [cst.ImportAlias(cst.Name("command"), alias)]))
        run = nodes.expression(nodes.call(word, nodes.name(self._function)))
        test = nodes.compare(nodes.name("__name__"), cst.Equal(), cst.SimpleString('"__main__"'))
        guard = cst.If(test, cst.IndentedBlock([imported, run.with_changes(leading_lines=[_EMPTY])]))
        return [guard]


def _default_index(given: Mapping[str, inspect.Parameter], name: str) -> int:
    """The place of a parameter's default in `__defaults__`."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [one.name for one in given.values() if one.kind in kinds and one.default is not one.empty]
    return named.index(name)


def _loose_type(value: Any) -> str:
    """The annotation that a type checker wants where a container has nothing to tell its type from."""
    kind = type(value)
    if kind not in (list, dict, set, frozenset):
        return ""
    items = value.values() if kind is dict else value
    empty = not value or any(is_container(item) and not item for item in items)
    return kind.__name__ if empty else ""


def _plain(text: str) -> str:
    """Text that can stand in a docstring."""
    if re.fullmatch(r"[\w .:/<>@,()\[\]-]*", text) and len(text) <= 200:
        return text
    return re.sub(r"[^\w .:/-]", "?", text[:80])


def _gap(first: Statement, behind_imports: bool) -> str:
    """The blank lines before the first section."""
    if isinstance(first, cst.FunctionDef):
        return "\n\n"
    return "\n" if behind_imports else ""
