"""What a governor gives to those who ask: context managers that wait for their turn and give back at the end.

The governor calls `poke` of a request that it has let through or whose `alarm`, the time at which to look
again, it has moved closer; the rest is the request's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import TIMEOUT_MAX, Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from .amounts import Wanted
    from .global_constraints import Rule
    from .governor import Governor

_NEVER = float("inf")


class Request:
    """The amounts that a call of `task` wants; `held` tells whether one that had to queue has them."""

    __slots__ = (
        "alarm",
        "blocked",
        "gone",
        "governor",
        "held",
        "reason",
        "rules",
        "task",
        "ticket",
        "wanted",
    )

    alarm: float
    gone: bool
    held: bool
    reason: str
    ticket: int

    def __init__(
        self,
        governor: Governor,
        wanted: Wanted,
        task: str,
        blocked: Callable[[str], object] | None,
    ) -> None:
        self.governor = governor
        self.wanted = wanted
        self.task = task
        self.blocked = blocked
        self.rules: tuple[Rule, ...] = ()

    def poke(self) -> None:
        """Wake up the one who waits."""
        raise NotImplementedError

    def wake_at(self, moment: float) -> None:
        """See to it that the one who waits looks again at `moment` or before."""
        if moment < self.alarm:
            self.alarm = moment
            self.poke()

    def _queue(self) -> None:
        """Stand in line, and say so if that means to wait."""
        self.alarm = _NEVER
        self.gone = self.held = False
        self.reason = ""
        self.governor.enqueue(self)
        if self.blocked is not None and not self.held:
            self.blocked(self.reason)

    def _alarm_in(self) -> float:
        """The seconds until the alarm, infinite if none is set."""
        alarm = self.alarm
        return _NEVER if alarm == _NEVER else max(0.0, alarm - self.governor.clock())


class Hold(Request):
    """`with governor.hold(...)`: the thread waits for its turn. For one use."""

    __slots__ = ("_event",)

    def __enter__(self) -> None:
        if not self.governor.take(self):
            self._wait()

    def __exit__(self, *raised: object) -> None:
        self.governor.give_back(self)

    def _wait(self) -> None:
        self._event = Event()
        try:
            self._queue()
            while not self.held:
                seconds = self._alarm_in()
                self._event.wait(None if seconds == _NEVER else min(seconds, TIMEOUT_MAX))
                self._event.clear()
                self.governor.look_again(self)
        except BaseException:
            self.governor.leave(self)
            raise

    def poke(self) -> None:
        """Wake up the thread."""
        self._event.set()


class AsyncHold(Request):
    """`async with governor.hold_async(...)`: the asyncio task waits for its turn. For one use."""

    __slots__ = ("_future", "_loop")

    async def __aenter__(self) -> None:
        if not self.governor.take(self):
            await self._wait()

    async def __aexit__(self, *raised: object) -> None:
        self.governor.give_back(self)

    async def _wait(self) -> None:
        from asyncio import get_running_loop  # here: sync workflows do without

        self._loop = get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()
        try:
            self._queue()
            while not self.held:
                await self._woken()
                self._future = self._loop.create_future()
                self.governor.look_again(self)
        except BaseException:
            self.governor.leave(self)
            raise

    async def _woken(self) -> None:
        seconds = self._alarm_in()
        timer = None if seconds == _NEVER else self._loop.call_later(seconds, self._wake)
        try:
            await self._future
        finally:
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    def poke(self) -> None:
        """Wake up the task, from whichever thread."""
        with suppress(RuntimeError):  # its loop is closed: the request leaves when its coroutine is disposed of
            self._loop.call_soon_threadsafe(self._wake)
