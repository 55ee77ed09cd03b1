"""State machines of a hundred tasks, and the loops that a person would write for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .written import written

_STATES = 100
_BRANCHES = [((number * 7 + 1) % _STATES, (number * 13 + 5) % _STATES) for number in range(_STATES)]

_RING = """
@cs.task
def state_{number}(left: int):
    if left <= 0:
        return "state {number}"
    return cs.tail(state_{following}, left=left - 1)
"""

_WEB = """
@cs.task
def state_{number}(left: int, seed: int = 1):
    if left <= 0:
        return "state {number}"
    if seed & 1:
        return cs.tail(state_{odd}, left=left - 1, seed=(seed * 5 + {number}) % 1021)
    return cs.tail(state_{even}, left=left - 1, seed=(seed * 5 + {number}) % 1021)
"""


def ring(folder: Path) -> list[Any]:
    """Tasks that each go on to the next one, the last to the first."""
    return _tasks(
        folder, (_RING.format(number=number, following=(number + 1) % _STATES) for number in range(_STATES))
    )


def plain_ring(left: int) -> str:
    """`ring` by hand: the states in a row, again and again."""
    while True:
        for state in range(_STATES):
            if left <= 0:
                return f"state {state}"
            left -= 1


def web(folder: Path) -> list[Any]:
    """Tasks that each go on to one of two others, as the data have it."""
    return _tasks(
        folder, (_WEB.format(number=number, even=even, odd=odd) for number, (even, odd) in enumerate(_BRANCHES))
    )


def plain_web(left: int, seed: int = 1) -> str:
    """`web` by hand: the states are alike, so a table of their successors will do."""
    state = 0
    while left > 0:
        state, seed = _BRANCHES[state][seed & 1], (seed * 5 + state) % 1021
        left -= 1
    return f"state {state}"


def _tasks(folder: Path, states: Iterable[str]) -> list[Any]:
    """The tasks of a state machine, written down in a module of their own; where it begins comes first."""
    module = written(folder, "import cascade as cs\n" + "".join(states))
    return [getattr(module, f"state_{number}") for number in range(_STATES)]
