"""Says of a timeout what took too long, and where it waited: `asyncio.timeout` raises a bare `TimeoutError`."""

from __future__ import annotations

from itertools import takewhile
from types import TracebackType

from .frames import entries, is_debugged, is_machinery, position


class Overdue:
    """A timeout that has struck and hasn't been told; `entered` is the entry of its `async with`."""

    __slots__ = ("_cause", "_error", "entered")

    def __init__(self, error: BaseException, cause: BaseException, entered: TracebackType) -> None:
        self._error = error
        self._cause = cause  # the cancellation of what took too long
        self.entered = entered

    def end_in_wait(self) -> None:
        """Have the traceback end where the task was cancelled, as if the timeout had been raised there.

        The entries of the timeout go, and those of the event loop behind the user's, unless CASCADE_DEBUG is set.
        """
        waited = list(entries(self._cause))
        while waited and not is_debugged() and is_machinery(waited[-1].tb_frame):
            waited.pop()
        before = list(takewhile(lambda entry: entry is not self.entered, entries(self._error)))
        BaseException.with_traceback(self._cause, _linked(waited, None))
        behind = self.entered if is_debugged() else None
        BaseException.with_traceback(self._error, _linked([*before, *waited], behind))

    def seconds(self) -> float | None:
        """The number in the line of the `async with`, of the code: its text may have changed meanwhile."""
        import dis

        line = position(self.entered)[0]
        for one in dis.get_instructions(self.entered.tb_frame.f_code):
            here = one.positions is not None and one.positions.lineno == line
            if here and one.opname.startswith("LOAD_") and type(one.argval) in (int, float):
                seconds: float = one.argval
                return seconds
        return None

    def say(self, task: str, seconds: float | None) -> None:
        """Give the exception its message. Empty and None are what isn't known."""
        what = repr(task) if task else "a task"
        self._error.args = (f"{what} took {'too long' if seconds is None else f'more than {seconds} s'}",)


def overdue(error: BaseException) -> Overdue | None:
    """The timeout that an exception comes from, if there is nothing between; whose it is the caller has to see."""
    cause = error.__cause__
    if type(error) is not TimeoutError or error.args or cause is None:
        return None
    found = list(entries(error))[-2:]
    if len(found) < 2 or found[1].tb_frame.f_globals.get("__name__") != "asyncio.timeouts":
        return None
    return Overdue(error, cause, found[0])


def _linked(kept: list[TracebackType], following: TracebackType | None) -> TracebackType | None:
    """New entries like these, with `following` behind them."""
    for entry in reversed(kept):
        following = TracebackType(following, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return following
