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
        "_full",
        "_look_at",
        "_loop",
        "_mark",
        "_most",
        "_seen",
        "_slow",
    )

    def __init__(self, every: float, most: int = 16) -> None:
        self._every = every
        self._most = most
        if every <= 0:
            self._resize(most)
            self._look_at = inf
            return
        self._resize(1)
        self._loop = get_running_loop()
        self._floor = floor = _floors.setdefault(self._loop, _Floor())
        self._mark = perf_counter()
        # Where another loop began and the event loop hasn't passed since, many short loops are as one long.
        self._begin(max(self._mark + _LEAST, floor.asked_at + every) if floor.asked else inf)

    def __enter__(self) -> Pace:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing has to be given back."""

    def batch(self) -> Iterable[None]:
        """As many rounds as may go by until the clock is read again."""
        return self._batch

    def due(self) -> bool:
        """After a batch: whether it is time to give way, so that `turn` is to be awaited."""
        now = perf_counter()
        return now >= self._look_at and self._look(now)

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
        self._begin(inf)

    def _look(self, now: float) -> bool:
        """Fit the batch to the pace; gives whether the stretch is over.

        Batches of full size are looked at a few times a stretch only. The last of them took at least the time
        since that look was to be, for the clock was read before it.
        """
        took = now - (self._look_at if self._full else self._mark)
        if took > self._slow:
            self._resize(int(len(self._batch) * self._slow / took))
        elif not self._full:
            self._resize(2 * len(self._batch))
        self._mark = now
        self._plan()
        if now + took < self._due_at:
            return False
        if self._seen == self._floor.passes:
            return True
        self._begin(inf)  # a round awaited something, and the event loop has passed
        return False

    def _begin(self, limit: float) -> None:
        """Begin a stretch, at the time of the mark, that lasts until `limit` at most."""
        floor = self._floor
        others = floor.giving_way
        share = max(_LEAST, self._every / (_PASSES * (others + 1))) if others else self._every
        self._due_at = min(self._mark + share, limit)
        self._slow = share / _PART
        self._plan()
        self._seen = floor.passes
        if not floor.asked:
            floor.asked, floor.asked_at = True, self._mark
            self._loop.call_soon(floor.passed)

    def _plan(self) -> None:
        """Set the time from which on `due` looks more closely: at once while the size of the batch changes."""
        self._look_at = min(self._mark + self._slow, self._due_at) if self._full else self._mark

    def _resize(self, rounds: int) -> None:
        rounds = max(1, min(rounds, self._most))
        self._batch = (None,) * rounds  # a tuple at hand: an iterator made anew costs as much as five rounds
        self._full = rounds == self._most
