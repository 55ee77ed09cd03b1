"""What every part of one interpreted run shares."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cascade_gen.runtime.events import Event, MessageBus, ResourceAcquired, ResourceReleased, TaskBlocked
from cascade_gen.runtime.governor import Governor

if TYPE_CHECKING:
    from cascade_gen.runtime.loops import Foreign


@dataclass(slots=True)
class RunContext:
    """One run: who listens, what is governed, and what runs graphs that tasks return."""

    bus: MessageBus | None = None
    governor: Governor = field(default_factory=Governor)
    yield_every: float = 0.005
    foreign: Foreign | None = None
    inner: bool = False
    params: dict[str, Any] = field(default_factory=dict)
    scope: Any = None
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def publish(self, kind: type[Event], **fields: Any) -> None:
        """Publish an event of this run, if anybody listens."""
        if self.bus is not None and self.bus.wants(kind):
            self.bus.publish(kind(run_id=self.run_id, timestamp=time.time(), **fields))

    def acquired(self, name: str) -> None:
        """Tell that a resource was made."""
        self.publish(ResourceAcquired, name=name)

    def released(self, name: str) -> None:
        """Tell that a resource was torn down."""
        self.publish(ResourceReleased, name=name)

    def blocked(self, task: str, node: str, reason: str) -> None:
        """Tell that a task waits for resources."""
        self.publish(TaskBlocked, task=task, node=node, reason=reason)
