"""What lowering a node gives, and the operands that arguments become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cascade_gen.blueprint import Operand, Pack, Register
from cascade_gen.lang import Symbolic
from cascade_gen.runtime.containers import holds_lazy, is_container

from .graph import items_of
from .tables import Tables


@dataclass(frozen=True, slots=True)
class Lowered:
    """A computed node: where its value is, and the flags of a node that may be skipped (None: it can't be).

    `skipped`: the reason, empty when it ran. `empty`: true when consumers get nothing in its stead. `waived`:
    true when it was skipped for its predecessor, so that a final target gives None.
    """

    value: Operand
    skipped: Register | None = None
    empty: Register | None = None
    waived: Register | None = None

    @property
    def registers(self) -> tuple[Register, ...]:
        """The registers that hold it."""
        own = (self.value, self.skipped, self.empty, self.waived)
        return tuple(one for one in own if isinstance(one, Register))


def build_operand(value: Any, hint: str, tables: Tables, leaf: Callable[[Symbolic], Operand]) -> Operand:
    """The operand for an argument: literals and objects as they are, containers of lazies as packs."""
    if isinstance(value, Symbolic):
        return leaf(value)
    if not holds_lazy(value):
        return tables.constant(value, hint)
    return _packed(value, hint, tables, leaf, _holders(value))


def _packed(value: Any, hint: str, tables: Tables, leaf: Callable[[Symbolic], Operand], holders: set[int]) -> Operand:
    """The operand for what is lazy, for one of the `holders`, or for anything else."""
    if isinstance(value, Symbolic):
        return leaf(value)
    if id(value) not in holders:
        return tables.constant(value, hint)
    items = tuple(_packed(item, hint, tables, leaf, holders) for item in items_of(value))
    kind = type(value)
    if kind is dict:
        keys = tuple(tables.constant(key, f"{hint}_key") for key in value)
        return Pack("dict", items, keys)
    if kind in (list, tuple, set, frozenset):
        return Pack(kind.__name__, items)
    factory = tables.constant(kind, kind.__name__)
    return Pack("namedtuple", items, factory=factory)  # type: ignore[arg-type]  # a class is an Object


def _holders(container: Any) -> set[int]:
    """The ids of the containers that hold something lazy, of this one and all in it: each is looked into once."""
    found: set[int] = set()
    seen = {id(container)}
    pending = [(container, _inside(container))]
    while pending:
        holder, items = pending[-1]
        for item in items:
            if isinstance(item, Symbolic) or id(item) in found:
                found.add(id(holder))
            elif is_container(item) and id(item) not in seen:
                seen.add(id(item))
                pending.append((item, _inside(item)))
                break
        else:
            pending.pop()
            if pending and id(holder) in found:
                found.add(id(pending[-1][0]))
    return found


def _inside(container: Any) -> Iterator[Any]:
    return iter(container.values() if type(container) is dict else container)
