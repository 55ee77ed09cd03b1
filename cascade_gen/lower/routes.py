"""Lowers a Router: its selector, then each route in a block of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import Arm, Case, Choose, Copy, Literal, Operand, Register, Route
from cascade_gen.lang import Router, Symbolic

from .calls import SKIPPED_DATA
from .graph import leaves, ways_of
from .plan import Region
from .steps import Steps
from .values import Lowered

if TYPE_CHECKING:
    from .unit import Unit


def lower_router(unit: Unit, node: Router, region: Region) -> Steps[Lowered]:
    """A Router that is no root: the values of its routes are values, and may be skipped like any."""

    def value(route: Any, inner: Region) -> Steps[Lowered]:
        yield unit.side_by_side(leaves(route), inner, id(inner))
        return _value_of(unit, route, inner)

    lowered: Lowered = yield lower_routes(unit, node, region, value)
    return lowered


def lower_routes(unit: Unit, node: Router, region: Region, value: Any) -> Steps[Lowered]:
    """The instructions of a Router, each route lowered by `value(route, region)`."""
    yield unit.demand_all(leaves(node.selector), region)
    selector = unit.operand(node.selector, "selector", region)
    target = unit.tables.register("route")
    found: list[tuple[tuple[Operand, ...], Region, Lowered]] = []
    for index, (keys, route) in enumerate(ways_of(node)):
        inner = unit.plan.branch(id(node), index)
        assert inner is not None
        lowered = yield value(route, inner)
        found.append((tuple(unit.tables.constant(key, "key") for key in keys), inner, lowered))
    empties = unit.empties(node.selector, region)
    flags = _flags(unit, target, [lowered for _, _, lowered in found], bool(empties))
    for _, inner, lowered in found:
        _set_flags(unit, inner, flags, lowered)
    cases = tuple(Case(keys, unit.block(inner), lowered.value) for keys, inner, lowered in found)
    route = Route(target, selector, cases, unit.tables.locate(node.origin))
    if empties:
        _skip_without_selector(unit, region, empties, route, flags)
    else:
        unit.emit(region, route)
    return flags


def _skip_without_selector(unit: Unit, region: Region, empties: list[Register], route: Route, flags: Lowered) -> None:
    """A selector that has nothing to give: no route is taken, and consumers get nothing either."""
    skipped = (
        Copy(route.target, Literal(None)),
        *(
            Copy(flag, Literal(value))
            for flag, value in ((flags.skipped, SKIPPED_DATA), (flags.empty, True), (flags.waived, False))
            if flag is not None
        ),
    )
    unit.emit(region, Choose(tuple(Arm(flag, skipped) for flag in empties), (route,), route.location))


def _value_of(unit: Unit, route: Any, region: Region) -> Lowered:
    """A route's value: a node as it is; a container has the flags of nothing, and is empty if an item is."""
    if isinstance(route, Symbolic):
        return unit.found(route, region)
    empties = unit.empties(route, region)
    value = unit.operand(route, "route", region)
    if not empties:
        return Lowered(value)
    empty = unit.tables.register("route_empty", "bool")
    skipped = unit.tables.register("route_skipped", "str")
    nothing = (Copy(empty, Literal(True)), Copy(skipped, Literal(SKIPPED_DATA)))
    arms = tuple(Arm(flag, nothing) for flag in empties)
    unit.emit(region, Choose(arms, (Copy(empty, Literal(False)), Copy(skipped, Literal("")))))
    return Lowered(value, skipped, empty, None)


def _flags(unit: Unit, target: Register, routes: list[Lowered], may_skip: bool) -> Lowered:
    def flag(name: str, needed: bool, kind: str) -> Register | None:
        return unit.tables.register(f"{target.name}_{name}", kind) if needed else None

    return Lowered(
        target,
        flag("skipped", may_skip or any(one.skipped is not None for one in routes), "str"),
        flag("empty", may_skip or any(one.empty is not None for one in routes), "bool"),
        flag("waived", any(one.waived is not None for one in routes), "bool"),
    )


def _set_flags(unit: Unit, region: Region, flags: Lowered, route: Lowered) -> None:
    pairs: tuple[tuple[Register | None, Register | None, Any], ...] = (
        (flags.skipped, route.skipped, ""),
        (flags.empty, route.empty, False),
        (flags.waived, route.waived, False),
    )
    for flag, own, default in pairs:
        if flag is not None:
            unit.emit(region, Copy(flag, Literal(default) if own is None else own))
