"""Sync Blueprints that an engine runs beside others, and that may have to wait for these."""

from __future__ import annotations

from dataclasses import replace

from cascade_gen.blueprint import Blueprint, Hold, Loop, walk
from cascade_gen.runtime.governor import Governor


def awaited(blueprint: Blueprint, governor: Governor) -> Blueprint:
    """The Blueprint as one that awaits its constraints, where it may have any, or meet graphs that have.

    Who holds what it waits for may be another run on the same event loop, which has to go on.
    """
    waits = any(isinstance(one, Hold | Loop) for one in walk(blueprint.body))
    return replace(blueprint, is_async=True) if waits or not governor.idle else blueprint
