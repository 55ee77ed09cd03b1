"""Times functions side by side, in short slices that alternate.

On a machine that others use as well, the best or the mean of many runs misleads: its speed changes within a
second. Two slices of some 3 ms, one right after the other, saw the same machine; the median of the ratios of many
such pairs is steady. Slices count the time of the process, not what others took in between.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Work = Callable[[int], object]
"""Does as many units of work as it is told."""

_SLICE = 0.003
_FEWEST = 9
_FINE = 1e-5

fine_process_time = time.get_clock_info("process_time").resolution < _FINE
clock = time.process_time if fine_process_time else time.perf_counter
"""Seconds of this process; of the wall where the system counts a process's time only coarsely."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One of several functions timed side by side.

    `seconds`: of a unit, the median over all slices. `ratio`: the time of the base over its own, the median over
    all passes; above 1 it is faster than the base.
    """

    seconds: float
    ratio: float


def compare(works: Mapping[str, Work], base: str, seconds: float, slice_: float = _SLICE) -> dict[str, Timing]:
    """Time every function for about `seconds`, in alternation, and set it against the one named `base`."""
    counts = {name: units_in(work, slice_) for name, work in works.items()}
    taken: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for _ in range(max(_FEWEST, round(seconds / slice_))):
        for name in names:
            count = counts[name]
            taken[name].append(timed(works[name], count)[0] / count)
        names.reverse()
    return {name: Timing(statistics.median(own), _ratio(taken[base], own)) for name, own in taken.items()}


def _ratio(base: list[float], own: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(base, own, strict=True))


def units_in(work: Work, seconds: float) -> int:
    """How many units a function does in some `seconds`; at least 1."""
    count = 1
    while True:
        took, _ = timed(work, count)
        if took >= seconds / 2:
            return max(1, round(count * seconds / took))
        count *= 2


def timed(function: Callable[..., T], *args: object) -> tuple[float, T]:
    """The seconds that a call took, and what it gave."""
    start = clock()
    result = function(*args)
    return clock() - start, result
