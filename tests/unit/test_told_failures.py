"""What a bus is told of a call whose result may not stand there."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs
from cascade_gen.runtime.events import TaskExecutionFinished

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


@cs.task
def lost(n: int) -> Any:
    return cs.TailCall([n - 1]) if n else n


@cs.task
def total(parts: list[int]) -> int:
    return sum(parts)


def workflow() -> Any:
    return total(lost.map(n=[0, 1]))


@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_misplaced_redirect_is_no_result(is_compiled: bool) -> None:
    bus, told = cs.MessageBus(), []
    bus.subscribe(TaskExecutionFinished, told.append)
    with pytest.raises(cs.MisplacedTailCallError):
        cs.aot(workflow(), observer=bus)() if is_compiled else cs.run(workflow(), bus=bus)
    assert [(one.status, one.result_preview, type(one.error)) for one in told] == [
        ("Succeeded", "0", type(None)),
        ("Failed", "", cs.MisplacedTailCallError),
    ]
