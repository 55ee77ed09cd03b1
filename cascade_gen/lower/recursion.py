"""What a `RecursionError` in the lowering means: a workflow that calls itself, or containers in containers."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from cascade_gen.errors import CompileError, NestingError, RecursiveWorkflowError, caller
from cascade_gen.lang import Workflow, locate
from cascade_gen.runtime.frames import entries, is_house

T = TypeVar("T")

_CALL = Workflow.__call__.__code__


def recursion_told(work: Callable[[], T]) -> T:
    """What `work` gives. `CompileError`: a workflow calls itself, or containers are nested too deeply.

    A function of the user's that calls itself without end is the user's own `RecursionError`, and comes out as it is.
    """
    try:
        return work()
    except RecursionError as error:
        found = _told(error)
        if found is None:
            raise
        raise found from None


def _told(error: RecursionError) -> CompileError | None:
    """The error to raise for it; None where it is a function of the user's that calls itself without end."""
    circle = _circle(error)
    if circle is not None:
        return circle
    frames = [entry.tb_frame for entry in entries(error)]
    if 2 * sum(not is_house(frame) for frame in frames) > len(frames):
        return None
    return NestingError(
        "containers are nested too deeply in an argument", caller(), "build the inner ones inside a task"
    )


def _circle(error: RecursionError) -> RecursiveWorkflowError | None:
    """The error where a workflow was called while it was being traced, at the line of the call."""
    called: list[Workflow[..., object]] = []
    users: FrameType | None = None
    offset = -1
    for entry in entries(error):
        frame = entry.tb_frame
        if not is_house(frame):
            users, offset = frame, entry.tb_lasti
        elif frame.f_code is _CALL:
            workflow = frame.f_locals["self"]
            if any(one is workflow for one in called) and users is not None:
                place = locate((users.f_code, offset, users.f_globals.get("__name__", "")))
                return RecursiveWorkflowError(_message([*called, workflow]), place, _HINT)
            called.append(workflow)
    return None


_HINT = "the graph is declared before anything runs; what goes round is a task that returns cs.tail(task, ...)"


def _message(called: list[Workflow[..., object]]) -> str:
    """`called` ends in the workflow that stands in it before."""
    last = called[-1]
    start = next(index for index, one in enumerate(called) if one is last)
    circle = [one.name for one in called[start:]]
    way = f": {' -> '.join(circle)}" if len(circle) > 2 else ""
    return f"the workflow {last.name!r} calls itself while it is traced{way}"
