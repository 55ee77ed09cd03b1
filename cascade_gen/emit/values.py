"""Writes the values that a module makes once, in front of its function: tasks, defaults, objects and resources."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import libcst as cst

from cascade_gen.blueprint import Cached, ResourceRef, TaskRef, walk
from cascade_gen.runtime.containers import is_container

from . import nodes
from .bound import Bound
from .function import Emitter
from .nodes import Expression, Statement
from .objects import cache_call, defaults_of, display, importable, may_change


class Values:
    """The module-level values of one module, whose function is written by now.

    `modules` are those of the users' own, `bound` takes what no text can make. `adopted` are the values, by their
    names, that the text makes anew but that have to be the very objects given; it grows as `statements` are written.
    """

    def __init__(self, emitter: Emitter, modules: Sequence[str], bound: Bound) -> None:
        self._emitter = emitter
        self._blueprint = emitter.blueprint
        self._own_modules = modules
        self._bound = bound
        self.adopted: dict[str, Any] = {}

    def statements(self, table: str) -> list[Statement]:
        """The assignments of all values; `table` is the name of that of the resources."""
        return [
            *self._functions(),
            *self._directs(),
            *self._defaults(),
            *self._objects(),
            *self._resources(table),
        ]

    def modules(self, mentioned: Callable[[str], bool]) -> list[Statement]:
        """The modules whose globals moved bodies read, where they can't be imported and their names are mentioned."""
        found = []
        for module, word in self._emitter.bound_modules.items():
            if mentioned(word):
                value = self._bound.bind(f"{module} module", sys.modules[module], f"the module {module!r}")
                found.append(nodes.assign(word, value))
        return found

    # tasks

    def _functions(self) -> list[Statement]:
        """The tasks' plain functions under names of their own."""
        emitter = self._emitter
        return [nodes.assign(word, self._function(emitter.tasks[key])) for key, word in emitter.functions.items()]

    def _function(self, ref: TaskRef) -> Expression:
        if ref.module == "builtins":
            return nodes.name(self._emitter.names.builtin(ref.qualname))
        if ref.module:
            module = self._emitter.names.module(ref.module)
            return nodes.name(f"{module}.{ref.qualname}" + ("" if ref.plain else ".func"))
        return self._bound.bind(ref.key, self._blueprint.bound_tasks[ref.key].func, f"the task {ref.name!r}")

    def _directs(self) -> list[Statement]:
        """The functions of tasks that moved bodies name."""
        return [nodes.assign(word, nodes.name(place)) for place, (_, word) in self._emitter.directs.items()]

    def _defaults(self) -> list[Statement]:
        """The default values of moved bodies that no literal gives."""
        return [nodes.assign(word, self._default(*place)) for word, place in self._emitter.defaults.items()]

    def _default(self, key: str, parameter: str) -> Expression:
        """The very default of a task's parameter."""
        function = self._function(self._emitter.tasks[key])
        given = inspect.signature(self._blueprint.bound_tasks[key].func, follow_wrapped=False).parameters
        keyword = given[parameter].kind is inspect.Parameter.KEYWORD_ONLY
        place = parameter if keyword else _default_index(given, parameter)
        index = cst.SubscriptElement(cst.Index(nodes.literal(place)))
        values = cst.Attribute(function, cst.Name("__kwdefaults__" if keyword else "__defaults__"))
        return cst.Subscript(values, [index])

    # objects

    def _objects(self) -> list[Statement]:
        found = []
        for name, word in self._emitter.objects.items():
            value = self._blueprint.objects[name]
            found.append(nodes.annotated(word, _loose_type(value), self._object(name, word, value)))
        return found

    def _object(self, name: str, word: str, value: Any) -> Expression:
        """An object by its name elsewhere, made anew, as a task's default, or handed in: the first that will do."""
        place = importable(value, self._own_modules)
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
            self.adopted[word] = value
            return shown
        return self._bound.bind(f"{name} value", value, f"@{name}")

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
        """The expression of what can be imported."""
        place = importable(thing, self._own_modules)
        if place is None:
            return None
        if place[0] == "builtins":
            return nodes.name(self._emitter.names.builtin(place[1]))
        return nodes.name(f"{self._emitter.names.module(place[0])}.{place[1]}")

    # resources

    def _resources(self, table: str) -> list[Statement]:
        """The table of the resources, if they are used; an inner module has those of the run around it."""
        if not self._emitter.scoped or self._emitter.options.inner:
            return []
        resources = self._blueprint.resources
        keys = [nodes.literal(ref.name) for ref in resources]
        return [nodes.assign(table, nodes.dict_(keys, [self._resource(ref) for ref in resources]))]

    def _resource(self, ref: ResourceRef) -> Expression:
        if ref.module:
            function: Expression = nodes.name(f"{self._emitter.names.module(ref.module)}.{ref.qualname}.func")
        else:
            value = self._blueprint.bound_resources[ref.name].func
            function = self._bound.bind(f"{ref.name} resource", value, f"the resource {ref.name!r}")
        injects = nodes.dict_(
            [nodes.literal(one) for one, _ in ref.injects], [nodes.literal(one) for _, one in ref.injects]
        )
        return nodes.call(
            self._emitter.runtime("scopes", "Resource"),
            nodes.literal(ref.name),
            function,
            nodes.literal(ref.scope),
            injects,
            nodes.literal(ref.is_async),
        )


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
