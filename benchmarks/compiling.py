"""What compiling costs: time by stage, memory, and what an import takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cascade as cs
from cascade_gen.artifact import load
from cascade_gen.emit import Options
from cascade_gen.optimize import optimise
from cascade_gen.pipeline import generate, wrapped

from .graphs import SHAPES, chain
from .report import Table, digits, microseconds, milliseconds
from .slices import timed
from .written import unseen_tasks

_SIZES = (100, 1_000, 10_000)
_LARGEST = 100_000
_NODES_TIMED = 2_000
_STAGES = ("lower", "optimise", "emit", "load")
_KEPT_OUT = ("libcst", "black", "asyncio")
_IMPORT = """
import sys, time
start = time.process_time()
import {module}
print(time.process_time() - start)
print(*(name for name in {watched!r} if name in sys.modules))
"""


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones leave out the largest graphs."""
    cs.aot(chain(100))
    with tempfile.TemporaryDirectory() as folder:
        yield twenty_tasks(Path(folder), 5 if quick else 15)
    yield by_size(_SIZES[:2] if quick else _SIZES, None if quick else _LARGEST)
    yield memory(_SIZES[:2] if quick else _SIZES)
    yield imports(3 if quick else 9)


def stages(workflow: Any) -> tuple[float, ...]:
    """The seconds that `cs.aot` takes for a workflow, by stage."""
    lowered, blueprint = timed(lambda: cs.BlueprintBuilder().build(workflow, template=True))
    optimised, better = timed(optimise, blueprint)
    emitted, module = timed(generate, better, Options())
    loaded, _ = timed(load, better, module, wrapped(workflow))
    return lowered, optimised, emitted, loaded


def twenty_tasks(folder: Path, runs: int) -> Table:
    """The compile time of a workflow of twenty tasks of ten lines."""
    table = Table(
        "Compiling twenty tasks",
        f"Milliseconds, the median of {runs} workflows: a chain of twenty tasks of ten lines. Known ones have been"
        " compiled before, in another workflow; unseen ones come from a module that has just been imported.",
        ("", *_STAGES, "all"),
    )
    seen = unseen_tasks(folder)
    cs.aot(seen)
    known = _median(lambda: stages(seen), runs)
    unseen = _median(lambda: stages(unseen_tasks(folder)), runs)
    table.add("tasks known", *map(milliseconds, known))
    table.add("tasks unseen", *map(milliseconds, unseen))
    return table


def by_size(sizes: tuple[int, ...], largest: int | None) -> Table:
    """The compile time of a task in graphs of several sizes."""
    table = Table(
        "Compiling by size",
        "Microseconds a task, for graphs of one-line tasks whose functions are known. Graphs of up to"
        f" {_NODES_TIMED // 2:,} tasks are timed several times, larger ones once.",
        ("shape", "tasks", *_STAGES, "all"),
    )
    for shape, make in SHAPES.items():
        more = (largest,) if largest is not None and make is chain else ()
        for tasks in (*sizes, *more):
            each = _median(partial(stages, make(tasks)), max(1, _NODES_TIMED // tasks))
            table.add(shape, f"{tasks:,}", *(microseconds(one / tasks) for one in each))
    return table


def _median(measure: Callable[[], tuple[float, ...]], runs: int) -> list[float]:
    """The median seconds of each stage, and of their sum."""
    found = [measure() for _ in range(runs)]
    each = [statistics.median(stage) for stage in zip(*found, strict=True)]
    return [*each, statistics.median(map(sum, found))]


def memory(sizes: tuple[int, ...]) -> Table:
    """The most memory that compiling holds at one time."""
    table = Table(
        "Memory while compiling",
        "The peak of what Python allocates during `cs.aot` (tracemalloc), over what the declared graph holds; and"
        " what is still held afterwards by the function.",
        ("shape", "tasks", "peak MiB", "peak KiB a task", "held KiB a task"),
    )
    for shape, make in SHAPES.items():
        for tasks in sizes:
            held, peak = _allocated(make(tasks))
            each = (peak / 2**10 / tasks, held / 2**10 / tasks)
            table.add(shape, f"{tasks:,}", digits(peak / 2**20), *map(digits, each))
    return table


def _allocated(workflow: Any) -> tuple[int, int]:
    """The bytes held after compiling, and the most while it went on."""
    tracemalloc.start()
    try:
        function = cs.aot(workflow)
        allocated = tracemalloc.get_traced_memory()
        del function
        return allocated
    finally:
        tracemalloc.stop()


def imports(runs: int) -> Table:
    """What importing takes in a fresh process, and which heavy modules come with it."""
    table = Table(
        "Imports",
        f"Milliseconds of CPU time in a fresh process, the median of {runs}; and which of"
        f" {', '.join(_KEPT_OUT)} are loaded then.",
        ("import", "ms", "loads"),
    )
    for module in ("asyncio", "cascade", "cascade_gen.pipeline"):
        found = [_imported(module) for _ in range(runs)]
        table.add(module, milliseconds(statistics.median(time for time, _ in found)), found[0][1] or "none")
    return table


def _imported(module: str) -> tuple[float, str]:
    """The seconds of an import, and what of the heavy modules it has loaded."""
    code = _IMPORT.format(module=module, watched=_KEPT_OUT)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    time, loaded = done.stdout.splitlines()
    return float(time), loaded
