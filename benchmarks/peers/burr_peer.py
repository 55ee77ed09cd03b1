"""Burr: https://burr.apache.org/concepts/state-machine/"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burr.core import ApplicationBuilder, State, action, default, when

from ..slices import Work


@action(reads=["n"], writes=["n"])
def _step(state: State[Any]) -> State[Any]:
    return state.update(n=state["n"] - 1)


@action(reads=[], writes=[])
def _done(state: State[Any]) -> State[Any]:
    return state


def works(folder: Path) -> dict[str, Work]:
    """The countdown; the application begins anew behind its end, so that it is built once."""
    application = (
        ApplicationBuilder()
        .with_actions(step=_step, done=_done)
        .with_transitions(("step", "done", when(n=0)), ("step", "step", default), ("done", "step", default))
        .with_state(n=0)
        .with_entrypoint("step")
        .build()
    )

    def countdown(rounds: int) -> object:
        application.update_state(application.state.update(n=rounds))
        _, _, state = application.run(halt_after=["done"])
        return "done" if state["n"] == 0 else state

    return {"countdown": countdown}
