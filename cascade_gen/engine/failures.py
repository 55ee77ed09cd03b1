"""Says which task of an interpreted run has failed, as compiled functions do: read off the frames of the walker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cascade_gen.runtime.astray import sender
from cascade_gen.runtime.errors import MisplacedTailCallError
from cascade_gen.runtime.failures import WORKERS, Failure, arguments_of, astray, note, runs, sent_with
from cascade_gen.runtime.frames import entries, is_house, is_machinery

from . import loops, policies, walker

_CALLS = (walker.Walker.call.__code__, walker.Walker._attempt.__code__)
_ATTEMPTS = policies._attempts.__code__
_ROUNDS = loops._loop.__code__
_GRAPHS = "InterpretedShapes._walk"  # by name, since its module imports the one that calls this


def tell(error: BaseException) -> None:
    """Note the task that has failed, if one has; a cancellation or Ctrl-C is nobody's failure."""
    if not isinstance(error, Exception) or isinstance(error, MisplacedTailCallError):
        return
    found = _found(error)
    if found is not None:
        note(error, found)


def _found(error: BaseException) -> Failure | None:
    known = Failure("")
    function: Callable[..., Any] | None = None
    for entry in entries(error):
        frame = entry.tb_frame
        code = frame.f_code
        if code in _CALLS:
            known.task = frame.f_locals["ref"].name
            function = frame.f_locals["func"]
        elif code is _ATTEMPTS:
            known.attempt, known.attempts = frame.f_locals["attempt"], frame.f_locals["one"].max_attempts
        elif (sent := sender(frame)) is not None:
            known = astray(sent)
            known.round = sent.round
        elif code is _ROUNDS:
            known.round = frame.f_locals["rounds"].number
        elif code.co_qualname == _GRAPHS and is_house(frame):
            known = Failure("")
        elif code.co_qualname in WORKERS and is_house(frame):
            known.inputs = sent_with(frame)
        elif not (is_house(frame) or is_machinery(frame)):
            if known.task and function is not None and runs(function, frame):
                known.inputs = arguments_of(frame) or known.inputs
            break
    return known if known.task else None
