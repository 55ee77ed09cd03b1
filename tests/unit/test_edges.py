"""Errors of Cascade's own end in the line that called it; frames of the user's code stay."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

ANY: Any = cs


@cs.task
def double(n: int) -> int:
    return 2 * n


@cs.workflow
def failing(n: int) -> Any:
    try:
        return {}["pages"]
    except KeyError as error:
        raise LookupError("no pages") from error


def circle() -> Any:
    first = double(1)
    last = double(first)
    first.after(last)
    return last


def here() -> Any:
    @cs.task
    def inner() -> None:
        return None

    return cs.aot(inner)


WRONG: dict[str, Callable[[], Any]] = {
    "no workflow": lambda: ANY.aot(5),
    "a cycle": lambda: cs.aot(circle()),
    "no blueprint": lambda: ANY.aot(double, blueprints=[5]),
    "no resource": lambda: ANY.aot(double, resources=[5]),
    "no bus": lambda: ANY.aot(double, observer=5),
    "no name": lambda: ANY.aot(double, name=5),
    "run: no workflow": lambda: ANY.run(5),
    "run: no resource": lambda: ANY.run(double, resources=[5]),
    "run: no such input": lambda: cs.run(double, {"size": 1}),
    "a call": lambda: ANY.aot(double).run(1, 2),
    "builder": lambda: ANY.BlueprintBuilder().build(5),
    "machine": lambda: ANY.VirtualMachine().execute(5),
    "not shippable": lambda: here().save("agent.py"),
    "no folder": lambda: cs.aot(double).save(Path(__file__) / "agent.py"),
    "no folder, standalone": lambda: cs.aot(double).save(Path(__file__) / "agent.py", standalone=True),
}


def caught(call: Callable[[], Any]) -> tuple[Exception, list[str]]:
    """What a call raises, and the names of the files behind this one in its traceback."""
    with pytest.raises(Exception) as found:  # its kind is tested elsewhere
        call()
    files = [frame.filename for frame in traceback.extract_tb(found.value.__traceback__)]
    return found.value, files


@pytest.mark.parametrize("name", WRONG)
def test_the_line_of_the_call_is_the_last(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, files = caught(WRONG[name])
    assert set(files) == {__file__}
    monkeypatch.setenv("CASCADE_DEBUG", "1")
    _, files = caught(WRONG[name])
    assert set(files[:2]) == {__file__}
    assert all("cascade_gen" in file for file in files[2:])
    assert len(files) > 2


def test_frames_of_a_workflow_function_and_causes_stay() -> None:
    error, files = caught(lambda: cs.aot(failing))
    assert set(files) == {__file__}
    assert traceback.extract_tb(error.__traceback__)[-1].name == "failing"
    assert isinstance(error.__cause__, KeyError)
    assert [frame.name for frame in traceback.extract_tb(error.__cause__.__traceback__)] == ["failing"]
