"""Reads the scopes of a function from its tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .match import FunctionTree
from .scopes import MODULE, Binding, Path, Reference, Scope, ScopeKind

_Def = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OPAQUE = Binding("opaque")


def read_scopes(tree: FunctionTree, annotations: bool = True, owner: str | None = None) -> Scope:
    """The scope of the function `tree`, with those inside it; `owner` is the class it is written in.

    Its decorators, defaults and annotations are evaluated outside and don't count. `annotations` says
    whether those of functions inside are evaluated (not under `from __future__ import annotations`).
    """
    reader = _Reader(annotations, owner)
    scope = reader.function(tree, "lambda" if isinstance(tree, ast.Lambda) else "function")
    for inner in scope.walk():
        for name in inner.nonlocal_names & inner.bindings.keys():
            bound = inner.parent and inner.parent.owner(name)
            if bound is not None and bound is not MODULE:
                bound.bindings[name].append(_OPAQUE)
    return scope


def dotted(node: ast.expr) -> Path | None:
    """The path of `a.b.c`; None for what isn't a chain of attributes of a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else None


class _Reader(ast.NodeVisitor):
    """Walks the tree with the scope it is in at hand."""

    def __init__(self, annotations: bool, owner: str | None) -> None:
        self.annotations = annotations
        self.owner = owner
        self.scope = MODULE

    @contextmanager
    def _inside(self, kind: ScopeKind, line: int, parent: Scope | None) -> Iterator[Scope]:
        outside, self.scope = self.scope, Scope(kind, line, parent)
        if parent is not None:
            parent.inner.append(self.scope)
        yield self.scope
        self.scope = outside

    def function(self, tree: FunctionTree, kind: ScopeKind, parent: Scope | None = None) -> Scope:
        """Read a function's own scope: parameters and body."""
        with self._inside(kind, tree.lineno, parent) as scope:
            arguments = tree.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                self._bind(argument.arg, Binding("parameter"))
            if arguments.vararg:
                self._bind(arguments.vararg.arg, Binding("positional"))
            if arguments.kwarg:
                self._bind(arguments.kwarg.arg, Binding("keyword"))
            if isinstance(tree, ast.Lambda):
                scope.results.append(tree.body)
                self.visit(tree.body)
            else:
                self._visit_all(tree.body)
        return scope

    def _bind(self, name: str, binding: Binding) -> None:
        self.scope.bindings.setdefault(self._own(name), []).append(binding)

    def _declare(self, name: str) -> None:
        """Make a name the scope's own without giving it a value."""
        self.scope.bindings.setdefault(self._own(name), [])

    def _refer(self, node: ast.expr, path: Path, called: bool = False) -> None:
        self.scope.references.append(Reference(node, self._own_path(path), called))

    def _own_path(self, path: Path) -> Path:
        return tuple(map(self._own, path))

    def _own(self, name: str) -> str:
        """What a name is called in fact: in a class `__name` is `_Class__name`."""
        owner = (self.owner or "").lstrip("_")
        if not owner or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return f"_{owner}{name}"

    def _visit_all(self, nodes: Sequence[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # Names and attributes

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refer(node, (node.id,))
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id, _OPAQUE)
        else:
            self._declare(node.id)
            self.scope.deleted.add(self._own(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = dotted(node)
        if path is None:
            self.visit(node.value)
        elif isinstance(node.ctx, ast.Load):
            self._refer(node, path)
        else:
            self.scope.attributes_written.add(self._own_path(path))
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.scope.calls.append(node)
        path = dotted(node.func)
        if path is not None:
            self._refer(node.func, path, called=True)
        else:
            self.visit(node.func)
        self._visit_all((*node.args, *node.keywords))

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.global_names.update(map(self._own, node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocal_names.update(map(self._own, node.names))

    # Statements that bind

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, Binding("value", value))
        elif isinstance(target, ast.Tuple | ast.List):
            parts = _parts_of(value, len(target.elts))
            for index, element in enumerate(target.elts):
                if isinstance(element, ast.Starred) and isinstance(element.value, ast.Name):
                    self._bind(element.value.id, Binding("rest", value))
                elif parts and not any(isinstance(other, ast.Starred) for other in target.elts):
                    self._assign(element, parts[index])
                elif isinstance(element, ast.Name):
                    self._bind(element.id, Binding("element", value))
                else:
                    self.visit(element)
        else:
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._refer(node.target, (node.target.id,))
            self._bind(node.target.id, Binding("augmented", node.value, node.op))
        else:
            self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if self.scope.kind == "class" and self.annotations:
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._assign(node.target, node.value)
        elif isinstance(node.target, ast.Name):
            if node.simple:
                self._declare(node.target.id)
        else:
            self.generic_visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self.scope
        while scope.kind in ("comprehension", "generator") and scope.parent is not None:
            scope = scope.parent
        # Inside a comprehension the value may name the comprehension's own variables.
        binding = Binding("value", node.value) if scope is self.scope else _OPAQUE
        scope.bindings.setdefault(self._own(node.target.id), []).append(binding)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._elements(node.target, node.iter)
        self._visit_all((*node.body, *node.orelse))

    def _elements(self, target: ast.expr, iterable: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, Binding("element", iterable))
        elif isinstance(target, ast.Tuple):
            for position, element in enumerate(target.elts):
                if isinstance(element, ast.Name):
                    self._bind(element.id, Binding("element", iterable, position=position))
                else:
                    self.visit(element)
        else:
            self.visit(target)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if isinstance(item.optional_vars, ast.Name):
                self._bind(item.optional_vars.id, Binding("entered", item.context_expr))
            elif item.optional_vars is not None:
                self.visit(item.optional_vars)
        self._visit_all(node.body)

    def _async_statement(self, node: ast.AsyncFor | ast.AsyncWith) -> None:
        self.scope.awaits = True
        self.generic_visit(node)

    visit_AsyncFor = visit_AsyncWith = _async_statement

    def _named_part(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            self._bind(node.name, _OPAQUE)
        self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _named_part

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self._bind(node.rest, _OPAQUE)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            bound, module = (alias.asname, alias.name) if alias.asname else (top, top)
            self._bind(bound, Binding("import", path=(module,)))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self._bind(alias.asname or alias.name, Binding("import", path=(module, alias.name)))

    # What goes out

    def visit_Return(self, node: ast.Return) -> None:
        self.scope.results.append(node.value)
        self.generic_visit(node)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.scope.yields = True
        self.generic_visit(node)

    visit_Yield = visit_YieldFrom = _yield

    def visit_Await(self, node: ast.Await) -> None:
        self._await()
        self.generic_visit(node)

    def _await(self) -> None:
        """A comprehension awaits in the function's stead; a generator expression when it is consumed."""
        scope = self.scope
        scope.awaits = True
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
            scope.awaits = True

    # Scopes inside

    def _inner_def(self, node: _Def) -> None:
        self._bind(node.name, _OPAQUE if node.decorator_list else Binding("function"))
        self._visit_all((*node.decorator_list, *node.args.defaults, *node.args.kw_defaults))
        with self._type_parameters(node):
            if self.annotations:
                self._visit_all(_annotations(node))
            self.function(node, "function", self.scope)

    visit_FunctionDef = visit_AsyncFunctionDef = _inner_def

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all((*node.args.defaults, *node.args.kw_defaults))
        self.function(node, "lambda", self.scope)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, _OPAQUE)
        self._visit_all(node.decorator_list)
        with self._type_parameters(node):
            self._visit_all((*node.bases, *node.keywords))
            with self._inside("class", node.lineno, self.scope):
                outside, self.owner = self.owner, node.name
                self._visit_all(node.body)
                self.owner = outside

    def visit_TypeAlias(self, node: Any) -> None:
        self._bind(node.name.id, _OPAQUE)
        with self._inside("type parameters", node.lineno, self.scope):
            self._bind_type_parameters(node)
            self.visit(node.value)

    @contextmanager
    def _type_parameters(self, node: Any) -> Iterator[None]:
        """Python 3.12 and later: type parameters are variables of a scope around the function or class."""
        if getattr(node, "type_params", None):
            with self._inside("type parameters", node.lineno, self.scope):
                self._bind_type_parameters(node)
                yield
        else:
            yield

    def _bind_type_parameters(self, node: Any) -> None:
        for parameter in node.type_params:
            self._bind(parameter.name, _OPAQUE)
            self.generic_visit(parameter)

    def _comprehension(self, node: _Comprehension) -> None:
        """The first iterable is evaluated outside, all else inside."""
        self.visit(node.generators[0].iter)
        kind: ScopeKind = "generator" if isinstance(node, ast.GeneratorExp) else "comprehension"
        with self._inside(kind, node.lineno, self.scope):
            for index, loop in enumerate(node.generators):
                if index:
                    self.visit(loop.iter)
                if loop.is_async:
                    self._await()
                self.visit(loop.target)
                self._visit_all(loop.ifs)
            self._visit_all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _parts_of(value: ast.expr, count: int) -> list[ast.expr] | None:
    """The elements of a tuple or list written out, one for each of `count` targets."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != count:
        return None
    return None if any(isinstance(part, ast.Starred) for part in value.elts) else value.elts


def _annotations(node: _Def) -> list[ast.expr | None]:
    given = node.args
    named = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [*(argument.annotation for argument in named if argument is not None), node.returns]
