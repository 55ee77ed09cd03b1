"""What every part of one interpreted run shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cascade_gen.runtime.events import MessageBus
from cascade_gen.runtime.governor import Governor
from cascade_gen.runtime.observe import Observed

if TYPE_CHECKING:
    from cascade_gen.runtime.rounds import Foreign


@dataclass(slots=True)
class RunContext:
    """One run: who listens, what is governed, its resources and parameters, and what runs graphs that tasks return.

    `inner`: the Blueprint is a graph that a task has returned; what it can't go on with is given back. `sync`: the
    workflow is, though its run is awaited.
    """

    bus: MessageBus | None = None
    governor: Governor = field(default_factory=Governor)
    yield_every: float = 0.005
    foreign: Foreign | None = None
    inner: bool = False
    sync: bool = False
    params: dict[str, Any] = field(default_factory=dict)
    scope: Any = None
    events: Observed | None = None
