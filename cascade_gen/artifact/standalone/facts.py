"""What is told of a top-level statement: what it does with the global names of its module."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Import = tuple[str, str | None, int]
"""What a name was imported as: module, name in it (None for the module itself), and level (of leading dots)."""

Path = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Scope:
    """The names that one scope binds; `imports` are those that an import of it binds, `node` its function."""

    kind: Literal["module", "function", "class", "other"]
    parent: Scope | None = None
    node: ast.AST | None = None
    bindings: dict[str, int] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    imports: dict[str, Import] = field(default_factory=dict)

    def owner(self, name: str) -> Scope | None:
        """The scope whose variable `name` is when it is used here; None for the module's."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            if scope is self or scope.kind != "class":
                if name in scope.global_names:
                    return None
                if name in scope.bindings and name not in scope.nonlocal_names:
                    return scope
            scope = scope.parent
        return None

    def hides(self, name: str) -> bool:
        """Whether a variable of this scope, or of one around it, stands in the way of the global `name`."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            if name in scope.bindings and name not in scope.global_names:
                return True
            scope = scope.parent
        return False

    def function(self) -> Scope | None:
        """The innermost function around, this scope included."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        return scope


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A global name, with the attributes read from it: `rates.TABLE` is `("rates", "TABLE")`.

    `nodes` are those of the name and of each attribute. `deferred`: within the body of a function. `hint`: in
    an annotation that nothing evaluates. `written`: set or deleted. `imported`: what the name stands for, if an
    import inside of the function binds it. `fixed`: it can't be spelled differently here.
    """

    path: Path
    nodes: tuple[ast.expr, ...]
    scope: Scope
    deferred: bool
    hint: bool
    written: bool = False
    imported: Import | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a global name is bound or declared by a word that is no expression: `def`, `import ... as`, `global`."""

    name: str
    node: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class InnerImport:
    """An import statement inside of a function."""

    node: ast.Import | ast.ImportFrom
    block: Sequence[ast.stmt]


@dataclass(slots=True)
class Facts:
    """What one statement does with global names.

    `attributes` are the names of all attributes it mentions, and of those that its texts may name; `calls` and
    `items` are the calls and items of names and of their attributes. `outer_imports` are the imports in it that stand
    in no function, `inner` the mentions of what those in functions bind that stays an import there. `lookups` are the
    expressions that give the globals of some function.
    """

    mentions: list[Mention] = field(default_factory=list)
    inner: list[Mention] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    calls: list[ast.Call] = field(default_factory=list)
    items: list[ast.Subscript] = field(default_factory=list)
    lookups: list[ast.Attribute] = field(default_factory=list)
    inner_imports: list[InnerImport] = field(default_factory=list)
    outer_imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
