"""What the args of a `cs.TailCall` may be."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs


@cs.task
def iterates(n: int) -> Any:
    return cs.TailCall(iter([n - 1])) if n else "over"


@cs.task
def documented() -> None:
    """Its docstring is all it has."""


@pytest.mark.parametrize("inline", [True, False])
def test_an_iterator_is_read_once(inline: bool) -> None:
    assert cs.run(iterates(2)) == cs.aot(iterates(2), inline=inline)() == "over"


@pytest.mark.parametrize("args", [{"n": 1}, "n", b"n"])
def test_what_is_no_list_is_refused(args: Any) -> None:
    with pytest.raises(TypeError, match="the args of a TailCall are a list; got"):
        cs.TailCall(args)


@pytest.mark.parametrize("inline", [True, False])
def test_a_body_that_is_its_docstring_gives_none(inline: bool) -> None:
    assert cs.aot([documented(), documented()], name="both", inline=inline)() == [None, None]
