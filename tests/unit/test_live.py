"""What is read later, on the way backwards: ways through a block are walked on one set, which goes back each time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cascade_gen.optimize.live import Live

NAMES = st.sets(st.sampled_from("abcde"))
STEPS = st.lists(st.tuples(st.booleans(), NAMES))
"""What is read (true) or written, one after the other."""

Steps = list[tuple[bool, set[str]]]


def walked(live: Live, steps: Steps) -> None:
    for reading, names in steps:
        (live.add if reading else live.discard)(names)


def copied(names: set[str], steps: Steps) -> set[str]:
    """The same on a set of its own."""
    for reading, several in steps:
        names = names | several if reading else names - several
    return names


@given(NAMES, STEPS, STEPS, STEPS)
def test_it_goes_back_and_tells_what_has_changed(names: set[str], before: Steps, way: Steps, inner: Steps) -> None:
    live = Live(names)
    walked(live, before)
    behind = live.names()
    mark = live.mark()
    walked(live, way)
    within = live.mark()
    walked(live, inner)
    live.back(within)
    assert live.names() == copied(set(behind), way)
    change = live.back(mark)
    assert live.names() == behind
    assert (behind | change.added) - change.dropped == copied(set(behind), way)
    assert not change.added & behind
    assert change.dropped <= behind


@given(NAMES, st.lists(STEPS))
def test_one_of_several_ways_is_taken(names: set[str], ways: list[Steps]) -> None:
    live = Live(names)
    changes = []
    for way in ways:
        mark = live.mark()
        walked(live, way)
        changes.append(live.back(mark))
    live.join(changes)
    assert live.names() == set().union(*(copied(names, way) for way in ways))
