"""How long a compiled function and its source live."""

from __future__ import annotations

import gc
import linecache
from typing import Any

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
