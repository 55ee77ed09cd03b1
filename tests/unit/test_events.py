"""The bus: who receives what, in which order, and what a bad handler may not do."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import threading
import time
from typing import Any

import pytest

from cascade_gen.runtime.events import (
    Event,
    MessageBus,
    ResourceAcquired,
    RunFinished,
    RunStarted,
    TaskEvent,
    TaskExecutionFinished,
    TaskExecutionStarted,
    TaskSkipped,
    preview,
)

pytestmark = pytest.mark.filterwarnings("error")

STARTED = TaskExecutionStarted("run-1", "fetch", "page")


def test_an_event_knows_its_run_and_its_time() -> None:
    before = time.time()
    event = TaskSkipped("run-1", "fetch", "page", reason="ConditionFalse")
    assert before <= event.timestamp <= time.time()
    assert (event.run_id, event.task, event.node, event.reason) == (
        "run-1",
        "fetch",
        "page",
        "ConditionFalse",
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.reason = "other"  # type: ignore[misc]
    assert not hasattr(event, "__dict__")


def test_base_classes_receive_what_is_derived_from_them() -> None:
    bus, seen = MessageBus(), list[tuple[str, Event]]()
    bus.subscribe(TaskEvent, lambda event: seen.append(("task", event)))
    bus.subscribe(Event, lambda event: seen.append(("all", event)))
    bus.subscribe(TaskSkipped, lambda event: seen.append(("skipped", event)))
    acquired = ResourceAcquired("run-1", "db")
    bus.publish(STARTED)
    bus.publish(acquired)
    assert seen == [("task", STARTED), ("all", STARTED), ("all", acquired)]


def test_handlers_run_in_order_of_subscription_across_base_classes() -> None:
    bus, order = MessageBus(), list[int]()
    for number, kind in enumerate([TaskExecutionStarted, Event, TaskEvent, TaskExecutionStarted, Event]):
        bus.subscribe(kind, lambda event, number=number: order.append(number))  # type: ignore[misc]
    bus.publish(STARTED)
    assert order == [0, 1, 2, 3, 4]


def test_unsubscribing_ends_one_subscription_and_may_be_repeated() -> None:
    bus, seen = MessageBus(), list[Event]()
    first = bus.subscribe(Event, seen.append)
    bus.subscribe(Event, seen.append)
    bus.publish(STARTED)
    first()
    first()
    bus.publish(STARTED)
    assert len(seen) == 3


def test_handlers_may_subscribe_and_unsubscribe_while_being_called() -> None:
    bus, calls = MessageBus(), list[str]()

    def once(event: Event) -> None:
        calls.append("once")
        leave_once()
        leave_last()
        bus.subscribe(Event, lambda event: calls.append("new"))

    leave_once = bus.subscribe(Event, once)
    leave_last = bus.subscribe(Event, lambda event: calls.append("last"))
    bus.publish(STARTED)
    assert calls == ["once"]
    bus.publish(STARTED)
    assert calls == ["once", "new"]


@pytest.mark.parametrize("error", [ValueError("bad"), asyncio.CancelledError(), StopIteration()])
def test_a_failing_handler_is_logged_and_disturbs_nobody(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    bus, seen = MessageBus(), list[Event]()

    def fail(event: Event) -> None:
        raise error

    bus.subscribe(Event, fail)
    bus.subscribe(Event, seen.append)
    bus.publish(STARTED)
    assert seen == [STARTED]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("cascade", logging.ERROR)
    assert "TaskExecutionStarted" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_ctrl_c_in_a_handler_goes_through() -> None:
    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    bus = MessageBus()
    bus.subscribe(Event, interrupt)
    with pytest.raises(KeyboardInterrupt):
        bus.publish(STARTED)


def test_wants_says_whether_anybody_would_hear() -> None:
    bus = MessageBus()
    assert not bus.wants(Event)
    leave = bus.subscribe(TaskSkipped, lambda event: None)
    assert bus.wants(TaskSkipped)
    assert bus.wants(TaskEvent)  # some of those would be heard
    assert not bus.wants(RunStarted)
    leave()
    assert not bus.wants(TaskSkipped)
    bus.subscribe(Event, lambda event: None)
    assert bus.wants(RunStarted)


@pytest.mark.parametrize("kind", [int, "TaskSkipped", STARTED, None])
def test_only_classes_of_events_can_be_subscribed_to(kind: Any) -> None:
    with pytest.raises(TypeError, match="class of events"):
        MessageBus().subscribe(kind, lambda event: None)


def test_threads_may_publish_and_subscribe_at_the_same_time() -> None:
    bus, seen = MessageBus(), list[Event]()
    bus.subscribe(TaskEvent, seen.append)
    start = threading.Barrier(4)

    def publish() -> None:
        start.wait()
        for _ in range(500):
            bus.publish(STARTED)
            bus.subscribe(RunStarted, lambda event: None)()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 2000


def test_an_async_handler_is_scheduled_and_kept() -> None:
    bus, seen = MessageBus(), list[Event]()

    async def handler(event: Event) -> None:
        await asyncio.sleep(0.01)
        seen.append(event)

    async def main() -> None:
        bus.subscribe(Event, handler)
        bus.publish(STARTED)
        gc.collect()
        assert seen == []
        await bus.drain()
        assert seen == [STARTED]

    asyncio.run(main())


def test_drain_waits_for_what_handlers_publish_too() -> None:
    bus, seen = MessageBus(), list[str]()

    async def first(event: RunStarted) -> None:
        await asyncio.sleep(0)
        bus.publish(STARTED)

    async def second(event: TaskExecutionStarted) -> None:
        await asyncio.sleep(0)
        seen.append(event.task)

    async def main() -> None:
        bus.subscribe(RunStarted, first)
        bus.subscribe(TaskExecutionStarted, second)
        bus.publish(RunStarted("run-1", "report", {}))
        await bus.drain()

    asyncio.run(main())
    assert seen == ["fetch"]


def test_a_failing_async_handler_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(event: Event) -> None:
        raise ValueError("bad")

    async def main() -> None:
        bus = MessageBus()
        bus.subscribe(Event, handler)
        bus.publish(STARTED)
        await bus.drain()

    asyncio.run(main())
    (record,) = caplog.records
    assert record.name == "cascade"
    assert "ValueError" in caplog.text


def test_an_async_handler_without_an_event_loop_is_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def handler(event: Event) -> None:
        raise AssertionError("never called")

    bus = MessageBus()
    bus.subscribe(Event, handler)
    bus.publish(STARTED)
    gc.collect()
    assert "needs a running event loop" in caplog.text


def test_finished_events_carry_their_error() -> None:
    error = ValueError("bad")
    run = RunFinished("run-1", "report", "Failed", 0.5, error)
    task = TaskExecutionFinished("run-1", "fetch", "page", "Succeeded", 0.5, result_preview="[]")
    assert run.error is error
    assert (task.result_preview, task.error) == ("[]", None)


def test_a_preview_is_short_and_never_fails() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ValueError("no")

    assert preview([1, 2]) == "[1, 2]"
    assert len(preview("x" * 10_000)) <= 100
    assert len(preview(list(range(10_000)))) <= 100
    assert "Odd" in preview(Odd())
    assert "Odd" in preview([Odd()])
    assert isinstance(preview(10**5000), str)
