"""What a top-level statement says of its module's global names: where it reads, writes and binds them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

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

    def locals_in_sight(self) -> set[str]:
        """All names of this scope and those around it that would hide a global one."""
        found: set[str] = set()
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            found |= scope.bindings.keys() - scope.global_names
            scope = scope.parent
        return found

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
    """What one statement does with global names. `attributes` are the names of all attributes it mentions,
    and of those that its texts may name."""

    mentions: list[Mention] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    inner_imports: list[InnerImport] = field(default_factory=list)

    def add(self, other: Facts) -> None:
        """Join what another statement does."""
        self.mentions += other.mentions
        self.binds |= other.binds
        self.places += other.places
        self.attributes |= other.attributes
        self.inner_imports += other.inner_imports


def read_facts(
    nodes: Sequence[ast.AST],
    is_quiet: Callable[[ast.expr], bool],
    is_moved: Callable[[Import], bool],
    owner: str = "",
) -> Facts:
    """What `nodes`, each a statement or an expression of a module or of the body of the class `owner`, do.

    `is_quiet` says of a decorator that it doesn't look at annotations, `is_moved` of an import that what it
    gives will be a global name.
    """
    reader = _Reader(is_quiet, is_moved)
    outside = reader.module
    if owner:
        outside = Scope("class", reader.module)
    reader.scope = outside
    for node in nodes:
        reader.visit(node)
    reader.finish()
    return reader.facts


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class _Reader(ast.NodeVisitor):
    """Walks statements; names are told apart when all that binds them has been seen."""

    def __init__(self, is_quiet: Callable[[ast.expr], bool], is_moved: Callable[[Import], bool]) -> None:
        self.module = Scope("module")
        self.scope = self.module
        self.facts = Facts()
        self._is_quiet = is_quiet
        self._is_moved = is_moved
        self._deferred = False
        self._hint = False
        self._seen: list[tuple[Path, tuple[ast.expr, ...], Scope, bool, bool, bool]] = []
        self._quoted: set[int] = set()

    def finish(self) -> None:
        """Keep what turns out to be global."""
        for path, nodes, scope, deferred, hint, written in self._seen:
            owner = scope.owner(path[0])
            quoted = id(nodes[0]) in self._quoted
            if owner is None:
                self._keep(Mention(path, nodes, scope, deferred, hint, written, fixed=quoted))
                continue
            imported = owner.imports.get(path[0])
            if imported is not None and owner.bindings[path[0]] == 1 and self._is_moved(imported):
                self._keep(Mention(path, nodes, scope, deferred, hint, written, imported))
            elif owner.kind == "class" and not written:  # read before the class binds it, perhaps
                self._keep(Mention(path, nodes, scope, deferred, hint, fixed=True))

    def _keep(self, mention: Mention) -> None:
        self.facts.mentions.append(mention)
        if mention.written and len(mention.path) == 1 and mention.scope.kind == "module":
            self.facts.binds.add(mention.path[0])

    # names

    def _bind(self, name: str, node: ast.AST | None = None) -> None:
        scope = self.scope
        scope.bindings[name] = scope.bindings.get(name, 0) + 1
        if scope.kind == "module":
            self.facts.binds.add(name)
        if node is not None and (scope.kind == "module" or name in scope.global_names):
            self.facts.places.append(Place(name, node))

    def _see(self, path: Path, nodes: tuple[ast.expr, ...], written: bool = False) -> None:
        self._seen.append((path, nodes, self.scope, self._deferred, self._hint, written))

    def visit_Name(self, node: ast.Name) -> None:
        written = not isinstance(node.ctx, ast.Load)
        if written:
            self._bind(node.id)
        self._see((node.id,), (node,), written)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain: list[ast.expr] = [node]
        while isinstance(chain[-1], ast.Attribute):
            self.facts.attributes.add(chain[-1].attr)
            chain.append(chain[-1].value)
        if not isinstance(chain[-1], ast.Name):
            self.visit(chain[-1])
            return
        nodes = tuple(reversed(chain))
        names = (chain[-1].id, *(one.attr for one in nodes if isinstance(one, ast.Attribute)))
        self._see(names, nodes, not isinstance(node.ctx, ast.Load))

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            if node.value.isidentifier():
                self.facts.attributes.add(node.value)
            if self._hint:
                self._quoted_hint(node.value)

    def _quoted_hint(self, text: str) -> None:
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError):
            return
        self._quoted.update(map(id, ast.walk(tree)))
        self.visit(tree.body)

    # statements that bind

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.global_names.update(node.names)
        self.facts.places += (Place(name, node) for name in node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocal_names.update(node.names)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        with self._as_hint(self.scope.kind != "class"):
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        inside, scope = self.scope, self.scope
        while scope.kind == "other" and scope.parent is not None:
            scope = scope.parent
        self.scope = scope
        self._bind(node.target.id)
        self.scope = inside
        self._see((node.target.id,), (node.target,), True)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            found: Import
            if isinstance(node, ast.ImportFrom):
                bound, found = alias.asname or alias.name, (node.module or "", alias.name, node.level)
            else:
                top = alias.name.partition(".")[0]
                bound, found = alias.asname or top, (alias.name if alias.asname else top, None, 0)
            self._bind(bound, alias)
            self.scope.imports[bound] = found

    visit_Import = visit_ImportFrom = _import

    def _named_part(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            self._bind(node.name, node)
        self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _named_part

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self._bind(node.rest, node)
        self.generic_visit(node)

    # scopes inside

    @contextmanager
    def _inside(self, kind: Literal["function", "class", "other"], node: ast.AST) -> Iterator[None]:
        outside, deferred = self.scope, self._deferred
        self.scope = Scope(kind, outside, node)
        self._deferred = deferred or kind == "function"
        yield
        self.scope, self._deferred = outside, deferred

    @contextmanager
    def _as_hint(self, hint: bool) -> Iterator[None]:
        before, self._hint = self._hint, self._hint or hint
        yield
        self._hint = before

    def _all(self, nodes: Sequence[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _body(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            for one in ast.walk(statement):
                for block in (getattr(one, name, None) for name in ("body", "orelse", "finalbody")):
                    if isinstance(block, list):
                        self._note_imports(block)
        self._note_imports(body)
        self._all(body)

    def _note_imports(self, block: Sequence[Any]) -> None:
        known = {id(one.node) for one in self.facts.inner_imports}
        for one in block:
            if isinstance(one, ast.Import | ast.ImportFrom) and id(one) not in known:
                self.facts.inner_imports.append(InnerImport(one, block))

    def _function(self, node: _Function) -> None:
        self._bind(node.name, node)
        self._all((*node.decorator_list, *node.args.defaults, *node.args.kw_defaults))
        with self._inside("other", node):
            self._type_parameters(node)
            with self._as_hint(all(map(self._is_quiet, node.decorator_list))):
                self._all(_annotations(node))
            with self._inside("function", node):
                self._parameters(node.args)
                self._body(node.body)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._all((*node.args.defaults, *node.args.kw_defaults))
        with self._inside("function", node):
            self._parameters(node.args)
            self.visit(node.body)

    def _parameters(self, given: ast.arguments) -> None:
        for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if one is not None:
                self._bind(one.arg)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, node)
        self._all(node.decorator_list)
        with self._inside("other", node):
            self._type_parameters(node)
            self._all((*node.bases, *node.keywords))
            with self._inside("class", node):
                self._all(node.body)

    def visit_TypeAlias(self, node: Any) -> None:
        self.visit(node.name)
        with self._inside("other", node):
            self._type_parameters(node)
            self.visit(node.value)

    def _type_parameters(self, node: Any) -> None:
        for one in getattr(node, "type_params", ()):
            self._bind(one.name)
            self.generic_visit(one)

    def _comprehension(self, node: _Comprehension) -> None:
        self.visit(node.generators[0].iter)
        with self._inside("other", node):
            for index, loop in enumerate(node.generators):
                if index:
                    self.visit(loop.iter)
                self.visit(loop.target)
                self._all(loop.ifs)
            self._all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _annotations(node: _Function) -> list[ast.expr | None]:
    given = node.args
    named = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [*(argument.annotation for argument in named if argument is not None), node.returns]
