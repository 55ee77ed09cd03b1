"""Amounts of resources: what calls want, and what the system has."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

Wanted = list[tuple[str, float]]
"""Amounts that are to be weighed, by name; those of unlimited resources and of nothing are left out."""


def checked_capacities(system_resources: Mapping[str, float]) -> dict[str, float]:
    """What the system has of each resource that is limited.

    `ValueError` or `TypeError`, naming the resource, for what is no amount; `TypeError` for what is no name.
    """
    for name in system_resources:
        if not isinstance(name, str):
            raise TypeError(f"A resource is named by a text, not by {name!r}.")
    amounts = {name: _amount(name, value) for name, value in system_resources.items()}
    return {name: value for name, value in amounts.items() if value != float("inf")}


def limited(amounts: Mapping[str, float], capacities: Mapping[str, float]) -> Wanted:
    """The amounts of what is limited.

    `ValueError` for one that exceeds all there is, or is negative or NaN; `TypeError` for what is no number.
    """
    wanted: Wanted = []
    for name, amount in amounts.items():
        if type(amount) not in (int, float) or not amount > 0:
            amount = _amount(name, amount)
        capacity = capacities.get(name)
        if capacity is None or not amount:
            continue
        if amount > capacity:
            raise ValueError(f"Resource requirement '{name}={amount}' exceeds total system capacity ({capacity}).")
        wanted.append((name, amount))
    return wanted


def _amount(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__qualname__
        raise TypeError(f"Resource amount '{name}' must be a number, not {value!r} of type {kind!r}.")
    number = float(value)
    if not number >= 0:
        raise ValueError(f"Resource amount '{name}={value}' must not be negative or NaN.")
    return number
