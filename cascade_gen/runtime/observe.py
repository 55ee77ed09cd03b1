"""Tells a bus what happens in one run: used where somebody listens, and nowhere else."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any, Literal, TypeVar

from .events import (
    Event,
    MessageBus,
    ResourceAcquired,
    ResourceReleased,
    RunFinished,
    RunStarted,
    Status,
    TaskBlocked,
    TaskExecutionFinished,
    TaskExecutionStarted,
    TaskRetrying,
    TaskSkipped,
    preview,
)

T = TypeVar("T")

_STRUCK = "the task that was cancelled"
"""What a cancellation keeps the name of the task under, for the timeout that may come of it."""


class Observed:
    """One run of `workflow`, told to `bus`: `with Observed(bus, "report", inputs) as events: ...`."""

    __slots__ = ("_bus", "_inputs", "_start", "_workflow", "run_id")

    def __init__(self, bus: MessageBus, workflow: str, inputs: Mapping[str, Any]) -> None:
        self._bus = bus
        self._workflow = workflow
        self._inputs = dict(inputs)
        self.run_id = uuid.uuid4().hex

    def __enter__(self) -> Observed:
        self._publish(RunStarted, workflow=self._workflow, inputs=self._inputs)
        self._start = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        took = time.perf_counter() - self._start
        _say_overdue(error, "", sys._getframe(1))
        self._publish(RunFinished, workflow=self._workflow, status=_status(error), duration=took, error=error)
        return False

    def task(self, task: str, node: str) -> ObservedTask:
        """The events around the execution of a task: `with events.task("fetch", "page") as told: ...`."""
        return ObservedTask(self, task, node)

    def retrying(self, task: str, node: str, attempt: int, most: int, delay: float, error: BaseException) -> None:
        """Attempt `attempt` of `most` has failed with `error`; the next one comes after `delay` seconds."""
        _say_overdue(error, task, sys._getframe(1))
        self._publish(
            TaskRetrying,
            task=task,
            node=node,
            attempt=attempt,
            max_attempts=most,
            delay=delay,
            error=error,
        )

    def skipped(self, task: str, node: str, reason: str) -> None:
        """The task isn't called, for `reason`."""
        self._publish(TaskSkipped, task=task, node=node, reason=reason)

    def blocked(self, task: str, node: str, reason: str) -> None:
        """The task waits, for `reason`."""
        self._publish(TaskBlocked, task=task, node=node, reason=reason)

    def acquired(self, name: str) -> None:
        """A resource was made."""
        self._publish(ResourceAcquired, name=name)

    def released(self, name: str) -> None:
        """A resource was torn down."""
        self._publish(ResourceReleased, name=name)

    def _publish(self, kind: type[Event], **fields: Any) -> None:
        if self._bus.wants(kind):
            self._bus.publish(kind(run_id=self.run_id, **fields))


class ObservedTask:
    """The execution of one task: call it with the result, which it gives back."""

    __slots__ = ("_node", "_preview", "_run", "_start", "_task")

    def __init__(self, run: Observed, task: str, node: str) -> None:
        self._run = run
        self._task = task
        self._node = node
        self._preview = ""

    def __enter__(self) -> ObservedTask:
        self._run._publish(TaskExecutionStarted, task=self._task, node=self._node)
        self._start = time.perf_counter()
        return self

    def __call__(self, result: T) -> T:
        if self._run._bus.wants(TaskExecutionFinished):
            self._preview = preview(result)
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if error is not None and not isinstance(error, Exception):
            error.__dict__[_STRUCK] = self._task
        _say_overdue(error, self._task, sys._getframe(1))
        self._run._publish(
            TaskExecutionFinished,
            task=self._task,
            node=self._node,
            status=_status(error),
            duration=time.perf_counter() - self._start,
            result_preview=self._preview if error is None else "",
            error=error,
        )
        return False


def _say_overdue(error: BaseException | None, task: str, teller: FrameType) -> None:
    """Have a timeout say what it is before others are told of it, if the function that tells us of it has set it.

    That function has no bodies of the user's moved in. Without a name it is about the task that has been cancelled.
    """
    if type(error) is not TimeoutError:
        return
    from .overdue import overdue

    late = overdue(error)
    if late is None or late.entered.tb_frame.f_globals is not teller.f_globals:
        return
    seconds = late.seconds()
    late.end_in_wait()
    late.say(task or vars(error.__cause__).get(_STRUCK, ""), seconds)


def _status(error: BaseException | None) -> Status:
    if error is None:
        return "Succeeded"
    return "Failed" if isinstance(error, Exception) else "Cancelled"
