"""The scopes of a function: what each binds, reads and returns, read from the tree in one walk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

BindingKind = Literal[
    "value",  # name = value
    "augmented",  # name op= value
    "element",  # for name in value; `position` if the target is a tuple; name, ... = value
    "entered",  # with value as name
    "rest",  # *name, ... = value
    "import",  # `path` is (module,) or (module, attribute)
    "function",  # an undecorated def
    "positional",  # *args
    "keyword",  # **kwargs
    "parameter",  # a parameter that takes one argument
    "opaque",  # anything else: async with, except, match, ...
]
ScopeKind = Literal["function", "lambda", "comprehension", "generator", "class", "type parameters", "module"]

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that gives a name a value."""

    kind: BindingKind
    value: ast.expr | None = None
    operator: ast.operator | None = None
    position: int | None = None
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name, or a chain of attributes of one, that is read: `tasks.load` is `("tasks", "load")`."""

    node: ast.expr
    path: Path
    called: bool


@dataclass(slots=True, eq=False)
class Scope:
    """What one scope does itself; what the scopes in it do is in `inner`.

    `bindings` has every name the scope binds, those declared `global` or `nonlocal` among them.
    """

    kind: ScopeKind
    line: int
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    references: list[Reference] = field(default_factory=list)
    attributes_written: set[Path] = field(default_factory=set)
    calls: list[ast.Call] = field(default_factory=list)
    results: list[ast.expr | None] = field(default_factory=list)
    yields: bool = False
    awaits: bool = False
    inner: list[Scope] = field(default_factory=list)

    @property
    def local_names(self) -> set[str]:
        """The names that are variables of this very scope."""
        return self.bindings.keys() - self.global_names - self.nonlocal_names

    def owner(self, name: str) -> Scope | None:
        """The scope whose variable `name` is when it is used here.

        `MODULE` if it is declared `global`; None if it comes from outside of the function.
        """
        scope: Scope | None = self
        while scope is not None:
            if scope is self or scope.kind != "class":  # what a class binds isn't seen by scopes in it
                if name in scope.global_names:
                    return MODULE
                if name in scope.bindings and name not in scope.nonlocal_names:
                    return scope
            scope = scope.parent
        return None

    def walk(self) -> Iterator[Scope]:
        """This scope and all within it."""
        yield self
        for scope in self.inner:
            yield from scope.walk()


MODULE = Scope("module", 0)
"""Stands for the module as the owner of names that are declared `global`."""
