"""All that generated text rests on about the functions of tasks, told as plain data: equal data, equal text.

Bodies move into generated code, or stay, by what their source says and by what its names stand for when the workflow
is compiled: whether a name is a global, a builtin nobody rebinds, a task, something that looks at frames. This tells
of every name in the source that stands for something, of the attributes that are looked up in modules, and of the
tasks that they lead to likewise, also where nobody asks, since what is told too much costs a needless compilation,
and what is told too little gives the text of another function.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from cascade_gen.lang import names_a_method
from cascade_gen.lang.compose import tail
from cascade_gen.lang.task import Task
from cascade_gen.lang.workflow import Workflow
from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.runtime.redirects import TailCall
from cascade_gen.tasks.exits import exits
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.names import MISSING, Names, Route, builtins_of, names_of
from cascade_gen.tasks.nodes import nodes_of
from cascade_gen.tasks.plain_tables import OF_TEXTS
from cascade_gen.tasks.read_scopes import dotted
from cascade_gen.tasks.scopes import Path
from cascade_gen.tasks.signatures import is_told
from cascade_gen.tasks.source import TaskSource, plain_function, read_source

from .settled import METHODS

Facts = tuple[Any, ...]
"""Texts, numbers, and tuples of them."""


def task_facts(tasks: Mapping[str, Any]) -> Facts:
    """What is told of the tasks of a Blueprint, by their keys in it, and of all that their sources lead to."""
    met = _Met()
    heads = tuple((key, met.told(task)) for key, task in tasks.items())
    functions: list[Facts] = []
    while len(functions) < len(met.funcs):
        functions.append(_function_facts(met.funcs[len(functions)], met))
    return heads, tuple(functions), tuple(met.named), tuple(filter(names_a_method, sorted(OF_TEXTS | METHODS)))


class _Met:
    """The functions of the tasks that have been met, numbered in that order: which share one, and which names lead
    to which.

    `named` is what is told of the names in them, each once for all functions of a module; `names` are, by module, the
    places there of those that were met.
    """

    def __init__(self) -> None:
        self.funcs: list[Any] = []
        self.named: list[Facts] = []
        self.names: dict[Facts, dict[Facts, int]] = {}
        self._numbers: dict[int, int] = {}
        self._tasks: dict[int, Task[..., Any]] = {}

    def told(self, task: Any) -> Facts:
        """What tells a task or workflow from another, but for what its function says itself."""
        number = self._numbers.setdefault(id(task.func), len(self.funcs))
        if number == len(self.funcs):
            self.funcs.append(task.func)
        told: Facts = (_kind(task), number, task.name)
        if isinstance(task, Task):
            self._tasks[number] = task
            told = (*told, task.mode, task.pure, task.is_async, task.lazy_defaults, _parameters(task.signature))
        return told

    def is_told(self, function: FunctionType) -> bool:
        """Whether the signature of a function is that of a task that was told."""
        task = self._tasks.get(self._numbers.get(id(function), -1))
        return task is not None and is_told(task, function)


def class_names(kind: type) -> Facts:
    """A class and its bases, by the places where they say they were made."""
    return tuple(f"{one.__module__}.{one.__qualname__}" for one in kind.__mro__)


def _kind(value: Any) -> Facts:
    kind = type(value)
    return _OFTEN.get(kind) or class_names(kind)


def _function_facts(func: Any, met: _Met) -> Facts:
    function, source = plain_function(func), read_source(func)
    if function is None or source is None:
        return (class_names(type(func)), "no source")
    code = function.__code__
    return (
        function.__module__ or "",
        _is_of_module(function),
        _written.get(code) or _written.put(code, _what_is_written(code, source)),
        met.is_told(function) or _parameters(inspect.signature(function, follow_wrapped=False)),
        repr(exits(func)),
        _name_facts(function, source, met),
    )


_written: CodeMemo[str] = CodeMemo()


def _what_is_written(code: CodeType, source: TaskSource) -> str:
    """A hash of what stays the same as long as the code lives."""
    facts = (
        (code.co_qualname, code.co_filename, code.co_flags, code.co_freevars, code.co_cellvars, code.co_varnames),
        (source.file, source.line, source.text, source.margins, source.hash),
    )
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()


def _is_of_module(function: FunctionType) -> bool:
    """Whether the globals of the function are those of the module it names."""
    module = sys.modules.get(function.__module__ or "")
    return type(module) is ModuleType and module.__dict__ is function.__globals__


def _parameters(signature: inspect.Signature) -> Facts:
    return tuple(map(_parameter, signature.parameters.values()))


def _parameter(one: inspect.Parameter) -> Facts:
    """A parameter and its default: the value of what is written as a literal, of anything else that it is there."""
    value = one.default
    if value is one.empty:
        return (one.name, one.kind.name)
    if value is None or type(value) in (bool, int, str):
        return (one.name, one.kind.name, type(value).__name__, value)
    return (one.name, one.kind.name, class_names(type(value)), holds_lazy(value))


def _name_facts(function: FunctionType, source: TaskSource, met: _Met) -> Facts:
    """What is told of the names in a function, each by its number in `met.named`.

    A name without a cell stands for the same in all functions of a module, and what it stands for doesn't change
    while facts are told.
    """
    names, code = names_of(function), function.__code__
    module = id(function.__globals__), id(builtins_of(function)), code.co_filename
    shared, cells = met.names.setdefault(module, {}), code.co_freevars
    numbers: list[int] = []
    for chains in _chains.get(code) or _chains.put(code, _read_chains(code, source.tree)):
        own = chains[0][0] in cells
        number = None if own else shared.get(chains)
        if number is None:
            number = len(met.named)
            met.named.append(tuple(_chain_facts(function, names, chains, met)))
            if not own:
                shared[chains] = number
        numbers.append(number)
    return tuple(numbers)


def _chain_facts(function: FunctionType, names: Names, chains: tuple[Path, ...], met: _Met) -> Iterator[Facts]:
    """What is told of a name that stands for something, and of what is found in a module by its attributes."""
    name = chains[0][0]
    where = (
        name in function.__globals__,
        name in builtins_of(function),
        names.is_rebound(name),
        names.is_deleted(name),
    )
    route = Route("name", (name,))
    value = names.look_up(route)
    if value is MISSING and not any(where):
        return
    for path in chains if issubclass(type(value), ModuleType) else chains[:1]:
        route = Route("name", path)
        yield path, where, names.tag(route), _value_facts(names.look_up(route), met)


_chains: CodeMemo[tuple[tuple[Path, ...], ...]] = CodeMemo()


def _read_chains(code: CodeType, tree: ast.AST) -> tuple[tuple[Path, ...], ...]:
    """For every name that the code or its tree looks up: the name, and every chain of attributes it begins."""
    found: dict[str, set[Path]] = {}
    for path in (*_paths(tree), *((name,) for name in _code_names(code))):
        found.setdefault(path[0], {path[:1]}).add(path)
    return tuple(tuple(sorted(found[name])) for name in sorted(found))


def _paths(tree: ast.AST) -> Iterator[Path]:
    """Every name in a tree, and every chain of attributes of one, with its beginnings."""
    for node in nodes_of(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            path = dotted(node)
            if path is not None:
                yield path
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from ((name,) for name in node.names)


def _code_names(code: CodeType) -> Iterator[str]:
    """The names that the code and the code within it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_names(constant)


def _value_facts(value: Any, met: _Met) -> Facts:
    """What tells one object that a name stands for from another, as far as anybody asks."""
    if value is MISSING:
        return ()
    kind = type(value)
    if issubclass(kind, _TASKS):
        return ("task", met.told(value))
    if value is TailCall or value is tail:
        return ("tail call",)
    module = getattr(value, "__module__", None) if callable(value) else None
    told: Facts = (_kind(value), callable(value), module if isinstance(module, str) else None)
    if isinstance(value, _NAMED):
        told = (*told, value.__name__)
    if isinstance(value, type):
        told = (*told, class_names(value), len(value) if issubclass(value, Enum) else None)
    return told


_TASKS = (Task, Workflow)
_NAMED = (FunctionType, BuiltinFunctionType, type)
_OFTEN = {kind: class_names(kind) for kind in (*_TASKS, *_NAMED, ModuleType)}
