"""Events and cancellation."""

from __future__ import annotations

import asyncio
from typing import Any

import cascade as cs

from .paths import Runner
from .table import IN_PROCESS, UNHEARD, WAITS, feature, note
from .words import add, double, fail, give, one, two

attempts: list[int] = []


@cs.resource
def db():
    note("open db")
    try:
        yield "db"
    except BaseException as error:
        note("db sees", type(error).__name__)
        raise
    finally:
        note("close db")


@cs.resource
async def slow_db(base=cs.inject("db")):
    note("open slow_db")
    try:
        yield "slow"
    finally:
        await asyncio.sleep(0)
        note("close slow_db")


@cs.task
def flaky(x):
    attempts.append(x)
    if len(attempts) == 1:
        raise OSError("first")
    return x


@cs.task
def rounds(n):
    return cs.tail(rounds, n=n - 1) if n else "end"


@cs.task  # as written
async def forever(name, source=None):
    note("start", name)
    try:
        await asyncio.Event().wait()
    finally:
        note("end", name)


@cs.task  # as written
async def spin(n=0):
    return cs.tail(spin, n=n + 1)


def told(runner: Runner) -> Any:
    """The events of a run, as text."""
    attempts.clear()
    try:
        runner.run(**runner.feature.inputs)
    except Exception as error:
        note(type(error).__name__)
    assert len({event.run_id for event in runner.events}) == 1
    return [_text(event) for event in runner.events]


def _text(event: cs.Event) -> str:
    words = [type(event).__name__.replace("Execution", "")]
    for name in ("task", "name", "reason", "attempt", "status", "result_preview"):
        if hasattr(event, name):
            words.append(str(getattr(event, name)))
    return " ".join(words).strip()


def cancelled(runner: Runner) -> Any:
    """Cancel a run some turns of the event loop after it has started."""

    async def main() -> str:
        task = asyncio.ensure_future(runner.start())
        for _ in range(30):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return f"cancelled, {len(asyncio.all_tasks()) - 1} left"
        return "not cancelled"

    return asyncio.run(main())


EVENTS: dict[str, Any] = {"drive": told, "listens": True, "dashes": UNHEARD}


@feature(
    value=[
        "RunStarted",
        "TaskStarted one",
        "TaskFinished one Succeeded 1",
        "TaskStarted double",
        "TaskFinished double Succeeded 2",
        "RunFinished Succeeded",
    ],
    calls="one; double 1",
    **EVENTS,
)
def of_tasks():
    """`RunStarted`, `TaskExecutionStarted`, `TaskExecutionFinished`, `RunFinished`"""
    return double(one())


@feature(
    value=[
        "RunStarted",
        "TaskStarted fail",
        "TaskFinished fail Failed",
        "RunFinished Failed",
    ],
    calls="fail text; ValueError",
    **EVENTS,
)
def of_failures():
    """a failure in `TaskExecutionFinished` and `RunFinished`"""
    return double(fail("text"))


@feature(
    value=[
        "RunStarted",
        "TaskStarted one",
        "TaskFinished one Succeeded 1",
        "TaskSkipped double ConditionFalse",
        "TaskStarted give",
        "TaskFinished give Succeeded 1",
        "RunFinished Succeeded",
    ],
    calls="one; give 1",
    **EVENTS,
)
def of_skips():
    """`TaskSkipped` with its reason"""
    return give(double(one()).run_if(False))


@feature(
    value=[
        "RunStarted",
        "TaskStarted flaky",
        "TaskRetrying flaky 1",
        "TaskFinished flaky Succeeded 5",
        "RunFinished Succeeded",
    ],
    calls="",
    **EVENTS,
)
def of_retries():
    """`TaskRetrying`"""
    return flaky(5).with_retry()


@feature(
    value=[
        "RunStarted",
        "ResourceAcquired db",
        "TaskStarted give",
        "TaskFinished give Succeeded 'db'",
        "ResourceReleased db",
        "RunFinished Succeeded",
    ],
    calls="open db; give db; close db",
    resources=(db,),
    **EVENTS,
)
def of_resources():
    """`ResourceAcquired` and `ResourceReleased`"""
    return give(cs.inject("db"))


@feature(
    value=[
        "RunStarted",
        "TaskStarted rounds",
        "TaskFinished rounds Succeeded TailCall",
        "TaskStarted rounds",
        "TaskFinished rounds Succeeded 'end'",
        "RunFinished Succeeded",
    ],
    **{**EVENTS, "drive": lambda runner: [text.partition("(args")[0] for text in told(runner)]},
)
def of_rounds():
    """the events of each round"""
    return rounds(1)


@feature(
    value=[
        "RunStarted",
        "TaskStarted two",
        "TaskFinished two Succeeded 2",
        "TaskSkipped give CacheHit",
        "RunFinished Succeeded",
    ],
    calls="two; give 2; two",
    **{**EVENTS, "drive": lambda runner: cached_events(runner)},
)
def of_cache_hits():
    """`TaskSkipped` with the reason CacheHit"""
    return give(two()).with_cache(Cache())


class Cache:
    """A cache that lives as long as a workflow."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def check(self, key: str, inputs: Any) -> Any:
        return self.values.get(key, cs.MISS)

    def save(self, key: str, inputs: Any, value: Any) -> None:
        self.values[key] = value


def cached_events(runner: Runner) -> list[str]:
    """The events of a second run."""
    runner.run()
    runner.events.clear()
    return told(runner)


def blocked_events(runner: Runner) -> set[str]:
    """Which tasks were blocked, and why."""
    runner.run()
    return {_text(event) for event in runner.events if isinstance(event, cs.TaskBlocked)}


@cs.task  # as written
async def job(name):
    note("job", name)
    await asyncio.sleep(0.01)


@feature(
    value={"TaskBlocked job waits for gpu=1"},
    calls="job a; job b",
    system_resources={"gpu": 1},
    variants=("async",),
    **{**EVENTS, "drive": blocked_events},
)
def of_waiting():
    """`TaskBlocked` with its reason"""
    return job.map(name="ab").with_constraints(gpu=1)


CANCELLED: dict[str, Any] = {
    "value": "cancelled, 0 left",
    "drive": cancelled,
    "variants": ("async",),
    "dashes": {**WAITS, **IN_PROCESS},
}


@feature(calls="one; start a; end a", **CANCELLED)
def cancellation():
    """a cancelled run cancels its task"""
    return add(forever("a").after(one()), 1)


@feature(calls="start a; start b; end a; end b", **CANCELLED)
def cancellation_of_a_row():
    """a cancelled run cancels all that run side by side, and waits for them"""
    return [forever("a"), forever("b")]


@feature(
    calls="open db; open slow_db; start a; end a; close slow_db; db sees CancelledError; close db",
    resources=(db, slow_db),
    **CANCELLED,
)
def cancellation_and_resources():
    """resources are torn down when a run is cancelled"""
    return forever("a", cs.inject("slow_db"))


@feature(calls="start a; end a", **CANCELLED)
def no_retry_of_a_cancellation():
    """a cancellation is not retried"""
    return forever("a").with_retry(max_attempts=3)


@feature(calls="", **CANCELLED)
def cancellation_of_a_loop():
    """a spinning async loop can be cancelled"""
    return spin()
