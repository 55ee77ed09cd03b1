"""Passes: functions from Blueprint to Blueprint, one a file; `PASSES` are all of them, in order."""

from collections.abc import Callable

from cascade_gen.blueprint import Blueprint

from .drop_dead import drop_dead
from .thread_skips import thread_skips

Pass = Callable[[Blueprint], Blueprint]

PASSES: tuple[Pass, ...] = (
    # whether a node is skipped is known on most ways: choices by such flags become nested `if`s
    thread_skips,
    # what is left of the flags is set on every way, and nobody asks for most of them
    drop_dead,
    # here tail calls that can be seen in a task's source will become jumps, and bodies will move in
)


def optimised(blueprint: Blueprint) -> Blueprint:
    """The Blueprint after every pass."""
    for one in PASSES:
        blueprint = one(blueprint)
    return blueprint


__all__ = ["PASSES", "Pass", "drop_dead", "optimised", "thread_skips"]
