"""The tables of a Blueprint while it is built: names, tasks, objects, inputs, resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from cascade_gen.blueprint import (
    Input,
    Literal,
    Object,
    Operand,
    ReadParam,
    Register,
    ResourceRef,
    TaskRef,
)
from cascade_gen.check import resource_errors, together
from cascade_gen.errors import InputClashError, Location
from cascade_gen.lang import Argument, Inject, Param, ResourceDefinition, Task, Workflow, locate
from cascade_gen.lang.symbolic import Origin
from cascade_gen.runtime.sentinels import MISSING
from cascade_gen.tasks.exits import Exits, exits
from cascade_gen.tasks.source import identity

from .annotations import annotation_text, evaluated
from .graph import Needs
from .hints import hint_text
from .importable import named, resolve
from .names import Namer

_INLINE_KINDS = frozenset((type(None), bool, int, float, complex, str, bytes, type(...)))
_LONGEST_INLINE = 200


class Tables:
    """What instructions refer to by name. One for each Blueprint that is built."""

    def __init__(
        self,
        resources: Mapping[str, ResourceDefinition],
        blueprints: Mapping[str, Any],
        capacity: Mapping[str, float],
        outer: frozenset[str] = frozenset(),
    ) -> None:
        self.blueprints = blueprints
        self.outer = outer  # the names of what the loop has that runs a graph which was met at run time
        self.running: Workflow[..., Any] | None = None
        self.capacity = capacity
        self.meets_async = False
        self.meets_graphs = False
        self.needs = Needs()
        self._exits: dict[int, Exits] = {}
        self._places: dict[tuple[int, int], Location] = {}
        self.registers = Namer()
        self._names = Namer()
        self.tasks: dict[tuple[int, str], TaskRef] = {}
        self.bound_tasks: dict[str, Task[..., Any]] = {}
        self.objects: dict[str, Any] = {}
        self._object_names: dict[int, str] = {}
        self.inputs: list[Input] = []
        self.arguments: dict[int, Register] = {}
        self._argument_names: set[str] = set()
        self.shared: set[int] = set()
        self.modules: dict[str, None] = {}
        self.prologue: list[ReadParam] = []
        self._params: dict[str, tuple[Param, Register]] = {}
        self.known_resources = resources
        self.resources: dict[str, ResourceRef] = {}
        self.bound_resources: dict[str, ResourceDefinition] = {}

    def exits(self, task: Task[..., Any]) -> Exits:
        """What a task can return, as its source shows."""
        found = self._exits.get(id(task))
        if found is None:
            found = self._exits[id(task)] = exits(task.func)
        return found

    def locate(self, origin: Origin) -> Location:
        """The place of an origin; many nodes are written in one."""
        key = (id(origin[0]), origin[1])
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = locate(origin)
        return found

    def register(self, hint: str, type: str = "") -> Register:
        """A new register named after `hint`."""
        return Register(self.registers.name(hint), type)

    def constant(self, value: Any, hint: str) -> Operand:
        """The operand for a value that isn't lazy: a literal, or the very object under a name."""
        if type(value) in _INLINE_KINDS and not _is_long(value) and value == value:  # a NaN equals none but itself
            return Literal(value)
        if type(value) is tuple and not value:
            return Literal(())
        name = self._object_names.get(id(value))
        if name is None:
            name = self._object_names[id(value)] = self._names.name(hint)
            self.objects[name] = value
        return Object(name)

    def task(self, task: Task[..., Any], mode: str | None = None) -> TaskRef:
        """The reference to a task, called in `mode` where that isn't its own."""
        mode = task.mode if mode is None else mode
        ref = self.tasks.get((id(task), mode))
        if ref is None:
            module, qualname, plain = find_task(task, self.modules)
            ref = TaskRef(
                key=self._names.name(task.name, "task"),
                name=task.name,
                module=module,
                qualname=qualname,
                is_async=task.is_async,
                mode=mode,
                pure=task.pure,
                source_hash=identity(task.func),
                plain=plain,
            )
            self.tasks[id(task), mode] = ref
            self.bound_tasks[ref.key] = task
        return ref

    def add_input(self, argument: Argument, kind: str, default: Operand | None, annotation: Any, func: Any) -> None:
        """Make a symbolic argument an input of the Blueprint, under its very name; `func` has the annotation."""
        self.registers.reserve(argument.name)
        register = Register(argument.name, annotation_text(evaluated(annotation, func)))
        self.arguments[id(argument)] = register
        hint = "" if register.type else hint_text(annotation, func)
        self.inputs.append(Input(register, argument.name, kind, default, register.type, hint=hint))
        self._argument_names.add(argument.name)

    def param(self, param: Param) -> Register:
        """The register of a `Param`, converted; every `Param` of that name must say the same."""
        known = self._params.get(param.name)
        if known is not None:
            if not _same_param(known[0], param):
                raise InputClashError(
                    f"two Params are named {param.name!r}, and they differ",
                    locate(param.origin),
                    "give one of them another name, or use one Param object in both places",
                )
            return known[1]
        if param.name in self._argument_names:
            raise InputClashError(
                f"the Param {param.name!r} has the name of an argument of the root",
                locate(param.origin),
                "give the Param another name",
            )
        register = self._add_param(param)
        self._params[param.name] = (param, register)
        return register

    def _add_param(self, param: Param) -> Register:
        self.registers.reserve(param.name)
        annotation = annotation_text(param.type) if isinstance(param.type, type) else ""
        source = Register(param.name, annotation)
        default = None if param.default is MISSING else self.constant(param.default, param.name)
        self.inputs.append(Input(source, param.name, "keyword", default, annotation, True, param.description))
        if param.type is str and default is not None:
            return source
        kind = self.constant(param.type, getattr(param.type, "__name__", "convert"))
        self.prologue.append(ReadParam(source, source, param.name, kind, locate(param.origin)))
        return source

    def resource(self, marker: Inject) -> ResourceRef:
        """The reference to an injected resource; it and all it injects must be registered."""
        if marker.name not in self.resources:
            errors = resource_errors(marker, self.known_resources)
            if errors:
                raise together(errors)
            self._register(marker.name)
        return self.resources[marker.name]

    def register_all(self) -> None:
        """Note every resource that can be made: a graph that a task returns may inject any of them."""
        known = self.known_resources
        for name, definition in known.items():
            if name not in self.resources and not resource_errors(Inject(name, definition.origin), known):
                self._register(name)

    def _register(self, name: str) -> None:
        """Note a resource, behind all that it injects."""
        definition = self.known_resources[name]
        for inner in definition.injects.values():
            if inner not in self.resources:
                self._register(inner)
        module, qualname = find_named(definition, definition.func)
        self.resources[name] = ResourceRef(
            name,
            module,
            qualname,
            definition.scope,
            definition.is_async,
            tuple(definition.injects.items()),
        )
        self.bound_resources[name] = definition


