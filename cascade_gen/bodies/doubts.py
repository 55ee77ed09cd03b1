"""Where something lazy in a new container would have to come from: variables that are quickly asked for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from cascade_gen.tasks.scopes import Binding

from .body import Body
from .order import Order
from .settled import Settled

_Found = dict[str, None]
"""Variables in the order in which they were found."""

_JOINING = (ast.Add, ast.BitOr)
_COPYING = frozenset(("dict", "frozenset", "list", "set", "tuple"))


class Doubts:
    """Tells of the containers that a way out of a body hands on.

    A container made in the body has nothing lazy in it if there is nothing lazy in the variables that were put into
    it, all else in it being settled. It may be large; they are seldom containers. What is taken out of one of them
    may be anything, since objects aren't looked into.
    """

    def __init__(self, body: Body, settled: Settled) -> None:
        self._scope = body.scope
        self._order = Order(body)
        self._settled = settled

    def of(self, node: ast.expr) -> tuple[str, ...]:
        """The variables to ask instead of the container; none where it has to be asked itself."""
        return tuple(self._container(node, None, frozenset()) or ())

    def _container(self, node: ast.expr, then: ast.expr | None, around: frozenset[str]) -> _Found | None:
        """The doubtful variables in a container, None for what isn't seen to be one.

        `then` is the expression that has put them in, if that isn't the `return`'s own; the variables in `around` are
        being asked already.
        """
        if self._is_settled(node):
            return {}
        match node:
            case ast.Name():
                return self._variable(node, around)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return _all(self._part(part, then, around) for part in parts)
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                spread = [self._item(key is None, value, then, around) for key, value in pairs]
                return _all([*(self._part(key, then, around) for key in keys if key is not None), *spread])
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
                return _all(self._container(part, then, around) for part in (left, right))
            case ast.Subscript(value=value, slice=ast.Slice()):
                return self._container(value, then, around)
            case ast.Call(func=ast.Attribute(value=value, attr="copy"), args=[], keywords=[]):
                return self._container(value, then, around)
            case ast.Call(args=given, keywords=named) if self._settled.builtin(node.func) in _COPYING:
                items = [self._item(one.arg is None, one.value, then, around) for one in named]
                return _all([*(self._container(one, then, around) for one in given), *items])
        return None

    def _item(self, spread: bool, value: ast.expr, then: ast.expr | None, around: frozenset[str]) -> _Found | None:
        return self._container(value, then, around) if spread else self._part(value, then, around)

    def _part(self, node: ast.expr, then: ast.expr | None, around: frozenset[str]) -> _Found | None:
        """The doubtful variables in what is put into a container."""
        found = self._container(node, then, around)
        if found is not None:
            return found
        match node:
            case ast.Name(id=name) if self._is_seen(name, then):
                return {name: None}
            case ast.Starred(value=value) | ast.Subscript(value=value):
                return self._container(value, then, around)
        return None

    # variables

    def _is_settled(self, node: ast.expr) -> bool:
        """Whether nothing lazy can be in a value: what a parameter is given is settled, until it is bound anew."""
        match node:
            case ast.Name() if self._is_given(node):
                return True
            case ast.Subscript(value=value) if self._is_settled(value):
                return True
        return self._settled.of(node)

    def _is_given(self, node: ast.Name) -> bool:
        """Whether a parameter still has what it was given."""
        bindings = self._bindings(node)
        return [one.kind for one in bindings] == ["parameter"] and self._settled.is_given(node.id)

    def _bindings(self, node: ast.Name) -> list[Binding]:
        """Those that a variable of the body may have its value from where it stands."""
        if node.id not in self._scope.local_names:
            return []
        bindings = self._scope.bindings[node.id]
        return [one for one in bindings if one.value is None or self._order.may_precede(one.value, node)]

    def _variable(self, node: ast.Name, around: frozenset[str]) -> _Found | None:
        """Those in a variable of the body that is bound to containers alone."""
        if node.id in around:
            return {}
        bindings = self._bindings(node)
        return _all(self._bound(node.id, one, around | {node.id}) for one in bindings) if bindings else None

    def _bound(self, name: str, binding: Binding, around: frozenset[str]) -> _Found | None:
        if binding.kind == "parameter":
            return {} if self._settled.is_given(name) else None
        joined = binding.kind == "augmented" and isinstance(binding.operator, _JOINING)
        if binding.value is None or not (joined or binding.kind == "value"):
            return None
        return self._container(binding.value, binding.value, around)

    def _is_seen(self, name: str, then: ast.expr | None) -> bool:
        """Whether a variable of the body still has what it had when it was put into the container, if it was."""
        bindings = self._scope.bindings.get(name, ())
        if name not in self._scope.local_names or any(one.kind == "parameter" for one in bindings):
            return False
        values = [one.value for one in bindings]
        return then is None or all(one is not None and not self._order.may_precede(then, one) for one in values)


def _all(parts: Iterable[_Found | None]) -> _Found | None:
    """Those of all parts, None if there is none for one."""
    found: _Found = {}
    for part in parts:
        if part is None:
            return None
        found.update(part)
    return found
