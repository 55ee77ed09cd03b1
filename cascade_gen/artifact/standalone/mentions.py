"""Reads what a top-level statement says of its module's global names: where it reads, writes and binds them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from .facts import Facts, Import, InnerImport, Mention, Path, Place, Scope


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
_GLOBALS = ("__globals__", "f_globals")
"""The attributes of functions and of frames that give the globals of a module."""

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
        self._block: Sequence[ast.stmt] = ()
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
            if imported is not None and owner.bindings[path[0]] == 1:
                mention = Mention(path, nodes, scope, deferred, hint, written, imported)
                if self._is_moved(imported):
                    self._keep(mention)
                else:
                    self.facts.inner.append(mention)
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
        if node.attr in _GLOBALS:
            self.facts.lookups.append(node)
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

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name | ast.Attribute):
            self.facts.calls.append(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.value, ast.Name | ast.Attribute):
            self.facts.items.append(node)
        self.generic_visit(node)

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
        if self._deferred:
            self.facts.inner_imports.append(InnerImport(node, self._block))
        else:
            self.facts.outer_imports.append(node)
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
        around, self._block = self._block, body
        for statement in body:
            self.visit(statement)
        self._block = around

    def generic_visit(self, node: ast.AST) -> None:
        """All that is in a node, statements with the block they stand in."""
        for _, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                self.visit(value)
            elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                self._body(value)
            elif isinstance(value, list):
                self._all([one for one in value if isinstance(one, ast.AST)])

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
                self._body(node.body)

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
