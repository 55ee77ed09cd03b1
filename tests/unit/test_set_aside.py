"""What is set aside is interpreted once, also when it fails and is asked for again by the next attempt."""

from __future__ import annotations

import pytest

import cascade as cs
from cascade_gen.blueprint import Argument, Blueprint, Call, Defer, Force, Object, Register, Retry, TaskRef
from cascade_gen.blueprint.verify import verify

RAN: list[str] = []

PAGE, TEXT, SIZE = Register("page"), Register("text"), Register("size")


@cs.task
def load() -> str:
    RAN.append("load")
    raise ValueError("gone")


@cs.task
def parse(page: str) -> str:
    RAN.append("parse")
    return page


@cs.task
def measure(text: str) -> int:
    return len(text)


def tried_twice() -> Blueprint:
    """Two attempts of a call of which each asks for what is set aside, and that for more."""
    tasks = (load, parse, measure)
    attempt = (Force("text_later", (TEXT,)), Call(SIZE, "measure", (Argument(TEXT),)))
    return Blueprint(
        name="tried_twice",
        inputs=(),
        body=(
            Defer("page_later", (PAGE,), (Call(PAGE, "load", ()),)),
            Defer("text_later", (TEXT,), (Force("page_later", (PAGE,)), Call(TEXT, "parse", (Argument(PAGE),)))),
            Retry("measure", 2, 0.0, 1.0, (Object("ValueError"),), None, 0.0, attempt),
        ),
        result=SIZE,
        tasks=tuple(TaskRef(one.name, one.name, __name__, one.name) for one in tasks),
        bound_tasks={one.name: one for one in tasks},
        objects={"ValueError": ValueError},
    )


def test_it_isnt_tried_again_by_the_next_attempt() -> None:
    blueprint = tried_twice()
    verify(blueprint)
    RAN.clear()
    with pytest.raises(ValueError, match="gone"):
        cs.VirtualMachine().execute(blueprint)
    assert RAN == ["load"]
