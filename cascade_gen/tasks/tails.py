"""Finds the tail calls that are visible in a function, and the tasks it names, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from .names import Names, Route
from .read_scopes import dotted
from .scopes import MODULE, Path, Reference, Scope

Role = Literal["target", "argument", "mention", "self", "jump", "dynamic"]

_CHAIN_METHODS = frozenset(("after", "run_if", "with_cache", "with_constraints", "with_retry", "with_timeout"))


@dataclass(frozen=True, slots=True)
class Naming:
    """One place that says where a call goes: by a literal name, or by a route to a task."""

    role: Role
    node: ast.expr
    name: str | None = None
    route: Route | None = None


class Tails:
    """The tail calls of the function with this scope.

    `visible` says whether some `return` gives one for all to see; `namings` lists what they go to, and every
    other task that the function names.
    """

    def __init__(self, scope: Scope, names: Names) -> None:
        self.visible = False
        self.namings: list[Naming] = []
        self._scope = scope
        self._names = names
        self._handled: set[int] = set()
        self._in_arguments: set[int] = set()
        if not scope.yields:  # a generator's `return` ends its iteration
            for result in scope.results:
                if result is not None:
                    self.visible |= self._any_tail_call(result)
        targets = {id(naming.node) for naming in self.namings}
        for inner in scope.walk():
            for reference in inner.references:
                if id(reference.node) not in targets:
                    self._mention(reference, inner)
            for call in inner.calls:
                if id(call) not in self._handled:
                    self._stray(call, inner)

    def _any_tail_call(self, node: ast.expr) -> bool:
        return True in [self._tail_call(leaf) for leaf in self._leaves(node)]  # all of them are noted

    def _tail_call(self, node: ast.expr) -> bool:
        """Whether an expression that is returned is visibly a tail call; what it names is noted."""
        if not isinstance(node, ast.Call):
            return False
        if id(node) in self._handled:
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHAIN_METHODS:
            found = self._any_tail_call(node.func.value)
        else:
            found = True in [self._goes(node, *callee) for callee in self._routes(node.func)]
        if found:
            self._handled.add(id(node))
            if not any(self._names.tag(route) == "redirect" for _, route in self._routes(node.func)):
                self._note_arguments((*node.args, *(keyword.value for keyword in node.keywords)), set())
        return found

    def _goes(self, call: ast.Call, callee: ast.expr, route: Route) -> bool:
        """Whether calling what `route` leads to gives a tail call; `callee` is where it is written."""
        tag = self._names.tag(route)
        if tag == "task" or self._is_map(route):
            self.namings.append(Naming("target", callee, route=route if tag == "task" else route.parent()))
        elif tag == "tail":
            self._note_target(call, _argument(call, 0, None))
        elif tag == "TailCall":
            self._note_target(call, _argument(call, 2, "target_blueprint_id"))
        elif tag == "Jump":
            self.namings.append(Naming("jump", call))
        elif tag == "bind":
            return bool(call.args) and self._any_tail_call(call.args[0])
        else:
            return tag in ("redirect", "sequence")
        return True

    def _is_map(self, route: Route) -> bool:
        return route.path[-1] == "map" and len(route.path) > 1 and self._names.tag(route.parent()) == "task"

    def _note_target(self, call: ast.Call, target: ast.expr | None) -> None:
        """Where a tail call goes; `call` stands for a target that can't be told apart."""
        if target is None:
            self.namings.append(Naming("self", call))
            return
        for leaf in self._leaves(target):
            tasks = [route for route in self._leaf_routes(leaf) if self._names.tag(route) == "task"]
            if isinstance(leaf, ast.Constant) and leaf.value is None:
                self.namings.append(Naming("self", leaf))
            elif isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                self.namings.append(Naming("target", leaf, name=leaf.value))
            elif tasks:
                self.namings += (Naming("target", leaf, route=route) for route in tasks)
            else:
                self.namings.append(Naming("dynamic", leaf))

    def _note_arguments(self, nodes: Iterable[ast.expr], seen: set[str]) -> None:
        """All that is evaluated for the arguments, by way of local variables too."""
        for part in nodes:
            for node in ast.walk(part):
                self._in_arguments.add(id(node))
                if isinstance(node, ast.Name) and node.id in self._scope.local_names - seen:
                    seen.add(node.id)
                    self._note_arguments(self._assigned(node.id), seen)

    def _mention(self, reference: Reference, scope: Scope) -> None:
        for length in range(1, len(reference.path) + 1):
            for route in self._path_routes(reference.path[:length], scope):
                if self._names.tag(route) == "task":
                    argument = reference.called and id(reference.node) in self._in_arguments
                    role: Role = "argument" if argument else "mention"
                    self.namings.append(Naming(role, reference.node, route=route))
                    return

    def _stray(self, call: ast.Call, scope: Scope) -> None:
        """A `TailCall` made elsewhere than in a `return` names a blueprint all the same."""
        path = dotted(call.func)
        if path and any(self._names.tag(route) == "TailCall" for route in self._path_routes(path, scope)):
            target = _argument(call, 2, "target_blueprint_id")
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                self.namings.append(Naming("mention", target, name=target.value))

    def _leaves(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Iterator[ast.expr]:
        """The expressions whose value `node` may have: through conditions, walruses and local variables."""
        parts: list[ast.expr] = []
        if isinstance(node, ast.IfExp):
            parts = [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp):
            parts = node.values
        elif isinstance(node, ast.NamedExpr):
            parts = [node.value]
        elif isinstance(node, ast.Name) and node.id in self._scope.local_names:
            parts = [] if node.id in seen else self._assigned(node.id)
            seen |= {node.id}
            if any(binding.kind != "value" for binding in self._scope.bindings[node.id]):
                yield node
        else:
            yield node
        for part in parts:
            yield from self._leaves(part, seen)

    def _assigned(self, name: str) -> list[ast.expr]:
        bindings = self._scope.bindings[name]
        return [binding.value for binding in bindings if binding.kind == "value" and binding.value]

    def _routes(self, node: ast.expr) -> Iterator[tuple[ast.expr, Route]]:
        """What a callee in the function's own scope may be, and where that is written."""
        for leaf in self._leaves(node):
            yield from ((leaf, route) for route in self._leaf_routes(leaf))

    def _leaf_routes(self, leaf: ast.expr) -> Iterator[Route]:
        if isinstance(leaf, ast.Attribute):
            yield from (route.then(leaf.attr) for _, route in self._routes(leaf.value))
        elif isinstance(leaf, ast.Name):
            yield from self._path_routes((leaf.id,), self._scope)

    def _path_routes(self, path: Path, scope: Scope) -> Iterator[Route]:
        """What a path read in `scope` may be: a local variable is followed to its imports alone."""
        owner = scope.owner(path[0])
        if owner is None or owner is MODULE:
            yield Route("name", path)
            return
        for binding in owner.bindings[path[0]]:
            if binding.kind == "import":
                yield Route("module", (*binding.path, *path[1:]))


def _argument(call: ast.Call, position: int, keyword: str | None) -> ast.expr | None:
    """The argument at `position` or with this keyword; None if it isn't given.

    Where `*args` or `**kwargs` hide it, that is what is given.
    """
    for index, argument in enumerate(call.args):
        if index == position or isinstance(argument, ast.Starred):
            return argument
    named = [each for each in call.keywords if each.arg in (keyword, None)]
    exact = [each for each in named if each.arg == keyword and keyword is not None]
    return (exact or named)[0].value if named else None
