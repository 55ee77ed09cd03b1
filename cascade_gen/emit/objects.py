"""Values that are passed as the very object given: how the text of a module makes them again, if it can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import libcst as cst

from cascade_gen.lower.importable import defaults_of as defaults_of
from cascade_gen.lower.importable import importable as importable
from cascade_gen.lower.made_caches import making
from cascade_gen.lower.made_values import Made, made_value
from cascade_gen.runtime.containers import is_container, is_named_tuple, takes_fields

from . import nodes
from .nodes import Expression

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_MOST_DIGITS = 2000
_DEEPEST = 20
_LONGEST_SHORT = 40

Place = Callable[[Any], Expression | None]


def display(value: Any, place: Place) -> Expression | None:
    """The expression that makes an equal value: containers of plain literals, what calls make, and what `place` can
    name. None for anything else."""
    return _Display(place).of(value)


class _Display:
    """Displays of one value and of what it holds; `None` once a part has none."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._instances: set[int] = set()

    def of(self, value: Any, depth: int = 0) -> Expression | None:
        if depth > _DEEPEST:
            return None
        kind = type(value)
        if kind in _PLAIN:
            if kind is int and value.bit_length() > _MOST_DIGITS:
                return cst.Integer(hex(value)) if value > 0 else None
            return nodes.literal(value)
        if kind in (set, frozenset):
            return self._set(value, depth)
        if isinstance(value, Enum) and _is_member(value):
            named = self._place(kind)
            return None if named is None else cst.Attribute(named, cst.Name(value.name))
        if is_container(value):
            return self._container(value, depth)
        made = made_value(value)
        return self._place(value) if made is None else self._made(value, made, depth)

    def _container(self, value: Any, depth: int) -> Expression | None:
        kind = type(value)
        found = self.all(value.values() if kind is dict else value, depth)
        keys = self.all(value, depth) if kind is dict else []
        if found is None or keys is None:
            return None
        if kind is dict:
            return nodes.dict_(keys, found)
        if is_named_tuple(kind):
            named = self._place(kind)
            return None if named is None else named_tuple(kind, named, found)
        return nodes.list_(found) if kind is list else nodes.tuple_(found)

    def _made(self, value: Any, made: Made, depth: int) -> Expression | None:
        """The call that makes a value, if it has no name. An instance in two places would become two: None."""
        named = self._place(value)
        maker = self._place(made.maker)
        if named is not None or maker is None or id(value) in self._instances:
            return named
        if made.is_instance:
            self._instances.add(id(value))
        return self.call(maker, made.args, made.kwargs, depth)

    def call(
        self, maker: Expression, args: Iterable[Any], kwargs: Mapping[str, Any], depth: int = 0
    ) -> Expression | None:
        """A call with values, given by position and by name."""
        given, named = self.all(args, depth), self.all(kwargs.values(), depth)
        if given is None or named is None:
            return None
        words = [nodes.keyword(name, one) for name, one in zip(kwargs, named, strict=True)]
        return nodes.call(maker, *given, *words)

    def all(self, values: Iterable[Any], depth: int) -> list[Expression] | None:
        found = []
        for value in values:
            shown = self.of(value, depth + 1)
            if shown is None:
                return None
            found.append(shown)
        return found

    def _set(self, value: Any, depth: int) -> Expression | None:
        """In an order that doesn't depend on hashing."""
        found = self.all(value, depth)
        if found is None:
            return None
        ordered = sorted(found, key=_text)
        frozen = isinstance(value, frozenset)
        if not ordered:
            return nodes.call("frozenset" if frozen else "set")
        shown = cst.Set(nodes.items(ordered))
        return nodes.call("frozenset", shown) if frozen else shown


def named_tuple(kind: object, named: Expression, items: Sequence[Expression]) -> Expression:
    """The call that makes a named tuple of its fields; `kind` is its class, `named` the expression of it."""
    if isinstance(kind, type) and not takes_fields(kind):
        return nodes.call(cst.Attribute(named, cst.Name("_make")), nodes.tuple_(items))
    return nodes.call(named, *items)


def short_tuple(value: Any) -> Expression | None:
    """The display of a short tuple of constants; None for anything else."""
    if type(value) is not tuple or not all(type(one) in _PLAIN for one in value):
        return None
    shown = display(value, lambda thing: None)
    return shown if shown is not None and len(nodes.text_of(shown)) <= _LONGEST_SHORT else None


def may_change(value: Any) -> bool:
    """Whether it matters which of two equal values it is that `display` shows, since it may be changed in place."""
    kind = type(value)
    if kind in (list, dict, set):
        return True
    if is_container(value):
        return any(map(may_change, value))
    made = made_value(value)
    return made is not None and (made.changes or any(map(may_change, (*made.args, *made.kwargs.values()))))


def cache_call(value: Any, word: Callable[[str, str], str], place: Place) -> Expression | None:
    """The call that makes a cache like this one of Cascade's own; `word` names what is imported from a module.

    None for any other object, and where no text makes an equal argument.
    """
    made = making(value)
    if made is None:
        return None
    return _Display(place).call(nodes.name(word(made.module, made.name)), made.args, made.kwargs)


def _is_member(value: Enum) -> bool:
    """Whether the class has this member under its name; a combination of flags has none."""
    return type(value).__members__.get(value.name) is value


def _text(node: Expression) -> str:
    return cst.Module([]).code_for_node(node)
