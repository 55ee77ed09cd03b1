"""The sleeps between attempts."""

from __future__ import annotations

import pytest

from cascade_gen.runtime.retry import LONGEST, delay_before


def first_four(*given: float, **named: float) -> list[float]:
    return [delay_before(attempt, *given, **named) for attempt in (2, 3, 4, 5)]


def test_first_retry_waits_delay_and_the_next_ones_grow_by_backoff() -> None:
    assert first_four(0.5, 2.0) == [0.5, 1.0, 2.0, 4.0]


def test_without_backoff_all_are_alike() -> None:
    assert first_four(0.25) == [0.25, 0.25, 0.25, 0.25]
    assert first_four() == [0.0, 0.0, 0.0, 0.0]


def test_backoff_below_one_shrinks() -> None:
    assert first_four(8.0, 0.5) == [8.0, 4.0, 2.0, 1.0]
    assert delay_before(5_000, 8.0, 0.5) == 0.0


def test_max_delay_caps_the_growing_part() -> None:
    assert first_four(1.0, 10.0, max_delay=50.0) == [1.0, 10.0, 50.0, 50.0]


def test_jitter_comes_on_top_of_the_cap() -> None:
    found = [delay_before(9, 1.0, 10.0, max_delay=5.0, jitter=2.0) for _ in range(200)]
    assert all(5.0 <= pause <= 7.0 for pause in found)
    assert len(set(found)) > 1


@pytest.mark.parametrize("backoff", [10, 10.0, 10**400, 1e308])
def test_growth_beyond_what_a_float_holds_ends_at_the_cap(backoff: float) -> None:
    assert delay_before(10_000, 1.0, backoff, max_delay=30.0) == 30.0
    assert delay_before(10_000, 1.0, backoff) == LONGEST
    assert delay_before(10_000, 1.0, backoff, max_delay=float("inf"), jitter=1.0) == LONGEST
    assert delay_before(10_000, 0.0, backoff) == 0.0
    assert delay_before(2, 1.5, backoff) == 1.5


def test_nothing_comes_before_the_first_attempt() -> None:
    with pytest.raises(ValueError, match="no delay before attempt 1"):
        delay_before(1, 1.0)
