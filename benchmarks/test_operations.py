"""Single operations, timed by pytest-benchmark: `python -m pytest benchmarks`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import cascade as cs
from benchmarks.graphs import SHAPES
from benchmarks.workflows import countdown, diamond
from cascade_gen.artifact import load
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.emit import Options
from cascade_gen.optimize import optimise
from cascade_gen.pipeline import build, generate

_NODES = 100
_ROUNDS = 1_000

shapes = pytest.mark.parametrize("make", SHAPES.values(), ids=[name.replace(" ", "-") for name in SHAPES])
Make = Callable[[int], Any]


@shapes
def test_declare(benchmark: BenchmarkFixture, make: Make) -> None:
    benchmark(make, _NODES)


@shapes
def test_lower(benchmark: BenchmarkFixture, make: Make) -> None:
    benchmark(cs.BlueprintBuilder().build, make(_NODES))


@shapes
def test_optimise(benchmark: BenchmarkFixture, make: Make) -> None:
    benchmark(optimise, cs.BlueprintBuilder().build(make(_NODES), template=True))


@shapes
def test_emit(benchmark: BenchmarkFixture, make: Make) -> None:
    benchmark(generate, build(make(_NODES)), Options())


@shapes
def test_load(benchmark: BenchmarkFixture, make: Make) -> None:
    blueprint = build(make(_NODES))
    benchmark(load, blueprint, generate(blueprint, Options()), None)


@shapes
def test_interpret(benchmark: BenchmarkFixture, make: Make) -> None:
    benchmark(cs.VirtualMachine().execute, cs.BlueprintBuilder().build(make(_NODES)))


def test_parse_listing(benchmark: BenchmarkFixture) -> None:
    blueprint = build(diamond)
    assert benchmark(parse_blueprint, str(blueprint)) == blueprint


def test_call_compiled(benchmark: BenchmarkFixture) -> None:
    assert benchmark(cs.aot(diamond), 1) == sum(range(2, 102))


def test_compiled_rounds(benchmark: BenchmarkFixture) -> None:
    assert benchmark(cs.aot(countdown), _ROUNDS) == "done"


def test_interpreted_rounds(benchmark: BenchmarkFixture) -> None:
    blueprint = build(countdown)
    assert benchmark(cs.VirtualMachine().execute, blueprint, (_ROUNDS,)) == "done"
