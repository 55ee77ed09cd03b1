"""What a run ends with and what it has noted, and when; and whether two of them are the same."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from . import clock, pool, provided, timed
from .told import CascadeOwnError

Note = tuple[str, str]

_OF_RUN = (*provided.OF_RUN, *timed.OF_RUN)
_TEARDOWN = re.compile("close |a_two_naps ends|\\w+ sees")


@dataclass
class Outcome:
    """A result or an exception, with what was noted on the way; `ended` is the virtual time of the end."""

    kind: str
    text: str
    value: Any = None
    calls: tuple[Note, ...] = ()
    times: tuple[float, ...] = ()
    ended: float = 0.0

    def __repr__(self) -> str:
        return f"{self.kind} {self.text}"

    @property
    def failed(self) -> bool:
        return self.kind != "value"

    def since(self, start: float) -> Outcome:
        """The same with another beginning of time."""
        return Outcome(
            self.kind,
            self.text,
            self.value,
            self.calls,
            tuple(one - start for one in self.times),
            self.ended - start,
        )

    def instants(self) -> list[tuple[float, list[Note]]]:
        """What was noted at each time; at the same time there is no order."""
        noted = zip(self.times, self.calls, strict=True)
        return [(time, sorted(one for _, one in group)) for time, group in groupby(noted, key=lambda one: one[0])]

    def before(self, end: float) -> list[tuple[float, list[Note]]]:
        """What was noted before a time."""
        return [one for one in self.instants() if one[0] < end]


def value_of(result: Any) -> Outcome:
    """The outcome of what gives a result."""
    return Outcome("value", pool.shown(result), result)


def error_of(error: BaseException) -> Outcome:
    """The outcome of what raises."""
    return Outcome(type(error).__name__, str(error), error)


def reset() -> None:
    """Forget all that runs before have left."""
    pool.reset()
    provided.forget()


def attempt(run: Callable[[], Any], times: int = 1) -> list[Outcome]:
    """What a run ends with; if it is to run several times, what was noted adds up."""
    reset()
    outcomes: list[Outcome] = []
    while len(outcomes) < times and not (outcomes and outcomes[-1].failed):
        pool.calls.clear()
        pool.times.clear()
        try:
            result = run()
            outcome = value_of(finish(result) if inspect.isawaitable(result) else result)
        except Exception as error:
            outcome = error_of(error)
        outcomes.append(_noted(outcome))
    return outcomes


def _noted(outcome: Outcome) -> Outcome:
    outcome.calls, outcome.times, outcome.ended = tuple(pool.calls), tuple(pool.times), clock.reached()
    return outcome


def finish(awaitable: Any) -> Any:
    """The result of an awaitable."""

    async def main() -> Any:
        return await awaitable

    return asyncio.run(main())


def same(expected: Outcome, actual: Outcome) -> bool:
    """Whether a run ends as expected."""
    error = expected.value
    if isinstance(error, CascadeOwnError):
        return isinstance(actual.value, error.kind) and all(word in actual.text for word in error.words)
    return (expected.kind, expected.text) == (actual.kind, actual.text)


def same_times(one: Outcome, other: Outcome) -> bool:
    """Whether the same was noted at the same times.

    In runs that fail, all is cancelled in one instant: how far others got in it doesn't matter, nor when that
    is torn down which they had begun.
    """
    if one.instants() == other.instants() and one.ended == other.ended:
        return True
    if not one.failed or not other.failed:
        return False
    made = any(name.startswith("open ") for name, _ in (*one.calls, *other.calls))
    if not made and one.ended != other.ended:
        return False
    first, second = one.instants(), other.instants()
    while first and second and first[0] == second[0]:
        first, second = first[1:], second[1:]
    instant = min(time for time, _ in [*first[:1], *second[:1]]) if first or second else 0.0
    late = [note for time, notes in [*first, *second] if time > instant for note in notes]
    return all(_TEARDOWN.match(name) for name, _ in late)


def left_open(outcome: Outcome) -> list[str]:
    """The resources that were made and not torn down, or not last in, first out."""
    names = [name for name, _ in outcome.calls]
    opened = [name.removeprefix("open ") for name in names if name.startswith("open ")]
    closed = [name.removeprefix("close ") for name in names if name.startswith("close ")]
    wrong = (Counter(opened) - Counter(closed)) + (Counter(closed) - Counter(opened))
    of_run = [[one for one in row if one in _OF_RUN] for row in (opened, closed)]
    return list(wrong) or ([] if of_run[0] == of_run[1][::-1] else of_run[1])


async def cancelled(start: Callable[[], Any], at: float | None, passes: int) -> Outcome:
    """A run that is cancelled at a virtual time, after so many passes of the event loop; None: not at all."""
    loop = asyncio.get_running_loop()
    reset()

    async def main() -> Any:
        return await start()

    async def cancel(task: asyncio.Task[Any], seconds: float) -> None:
        await asyncio.sleep(seconds)
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()

    task = asyncio.create_task(main())
    helper = None if at is None else asyncio.create_task(cancel(task, at))
    try:
        outcome = value_of(await task)
    except (Exception, asyncio.CancelledError) as error:
        outcome = error_of(error)
    outcome.calls, outcome.times, outcome.ended = tuple(pool.calls), tuple(pool.times), loop.time()
    left = asyncio.all_tasks() - {asyncio.current_task(), helper}
    if helper is not None:
        helper.cancel()
        await asyncio.wait([helper])
    if left:
        outcome.kind = f"{outcome.kind}, and {len(left)} tasks still run"
    return outcome
