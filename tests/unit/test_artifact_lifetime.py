"""How long a compiled function and its source live."""

from __future__ import annotations

import gc
import linecache
import traceback
from typing import Any

import pytest

import cascade as cs


@cs.task
def double(n: int) -> int:
    return 2 * n


@cs.task
async def later(n: int) -> int:
    return n


def test_run_alone_keeps_its_function_alive() -> None:
    runs: list[Any] = [cs.aot(double).run, cs.aot(later).run]
    gc.collect()
    assert [run(4) for run in runs] == [8, 4]


def test_the_source_is_forgotten_with_the_function() -> None:
    run = cs.aot(double)
    name = run.__code__.co_filename
    assert "".join(linecache.getlines(name)) == run.source
    del run
    gc.collect()
    assert name not in linecache.cache


def generated_lines(error: BaseException) -> list[str]:
    """The lines of generated modules that the traceback of an exception shows."""
    shown = traceback.extract_tb(error.__traceback__)
    return [one.line or "" for one in shown if one.filename.startswith("<cascade ")]


def test_a_traceback_shows_the_source_when_the_function_is_gone() -> None:
    with pytest.raises(cs.RouteNotFoundError) as caught:
        cs.aot(cs.Router(double(2), {1: double(1)})).run()
    gc.collect()
    (line,) = generated_lines(caught.value)
    assert "double" in line
    name = traceback.extract_tb(caught.value.__traceback__)[-1].filename
    del caught
    gc.collect()
    assert name not in linecache.cache
