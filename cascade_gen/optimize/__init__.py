"""Passes: functions from Blueprint to Blueprint, one a file; `PASSES` are all of them, in order."""

from __future__ import annotations

from collections.abc import Callable

from cascade_gen.blueprint import Blueprint
from cascade_gen.blueprint.verify import verify
from cascade_gen.debug import VERIFY, debug_level, show_stage

from .bind_first import bind_first
from .drop_dead import drop_dead
from .follow_copies import follow_copies
from .hoist_forced import hoist_forced
from .merge_pure import merge_pure
from .thread_skips import thread_skips

Pass = Callable[[Blueprint], Blueprint]

PASSES: tuple[Pass, ...] = (
    # what a round is given anyway is no work of the round
    bind_first,
    # a twin's value is taken before nodes are repeated on several ways, which hides that they are twins
    merge_pure,
    # what all branches wait for first is no work of the branches
    hoist_forced,
    # whether a node is skipped is known on most ways: choices by such flags become nested `if`s
    thread_skips,
    # what is left of the flags is set on every way, and nobody asks for most of them; nor for some pure calls
    drop_dead,
    # what is then the only value of a register is read where it is
    follow_copies,
)


def optimise(blueprint: Blueprint, after: str | None = None) -> Blueprint:
    """The Blueprint after every pass, or after the one named `after`; verified each time when debugging."""
    check = debug_level() >= VERIFY
    if check:
        verify(blueprint)
    show_stage("lowered", blueprint)
    for one in PASSES:
        blueprint = one(blueprint)
        if check:
            verify(blueprint)
        show_stage(one.__name__, blueprint)
        if one.__name__ == after:
            break
    return blueprint


__all__ = ["PASSES", "Pass", "drop_dead", "follow_copies", "hoist_forced", "merge_pure", "optimise", "thread_skips"]
