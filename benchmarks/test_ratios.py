"""Compiled workflows beside the same by hand, timed by pytest-benchmark: `python -m pytest benchmarks`.

Each case is a group of two. For ratios to rely on run `python -m benchmarks --only ratios`, which alternates them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import cascade as cs
from benchmarks.cases import CASES, Case
from benchmarks.workflows import async_countdown, plain_async_countdown

_ROUNDS = 1_000

each_case = pytest.mark.parametrize(
    "case", CASES, ids=[case.name.replace(",", "").replace(" ", "-") for case in CASES]
)


@each_case
def test_compiled(benchmark: BenchmarkFixture, case: Case, tmp_path: Path) -> None:
    benchmark.group = case.name
    compiled = case.compiled(tmp_path)
    case.check(compiled)
    benchmark(compiled, _ROUNDS)


@each_case
def test_by_hand(benchmark: BenchmarkFixture, case: Case) -> None:
    benchmark.group = case.name
    benchmark(case.plain, _ROUNDS)


@pytest.mark.parametrize("function", [cs.aot(async_countdown), plain_async_countdown], ids=["compiled", "by-hand"])
def test_async_countdown(benchmark: BenchmarkFixture, function: Callable[[int], Coroutine[Any, Any, object]]) -> None:
    benchmark.group = "async countdown"
    with asyncio.Runner() as runner:
        assert benchmark(lambda: runner.run(function(_ROUNDS))) == "done"
