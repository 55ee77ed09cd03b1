"""What interpreting costs: an instruction, and whole graphs from declaration to result."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import cascade as cs

from .formats import digits, microseconds
from .graphs import SHAPES, chain, step
from .report import Table
from .slices import compare, timed

_CHAIN = 1_000
_SIZES = (100, 1_000, 10_000, 100_000)
_NODES_TIMED = 10_000


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones leave out the largest graphs."""
    yield instructions(0.3 if quick else 2.0)
    yield whole_graphs(_SIZES[:3] if quick else _SIZES)


def instructions(seconds: float) -> Table:
    """How many trivial instructions are interpreted in a second."""
    blueprint = cs.BlueprintBuilder().build(chain(_CHAIN))
    machine = cs.VirtualMachine()
    works = {"called": call_chains, "interpreted": lambda times: execute(machine, blueprint, times)}
    found = compare(works, "called", seconds)
    table = Table(
        "Interpreted instructions",
        f"A chain of {_CHAIN:,} tasks that give back their argument, on one core: `VirtualMachine().execute` on its"
        " Blueprint, against calling the functions one after the other.",
        ("", "ns an instruction", "instructions a second", "plain / its time"),
    )
    for name, timing in found.items():
        each = timing.seconds / _CHAIN
        table.add(name, digits(each * 1e9), f"{1 / each:,.0f}", f"{timing.ratio:.3f}")
    return table


def execute(machine: cs.VirtualMachine, blueprint: cs.Blueprint, times: int) -> None:
    """Interpret a Blueprint several times."""
    for _ in range(times):
        machine.execute(blueprint)


def call_chains(times: int) -> None:
    """Call the chain's functions, several times."""
    function = step.func
    for _ in range(times):
        value = 0
        for _ in range(_CHAIN):
            value = function(value)


def whole_graphs(sizes: tuple[int, ...]) -> Table:
    """What a node costs in graphs of several sizes: declared, lowered and interpreted."""
    table = Table(
        "Lowering and interpreting graphs",
        "Microseconds a node: declaring the graph, lowering it to a Blueprint, interpreting that. Growth: the cost"
        " of a node, all in all, over its cost in the smallest graph of the shape. Graphs of up to"
        f" {_NODES_TIMED // 2:,} nodes are timed several times, larger ones once.",
        ("shape", "nodes", "declare", "lower", "interpret", "growth"),
    )
    for shape, make in SHAPES.items():
        smallest = 0.0
        for nodes in sizes:
            declared, lowered, interpreted = (one / nodes for one in _stages(make, nodes))
            total = declared + lowered + interpreted
            smallest = smallest or total
            each = map(microseconds, (declared, lowered, interpreted))
            table.add(shape, f"{nodes:,}", *each, f"{total / smallest:.2f}")
    return table


def _stages(make: Callable[[int], Any], nodes: int) -> list[float]:
    """The seconds of each stage, the median over some runs."""
    runs = [_stages_once(make, nodes) for _ in range(max(1, _NODES_TIMED // nodes))]
    return [statistics.median(stage) for stage in zip(*runs, strict=True)]


def _stages_once(make: Callable[[int], Any], nodes: int) -> tuple[float, float, float]:
    declared, workflow = timed(make, nodes)
    lowered, blueprint = timed(cs.BlueprintBuilder().build, workflow)
    interpreted, _ = timed(cs.VirtualMachine().execute, blueprint)
    return declared, lowered, interpreted
