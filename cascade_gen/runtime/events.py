"""What a run tells about itself: events, and the bus that carries them to whoever listens."""

from __future__ import annotations

import inspect
import reprlib
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    import asyncio

Status = Literal["Succeeded", "Failed", "Cancelled"]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: the run it belongs to and when it happened (as `time.time()` gives it)."""

    run_id: str
    timestamp: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A run of `workflow` begins with `inputs`."""

    workflow: str
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """A run has ended after `duration` seconds; `error` is what it raised, if it did."""

    workflow: str
    status: Status
    duration: float
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class TaskEvent(Event):
    """Base of what happens to one node: the task's name and the node's register in the Blueprint."""

    task: str
    node: str


@dataclass(frozen=True, slots=True)
class TaskExecutionStarted(TaskEvent):
    """A task is about to be called."""


@dataclass(frozen=True, slots=True)
class TaskExecutionFinished(TaskEvent):
    """A task's call has ended after `duration` seconds, with a short text of its result or with `error`."""

    status: Status
    duration: float
    result_preview: str = ""
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class TaskSkipped(TaskEvent):
    """A task isn't called, for `reason` (`ConditionFalse`, `CacheHit`, ...)."""

    reason: str


@dataclass(frozen=True, slots=True)
class TaskRetrying(TaskEvent):
    """Attempt `attempt` of `max_attempts` failed with `error`; the next comes after `delay` seconds."""

    attempt: int
    max_attempts: int
    delay: float
    error: BaseException


@dataclass(frozen=True, slots=True)
class TaskBlocked(TaskEvent):
    """A task waits for `reason`: resources that others hold, or a constraint."""

    reason: str


@dataclass(frozen=True, slots=True)
class ResourceAcquired(Event):
    """The resource `name` was created."""

    name: str


@dataclass(frozen=True, slots=True)
class ResourceReleased(Event):
    """The resource `name` was torn down."""

    name: str


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def preview(value: object) -> str:
    """A text of `value` for people, cut short; never raises, whatever the value's own `__repr__` does."""
    try:
        return _SHORT.repr(value)
    except Exception:  # an int of 5,000 digits has no repr either
        return f"<{type(value).__name__}>"


E = TypeVar("E", bound=Event)


class _Subscription:
    __slots__ = ("active", "event_type", "handler")

    def __init__(self, event_type: type[Event], handler: Callable[[Any], object]) -> None:
        self.event_type = event_type
        self.handler = handler
        self.active = True


class MessageBus:
    """Carries events from runs to handlers. Threads may share it.

    A handler that fails is logged (logger `cascade`) and disturbs neither run nor other handlers. An async
    handler is scheduled on the running event loop; where none runs, that is logged as an error.
    """

    def __init__(self) -> None:
        # Both are replaced, never changed: whoever publishes works on the pair it found. The cache goes with
        # its subscriptions, so that a slow reader can't fill a new cache with what an old list said.
        self._state: tuple[tuple[_Subscription, ...], dict[type[Event], tuple[_Subscription, ...]]]
        self._state = (), {}
        self._lock = threading.Lock()
        self._scheduled: set[asyncio.Task[Any]] = set()  # the event loop itself keeps weak references only

    def subscribe(self, event_type: type[E], handler: Callable[[E], object]) -> Callable[[], None]:
        """Have `handler` called with every event of `event_type` and of classes derived from it.

        Handlers are called in the order of their subscription. Gives a function that ends this one; calling
        it twice does no harm. Raises `TypeError` if `event_type` is no class of events, or the handler no function.
        """
        if not (isinstance(event_type, type) and issubclass(event_type, Event)):
            raise TypeError(f"subscribe() needs a class of events, such as Event; got {event_type!r}")
        if not callable(handler):
            raise TypeError(f"subscribe() needs a handler that takes an event; got {handler!r}")
        subscription = _Subscription(event_type, handler)
        with self._lock:
            self._state = (*self._state[0], subscription), {}

        def unsubscribe() -> None:
            with self._lock:
                subscription.active = False
                self._state = tuple(kept for kept in self._state[0] if kept is not subscription), {}

        return unsubscribe

    def wants(self, event_type: type[Event]) -> bool:
        """Whether an event of `event_type`, or of a class derived from it, would reach any handler."""
        return any(
            issubclass(event_type, each.event_type) or issubclass(each.event_type, event_type)
            for each in self._state[0]
        )

    def publish(self, event: Event) -> None:
        """Hand `event` to its handlers, one after the other; those who leave meanwhile are left out."""
        subscriptions, cache = self._state
        kind = type(event)
        receivers = cache.get(kind)
        if receivers is None:
            receivers = tuple(each for each in subscriptions if issubclass(kind, each.event_type))
            cache[kind] = receivers
        for each in receivers:
            if each.active:
                self._call(each.handler, event)

    async def drain(self) -> None:
        """Wait until the async handlers scheduled on this event loop have ended. Not for use in a handler."""
        import asyncio

        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        while waiting := [task for task in self._scheduled.copy() if task is not this and task.get_loop() is loop]:
            await asyncio.wait(waiting)

    def _call(self, handler: Callable[[Any], object], event: Event) -> None:
        try:
            result = handler(event)
            if inspect.iscoroutine(result):
                self._schedule(handler, event, result)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a CancelledError out of a plain handler is its own affair as well
            _log_failure(handler, event, error)

    def _schedule(
        self, handler: Callable[[Any], object], event: Event, coroutine: Coroutine[Any, Any, object]
    ) -> None:
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            coroutine.close()
            raise RuntimeError("an async handler needs a running event loop") from None
        task = loop.create_task(coroutine)
        self._scheduled.add(task)

        def ended(task: asyncio.Task[Any]) -> None:
            self._scheduled.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                _log_failure(handler, event, error)

        task.add_done_callback(ended)


def _log_failure(handler: Callable[[Any], object], event: Event, error: BaseException) -> None:
    import logging

    logging.getLogger("cascade").error(
        "The handler %r failed on %s: %s", handler, type(event).__name__, error, exc_info=error
    )
