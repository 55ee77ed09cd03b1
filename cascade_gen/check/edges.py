"""Edges: what a task gives, by its annotation, must be able to fit the parameter that takes it."""

from __future__ import annotations

import inspect
import types
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cascade_gen.errors import CompileWarning
from cascade_gen.lang import Governed, LazyResult, MappedLazyResult, Param, Symbolic, Task
from cascade_gen.runtime.sentinels import MISSING

from .annotated import Kinds, kinds_of, may_fit, shown
from .places import argument_at

_CODE = "CS305"
_LIST: Kinds = frozenset((list,))
_NO_ITERABLES = frozenset((int, float, complex, bool, types.NoneType))
_CONVERTED = (int, float, complex, bool, str)


class _Types(NamedTuple):
    """What the annotations of a task say: of each parameter, and of the result."""

    parameters: tuple[Kinds | None, ...]
    result: Kinds | None

    @property
    def typed(self) -> bool:
        """Whether any parameter is known."""
        return any(self.parameters)


_types: weakref.WeakKeyDictionary[Task[..., Any], _Types] = weakref.WeakKeyDictionary()


def edge_warnings(
    nodes: Sequence[Symbolic], waits_for: Callable[[Symbolic], Sequence[Symbolic]]
) -> Iterator[CompileWarning]:
    """The arguments that come from another node and can't be of the annotated type.

    Where the giving node may be skipped, something else may pass in its stead, so that nothing is said.
    """
    types: dict[int, _Types] = {}
    found = [one for node in nodes for one in _misfits(node, types)]
    if found:
        skipped = _may_be_skipped(nodes, waits_for)
        for node, parameter, position, giver in found:
            if id(giver) not in skipped:
                yield _warning(node, parameter, position, giver)


_Misfit = tuple["LazyResult[Any] | MappedLazyResult[Any]", str, int, Symbolic]


def _misfits(node: Symbolic, types: dict[int, _Types]) -> Iterable[_Misfit]:
    """What doesn't fit in the arguments of one node; `types` has what is known of tasks, by their ids."""
    if type(node) is LazyResult:
        if node.holds_lazies is False:
            return ()
        known = types.get(id(node.task))
        if known is None:
            known = types[id(node.task)] = _types_of(node.task)
        return _arguments(node, known.parameters) if known.typed else ()
    return _iterables(node) if type(node) is MappedLazyResult else ()


def _arguments(node: LazyResult[Any], wanted: tuple[Kinds | None, ...]) -> Iterator[_Misfit]:
    for position, (value, kinds) in enumerate(zip(node.values, wanted, strict=True)):
        if kinds is not None and isinstance(value, Symbolic):
            given = _given(value)
            if given is not None and given is not kinds and not may_fit(given, kinds):
                yield node, _parameter(node, position), position, value


def _iterables(node: MappedLazyResult[Any]) -> Iterator[_Misfit]:
    for name, value in node.iterables.items():
        given = _given(value)
        if given is not None and given <= _NO_ITERABLES:
            yield node, name, -1, value


def _parameter(node: LazyResult[Any], position: int) -> str:
    return list(node.task.signature.parameters)[position]


def _given(value: object) -> Kinds | None:
    """What a node gives, as far as annotations say."""
    if type(value) is LazyResult:  # a cache may have kept something else
        return _types_of(value.task).result if value.policies.cache is None else None
    if type(value) is MappedLazyResult:
        return _LIST
    if type(value) is Param and (value.default is MISSING or type(value.default) is value.type):
        return next((frozenset((kind,)) for kind in _CONVERTED if kind is value.type), None)
    return None


def _types_of(task: Task[..., Any]) -> _Types:
    found = _types.get(task)
    if found is None:
        found = _types[task] = _read(task)
    return found


def _read(task: Task[..., Any]) -> _Types:
    """Annotations of a plain function; those that a decorator has copied may not be true of what it made."""
    signature = task.signature
    func = task.func
    if not inspect.isfunction(func) or hasattr(func, "__wrapped__"):
        return _Types((None,) * len(signature.parameters), None)
    namespace = func.__globals__
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = tuple(
        None if one.kind in several else kinds_of(one.annotation, namespace) for one in signature.parameters.values()
    )
    generates = inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func)
    return _Types(parameters, None if generates else kinds_of(signature.return_annotation, namespace))


def _may_be_skipped(nodes: Sequence[Symbolic], waits_for: Callable[[Symbolic], Sequence[Symbolic]]) -> set[int]:
    """The nodes that have a condition, and all that wait for one of those."""
    users: dict[int, list[Symbolic]] = {}
    for node in nodes:
        for needed in waits_for(node):
            users.setdefault(id(needed), []).append(node)
    pending: list[Symbolic] = []
    for one in nodes:
        if isinstance(one, Governed) and one.policies.has_condition:
            pending.append(one)
    found: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) not in found:
            found.add(id(node))
            pending.extend(users.get(id(node), ()))
    return found


def _warning(
    node: LazyResult[Any] | MappedLazyResult[Any], parameter: str, position: int, giver: Symbolic
) -> CompileWarning:
    given = _given(giver)
    assert given is not None
    where = argument_at(node, parameter, position)
    name = repr(giver._label()) if not isinstance(giver, Param) else f"the Param {giver.name!r}"
    if isinstance(node, MappedLazyResult):
        return CompileWarning(
            _CODE,
            f"{name} gives {shown(given)}, which {node._label()!r} can't go through for {parameter!r}",
            where,
            "give it something iterable, or call the task without .map",
        )
    wanted = _types_of(node.task).parameters[position]
    assert wanted is not None
    return CompileWarning(
        _CODE,
        f"{name} gives {shown(given)}, but {node.task.name!r} takes {shown(wanted)} for {parameter!r}",
        where,
        "convert it in a task between them, or mend the annotation that is wrong",
    )
