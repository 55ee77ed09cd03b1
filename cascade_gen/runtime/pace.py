"""Fair async loops: how a loop of rounds that may never await gives the event loop its turn."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop, sleep
from collections.abc import Iterable
from math import inf
from time import perf_counter
from weakref import WeakKeyDictionary

_PASSES = 3  # of the event loop, until a timer that came due is heard: timer, then future, then task
_LEAST = 25e-6  # shortest turn of one among many spinning loops, since a pass costs some 2.5 us for each
_PART = 8  # a batch takes at most this part of a turn


class _Floor:
    """What the loops on one event loop share."""

    __slots__ = ("asked", "asked_at", "giving_way", "passes")

    def __init__(self) -> None:
        self.giving_way = 0  # loops that are in `turn` just now
        self.passes = 0  # passes of the event loop that somebody asked to be told of
        self.asked = False  # whether the next one is to be told of,
        self.asked_at = 0.0  # and since when

    def passed(self) -> None:
        self.asked = False
        self.passes += 1


_floors: WeakKeyDictionary[AbstractEventLoop, _Floor] = WeakKeyDictionary()


class Pace:
    """Gives way every `every` seconds, which all loops spinning on the same event loop share; 0 is never.

        with Pace(0.005) as pace:
            while True:
                for _ in pace.batch():
                    <a round>
                if pace.due():
                    await pace.turn()

    Reading the clock costs as much as some rounds, so it is read once a batch. A batch grows to `most` rounds
    while rounds are fast and shrinks when they are slow: late once by what is left of a batch, then on time.

    Only one loop runs at a time, so those that spin beside it are those waiting in `turn`: they are counted
    there. Loops that wait for anything else take no part, and nothing has to be given back at the end. A
    round that awaits has let the event loop pass by itself, and a new stretch of time begins.
    """

    __slots__ = (
        "_batch",
        "_due_at",
        "_every",
        "_floor",
        "_grows",
        "_loop",
        "_mark",
        "_most",
        "_seen",
        "_slow",
    )

    def __init__(self, every: float, most: int = 16) -> None:
        self._every = every
        self._most = most
        self._resize(1)
        self._mark = perf_counter()
        self._due_at = self._slow = inf
        if every > 0:
            self._loop = get_running_loop()
            self._floor = _floors.setdefault(self._loop, _Floor())
            waited = self._floor.asked
            self._begin()
            if (
                waited
            ):  # the event loop hasn't passed since another loop began: many short ones are as one long
                self._due_at = min(self._due_at, max(self._mark + _LEAST, self._floor.asked_at + every))

    def __enter__(self) -> Pace:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def batch(self) -> Iterable[None]:
        """As many rounds as may go by until the clock is read again."""
        return self._batch

    def due(self) -> bool:
        """After a batch: whether it is time to give way, so that `turn` is to be awaited."""
        now = perf_counter()
        took = now - self._mark
        self._mark = now
        if took > self._slow:
            self._resize(int(len(self._batch) * self._slow / took))
        elif self._grows:
            self._resize(2 * len(self._batch))
        return now + took >= self._due_at and not self._passed()

    async def turn(self) -> None:
        """Let everybody else on the event loop have their turn."""
        floor = self._floor
        passes = 1 if floor.giving_way else _PASSES  # with others spinning, passes come often enough
        floor.giving_way += 1
        try:
            for _ in range(passes):
                await sleep(0)
        finally:
            floor.giving_way -= 1
        self._mark = perf_counter()
        self._begin()

    def _resize(self, rounds: int) -> None:
        rounds = max(1, min(rounds, self._most))
        self._batch = (None,) * rounds  # a tuple at hand: an iterator made anew costs as much as five rounds
        self._grows = rounds < self._most

    def _passed(self) -> bool:
        """Whether the event loop passed since the stretch began, for a round awaited something; if so begin anew."""
        if self._seen == self._floor.passes:
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        """Begin a stretch, at the time of the mark."""
        floor = self._floor
        others = floor.giving_way
        share = max(_LEAST, self._every / (_PASSES * (others + 1))) if others else self._every
        self._due_at = self._mark + share
        self._slow = share / _PART
        self._seen = floor.passes
        if not floor.asked:
            floor.asked, floor.asked_at = True, self._mark
            self._loop.call_soon(floor.passed)
