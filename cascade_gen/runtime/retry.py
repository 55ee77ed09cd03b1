"""How long to sleep between the attempts of a retried task."""

from __future__ import annotations

LONGEST = 100 * 365 * 86_400.0
"""No sleep is longer than this many seconds, a century: clocks and timers overflow above some 292 years."""


def delay_before(
    attempt: int,
    delay: float = 0.0,
    backoff: float = 1.0,
    max_delay: float | None = None,
    jitter: float = 0.0,
) -> float:
    """The seconds to sleep before `attempt`, 2 being the first that is a retry.

    That is `delay`, then `delay * backoff`, `delay * backoff**2` and so on, at most `max_delay`, and on top
    of it a random part between 0 and `jitter`. The numbers must not be negative. `ValueError` if nothing
    comes before `attempt`.
    """
    if attempt < 2:
        raise ValueError(f"there is no delay before attempt {attempt}")
    pause = min(_grown(delay, backoff, attempt - 2), LONGEST if max_delay is None else max_delay)
    if jitter:
        from random import uniform  # here: it takes longer to import than all the rest of a small module

        pause += uniform(0.0, jitter)
    return min(pause, LONGEST)


def _grown(delay: float, backoff: float, times: int) -> float:
    """`delay * backoff**times`, infinite where that is more than a float can hold."""
    if not delay or not times:
        return delay
    try:
        return delay * float(backoff) ** times
    except OverflowError:
        return float("inf")
