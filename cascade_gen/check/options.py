"""What a compilation is given beside the workflow: wrong kinds of things are told by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cascade_gen.lang import ResourceDefinition
from cascade_gen.runtime.amounts import checked_capacities
from cascade_gen.runtime.containers import glance
from cascade_gen.runtime.events import MessageBus, preview


def resources_by_name(resources: Iterable[ResourceDefinition]) -> dict[str, ResourceDefinition]:
    """Resources by their names; `TypeError` for what is none, `ValueError` for two of one name."""
    found: dict[str, ResourceDefinition] = {}
    for one in _items("resources", resources):
        if not isinstance(one, ResourceDefinition):
            raise TypeError(f"resources takes a list of @cs.resource functions; it holds {preview(one)}")
        if found.setdefault(one.name, one) is not one:
            raise ValueError(f"resources takes one of each name; it holds two that are named {one.name!r}")
    return found


def listed_blueprints(blueprints: Iterable[Any]) -> tuple[Any, ...]:
    """The further workflows of a compilation; `TypeError` for what is no list of them."""
    return tuple(_items("blueprints", blueprints))


def known_capacity(capacity: Mapping[str, float] | None) -> dict[str, float]:
    """What the system has of each resource that is limited; `TypeError` or `ValueError` for what is no amount."""
    if capacity is not None and not isinstance(capacity, Mapping):
        raise TypeError(f"system_resources is a dict from name to amount; got {preview(capacity)}")
    return dict(checked_capacities(capacity or {}))


def known_bus(option: str, bus: Any) -> None:
    """`TypeError` where what is to be told of events is no `MessageBus`."""
    if bus is not None and not isinstance(bus, MessageBus):
        raise TypeError(f"{option} takes a cs.MessageBus, whose handlers are told; got {preview(bus)}")


def known_seconds(option: str, value: Any) -> None:
    """`TypeError` for what is no number, `ValueError` for one below 0 or none at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{option} takes seconds, 0 for never; got {preview(value)}")
    if not value >= 0:
        raise ValueError(f"{option} takes seconds, 0 for never; got {preview(value)}")


def named_values(params: Any, option: str = "params") -> Mapping[str, Any]:
    """The inputs of a run by name; `TypeError` for what is no dict, and for what has no value yet."""
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(f"{option} takes a dict from input to value; got {preview(params)}")
    known_inputs((), params)
    return params


def listed_values(args: Any) -> tuple[Any, ...]:
    """The inputs of a run by position; `TypeError` for what is no list of them, and for what has no value yet."""
    values = tuple(_items("initial_args", args))
    known_inputs(values, {})
    return values


def known_inputs(args: Iterable[Any], kwargs: Mapping[str, Any]) -> None:
    """`TypeError` for an input with something lazy in it, which nobody would compute; large ones at a glance only."""
    named = [*(("an input", one) for one in args), *((f"the input {name!r}", one) for name, one in kwargs.items())]
    for shown, one in named:
        if glance(one):
            raise TypeError(
                f"{shown} is a value, and {preview(one)} has none yet: call the workflow with it, and run that call"
            )


def _items(option: str, given: Iterable[Any]) -> list[Any]:
    try:
        return list(given)
    except TypeError:
        raise TypeError(f"{option} takes a list; got {preview(given)}") from None
