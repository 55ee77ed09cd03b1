"""What a task function uses from outside of itself, and what in it would notice being moved elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

from .function_scope import function_scope
from .names import builtins_of
from .scopes import MODULE, Path, Scope, ScopeKind
from .source import plain_function, read_source

_NOTICING = frozenset(("__class__", "dir", "eval", "exec", "globals", "locals", "super", "vars"))


@dataclass(frozen=True, slots=True)
class InnerScope:
    """A function, lambda, comprehension or class inside, its line in the file, and what it captures: the
    function's own variables that it uses.

    A "comprehension" is over when its value is there; a "generator" runs later, as functions may.
    """

    kind: ScopeKind
    line: int
    captures: frozenset[str]


@dataclass(frozen=True, slots=True)
class FreeNames:
    """The names of one function, those of the scopes inside it included.

    * `globals_read`, `builtins_read`, `closure_read`: what it reads from outside. What is no cell counts as a
      builtin if there is one and the module has no such name now, as global otherwise. `super()` reads the
      cell `__class__`.
    * `globals_written`, `closure_written`: bound or deleted under `global` and `nonlocal`.
    * `attributes_written`: attributes set or deleted on what isn't its own variable: "config.limit".
    * `parameters` in the order of the signature, `local_names` with them, `deleted` by `del`.
    * `noticing`: `locals`, `super`, `eval` and the like, which see the frame or class they stand in.
    * `yields`, `awaits`: in its own body; an asynchronous `for`, `with` or comprehension awaits.
    * `inner`: the scopes directly inside, in the order of the source.
    """

    globals_read: frozenset[str]
    builtins_read: frozenset[str]
    closure_read: frozenset[str]
    globals_written: frozenset[str]
    closure_written: frozenset[str]
    attributes_written: frozenset[str]
    parameters: tuple[str, ...]
    local_names: frozenset[str]
    deleted: frozenset[str]
    noticing: frozenset[str]
    yields: bool
    awaits: bool
    inner: tuple[InnerScope, ...]


def free_names(func: object) -> FreeNames | None:
    """The names `func` uses; None if it has no readable source."""
    function, source = plain_function(func), read_source(func)
    scope = function_scope(function, source) if function is not None and source is not None else None
    if function is None or source is None or scope is None:
        return None
    code = function.__code__
    free, from_module = _read_outside(scope)
    if "super" in free:
        free.add("__class__")  # without arguments it reads this cell
    closure = free.intersection(code.co_freevars)
    from_module |= free - closure - {"__class__"}
    builtins_read = _only_builtins(from_module, function)
    return FreeNames(
        globals_read=frozenset(from_module - builtins_read),
        builtins_read=builtins_read,
        closure_read=frozenset(closure),
        globals_written=frozenset(name for inner in scope.walk() for name in _written_globals(inner)),
        closure_written=frozenset(name for inner in scope.walk() for name in _written_cells(inner, None)),
        attributes_written=frozenset(".".join(path) for path in _written_attributes(scope)),
        parameters=code.co_varnames[: _parameter_count(code)],
        local_names=frozenset(scope.local_names),
        deleted=frozenset(scope.deleted & scope.local_names),
        noticing=(builtins_read | closure) & _NOTICING,
        yields=scope.yields,
        awaits=scope.awaits,
        inner=tuple(
            InnerScope(inner.kind, source.line + inner.line - 1, _captures(inner, scope)) for inner in scope.inner
        ),
    )


def _read_outside(scope: Scope) -> tuple[set[str], set[str]]:
    """The names read that no scope here owns: (from a cell or the module, from the module for sure)."""
    free: set[str] = set()
    declared: set[str] = set()
    for inner in scope.walk():
        for reference in inner.references:
            name = reference.path[0]
            owner = inner.owner(name)
            if name == "__debug__":
                continue  # a constant to the compiler
            if owner is None:
                free.add(name)
            elif owner is MODULE or owner.kind == "class":  # a class body that hasn't bound it yet
                declared.add(name)
    return free, declared


def _only_builtins(names: set[str], function: FunctionType) -> frozenset[str]:
    known = builtins_of(function)
    return frozenset(name for name in names if name in known and name not in function.__globals__)


def _written_globals(scope: Scope) -> set[str]:
    return scope.bindings.keys() & scope.global_names


def _written_cells(scope: Scope, owner: Scope | None) -> Iterator[str]:
    """The names bound under `nonlocal` that are variables of `owner`; None is a scope outside."""
    return (name for name in scope.bindings.keys() & scope.nonlocal_names if scope.owner(name) is owner)


def _written_attributes(scope: Scope) -> Iterator[Path]:
    for inner in scope.walk():
        for path in inner.attributes_written:
            if inner.owner(path[0]) in (None, MODULE):
                yield path


def _captures(inner: Scope, outer: Scope) -> frozenset[str]:
    names: set[str] = set()
    for scope in inner.walk():
        names.update(_written_cells(scope, outer))
        read = {reference.path[0] for reference in scope.references}
        names.update(name for name in read if scope.owner(name) is outer)
    return frozenset(names)


def _parameter_count(code: CodeType) -> int:
    starred = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + starred
