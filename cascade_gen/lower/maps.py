"""Lowers a mapped task: all iterables first, then a block that runs for each position."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import Argument, Block, Call, Literal, Map, MapInput, Operand, Pack, Register
from cascade_gen.lang import Inject, MappedLazyResult
from cascade_gen.runtime.containers import holds_lazy

from .annotations import annotation_text
from .calls import called, demand_inputs, govern, guarded
from .graph import awaits, defaults_of
from .plan import Region
from .steps import Steps
from .values import Lowered

if TYPE_CHECKING:
    from .unit import Unit


def lower_map(unit: Unit, node: MappedLazyResult[Any], region: Region) -> Steps[Lowered]:
    """A mapped task: `run_if` and `after` hold for the whole, every other policy for each item."""
    yield demand_inputs(unit, node, region)

    def core(target: Register) -> Block:
        return (_map(unit, node, region, target),)

    lowered: Lowered = yield guarded(
        unit, node, region, core, list(node.iterables.values()), unit.plan.needs.inputs(node)
    )
    return lowered


def _map(unit: Unit, node: MappedLazyResult[Any], region: Region, target: Register) -> Map:
    inputs = tuple(
        MapInput(name, unit.operand(value, name, region), unit.tables.register(f"{name}_item"))
        for name, value in node.iterables.items()
    )
    given = _bound(unit, node, region)
    given |= {one.name: one.item for one in inputs}
    for name, default in defaults_of(node.task):
        if name not in given and holds_lazy(default):
            given[name] = unit.operand(default, name, region)
    by_place = len(node.bound)
    arguments = tuple(
        Argument(value, "" if number < by_place else name) for number, (name, value) in enumerate(given.items())
    )
    result = unit.tables.register(node.task.name, annotation_text(node.task.signature.return_annotation))
    checked = unit.tables.exits(node.task).kind != "value"
    call = Call(result, called(unit, node).key, arguments, checked, unit.tables.locate(node.origin))
    block = govern(unit, node, region, call, _keyed(unit, node, given))
    overlap = bool(inputs) and awaits(node, unit.tables.known_resources)
    return Map(target, inputs, block, result, overlap, unit.tables.locate(node.origin))


def _bound(unit: Unit, node: MappedLazyResult[Any], region: Region) -> dict[str, Operand]:
    """The parameters that have the same value in every call, by their names."""
    names = (name for name, _ in defaults_of(node.task))
    return {name: unit.operand(value, name, region) for name, value in zip(names, node.bound, strict=False)}


def _keyed(unit: Unit, node: MappedLazyResult[Any], given: dict[str, Operand]) -> tuple[tuple[str, Operand], ...]:
    """The parameters of an item with their values, injected resources left out."""
    if node.policies.cache is None:
        return ()
    parameters = node.task.signature.parameters
    known = {name for name, one in parameters.items() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
    others = [name for name in node.iterables if name not in known]
    keyed: list[tuple[str, Operand]] = []
    for name, default in defaults_of(node.task):
        kind = parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            keyed.append((name, Literal(())))
        elif kind is inspect.Parameter.VAR_KEYWORD:
            keyed.append((name, Pack("dict", tuple(given[one] for one in others), tuple(map(Literal, others)))))
        elif (name in node.iterables and name in known) or len(keyed) < len(node.bound):
            keyed.append((name, given[name]))
        elif not isinstance(default, Inject):
            keyed.append((name, given[name] if holds_lazy(default) else unit.tables.constant(default, name)))
    return tuple(keyed)
