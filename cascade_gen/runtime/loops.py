"""Trampolines: the states that a generated loop goes round, and what binds its rounds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from .grow import growing
from .redirects import Redirect
from .rounds import Foreign, Rounds
from .run import Run
from .states import Inputs, State, binds

__all__ = ["Loop", "binds"]


class Loop:
    """The states that a trampoline goes round.

    `links` are further workflows that tail calls may name. An `inner` loop gives back what it can't go on
    with; any other has `foreign` run it.
    """

    __slots__ = ("by_name", "foreign", "inner", "links", "states")

    def __init__(
        self,
        *states: State,
        links: Mapping[str, Any] | None = None,
        foreign: Foreign | None = None,
        inner: bool = False,
    ) -> None:
        self.states = states
        self.by_name = {one.name: index for index, one in enumerate(states)}
        self.links = dict(links or {})
        self.foreign = foreign
        self.inner = inner

    def start(self, initials: tuple[Inputs, ...] = (), run: Run | None = None) -> Rounds:
        """The rounds of one run.

        `initials` are the bound and default values of each state's inputs, KEEP where the state computes them;
        `run` is what a graph that a task has returned shares with this run.
        """
        return Rounds(self, initials, run)

    def finish(self, result: Any, inputs: Inputs, run: Run | None = None) -> Any:
        """The end of a run whose first round, with `inputs`, gave `result`: for roots that go round rarely."""
        rounds = Rounds(self, (), run)
        index: int | None = 0
        while isinstance(result, Redirect):
            index, inputs = rounds.go_on(result, index or 0, inputs)
            if index is None:
                return inputs
            result = self.states[index].call(inputs)
        return result

    async def finish_async(self, result: Any, inputs: Inputs, run: Run | None = None, every: float = 0.005) -> Any:
        """`finish` for async runs; the event loop has its turn every so many seconds."""
        from .pace import Pace  # asyncio, which sync modules do without

        rounds = Rounds(self, (), run)
        index: int | None = 0
        with Pace(every) as pace:
            while isinstance(result, Redirect):
                index, inputs = await rounds.go_on_async(result, index or 0, inputs)
                if index is None:
                    return inputs
                result = self.states[index].call(inputs)
                if inspect.isawaitable(result):
                    result = await result
                if pace.due():
                    await pace.turn()
        return result

    def helper(self) -> Foreign:
        """What runs graphs that this loop has no code for."""
        if self.foreign is None:
            self.foreign = growing()
        return self.foreign