def _is_long(value: Any) -> bool:
    if isinstance(value, str | bytes):
        return len(value) > _LONGEST_INLINE
    return isinstance(value, int) and value.bit_length() > 4 * _LONGEST_INLINE


def _same_param(one: Param, other: Param) -> bool:
    if one is other:
        return True
    same_default = one.default is other.default or (
        type(one.default) is type(other.default) and repr(one.default) == repr(other.default)
    )
    return one.type is other.type and same_default


def find_task(task: Task[..., Any], modules: Iterable[str]) -> tuple[str, str, bool]:
    """Module and qualified name under which a task can be imported, and whether that is its plain function.

    A task of something that has no module of the user's own, as a `partial` has none, may have a name where its
    function is from, or in one of `modules`. Both are empty where another process could not find it: `__main__`,
    closures, lambdas.
    """
    module, qualname = find_named(task, task.func)
    if module:
        return module, qualname, False
    found = resolve(getattr(task.func, "__module__", None) or "", getattr(task.func, "__qualname__", ""))
    if found is task.func:
        return task.func.__module__, task.func.__qualname__, True
    inner = task.func.func if isinstance(task.func, partial) else None
    for one in (getattr(inner, "__module__", None) or "", *modules):
        word = named(one, task) if one != "__main__" else ""
        if word:
            return one, word, False
    return "", "", False


def find_named(thing: object, func: Any) -> tuple[str, str]:
    """Module and name that give `thing` itself, looked for where `func` was defined."""
    module = getattr(func, "__module__", None) or ""
    qualname = getattr(func, "__qualname__", "")
    if module == "__main__":
        return "", ""
    if resolve(module, qualname) is thing:
        return module, qualname
    word = named(module, thing)
    return (module, word) if word else ("", "")
