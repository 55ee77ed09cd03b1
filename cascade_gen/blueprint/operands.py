"""What instructions read: registers, literals, named objects, and containers of those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Register:
    """A virtual variable. Its name is final: the listing prints it and generated code uses it as a local.

    `type` is the annotation the user gave, as text, or empty; it doesn't tell registers apart.
    """

    name: str
    type: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Register) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant that its `repr` builds again: None, bool, int, float, complex, str, bytes, `...`, or tuples
    and frozensets of them."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))


@dataclass(frozen=True, slots=True)
class Object:
    """A value that is passed as the very object given; `Blueprint.objects` holds it under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A container built each time it is read: `kind` is list, tuple, set, frozenset, dict or namedtuple.

    `keys` are those of a dict; `factory` is the class of a named tuple.
    """

    kind: str
    items: tuple[Operand, ...]
    keys: tuple[Operand, ...] = ()
    factory: Object | None = None


Operand = Register | Literal | Object | Pack


def registers_of(operand: Operand | None) -> Iterator[Register]:
    """The registers an operand reads, in the order of evaluation."""
    if isinstance(operand, Register):
        yield operand
    elif isinstance(operand, Pack):
        for item in operand.items:
            yield from registers_of(item)


def objects_of(operand: Operand | None) -> Iterator[Object]:
    """The named objects an operand reads, in order."""
    if isinstance(operand, Object):
        yield operand
    elif isinstance(operand, Pack):
        if operand.factory is not None:
            yield operand.factory
        for item in (*operand.keys, *operand.items):
            yield from objects_of(item)
