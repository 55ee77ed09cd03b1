"""What compiling costs: time by stage and by size, and memory."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cascade as cs
from cascade_gen.artifact import load
from cascade_gen.emit import Options
from cascade_gen.optimize import optimise
from cascade_gen.pipeline import generate, wrapped

from .alone import has_peak, numbers, without_cache
from .charts import Lines
from .formats import digits, microseconds, milliseconds
from .graphs import ASYNC_SHAPES, SHAPES, Make, chain
from .report import Table
from .slices import timed
from .written import one_by_one, unseen_tasks

_SIZES = (10, 100, 1_000, 10_000)
_UNSEEN_SIZES = (10, 100, 1_000)
_ALONE_SIZES = tuple((shape, 10_000) for shape in (*SHAPES, *ASYNC_SHAPES))
_LONG_SIZES = (("chain", 100_000),)
"""What a quick run leaves out."""
_TASKS_TIMED = 2_000
_UNSEEN_TIMED = 100
_STAGES = ("lower", "optimise", "emit", "load")
_KNOWN_AIM, _UNSEEN_AIM = 10, 150
_ALONE = """
import time
import cascade as cs
from benchmarks.alone import peak
from benchmarks.graphs import ASYNC_SHAPES, SHAPES

shapes = SHAPES | ASYNC_SHAPES
cs.aot(shapes["chain"](100))
workflow = shapes[{shape!r}]({tasks})
before, start = peak(), time.process_time()
function = cs.aot(workflow)
print(time.process_time() - start, peak() - before)
"""
Points = dict[str, list[tuple[float, float]]]
"""Tasks and milliseconds, by the name of the line they are on."""


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones leave out the largest graphs."""
    cs.aot(chain(100))
    sizes, unseen_sizes = (_SIZES[:-1], _UNSEEN_SIZES[:-1]) if quick else (_SIZES, _UNSEEN_SIZES)
    with tempfile.TemporaryDirectory() as folder:
        yield twenty_tasks(Path(folder), 5 if quick else 9)
        with without_cache():  # graphs are made several times over, and would be found there
            by_stage, points = by_size(Path(folder), sizes, unseen_sizes)
    if has_peak:
        with without_cache():
            alone = in_a_process(points, _ALONE_SIZES if quick else (*_ALONE_SIZES, *_LONG_SIZES))
        alone.chart = Lines("compiling", "tasks", "ms to compile", points)
        yield from (by_stage, alone)
    else:
        yield by_stage


def stages(workflow: Any) -> tuple[float, ...]:
    """The seconds of compiling a workflow, by stage."""
    lowered, blueprint = timed(lambda: cs.BlueprintBuilder().build(workflow, template=True))
    optimised, better = timed(optimise, blueprint)
    emitted, module = timed(generate, better, Options())
    loaded, _ = timed(load, better, module, wrapped(workflow))
    return lowered, optimised, emitted, loaded


def twenty_tasks(folder: Path, runs: int) -> Table:
    """The compile time of a workflow of twenty tasks of ten lines."""
    table = Table(
        "Compiling twenty tasks",
        f"Milliseconds, the median of {runs} workflows: a chain of twenty tasks of ten lines, all in all by `cs.aot`,"
        " and once more stage by stage. Known ones have been compiled before, in a workflow with another order;"
        " unseen ones come from a module that has just been imported. The cache on disk has seen none of the"
        " workflows, and `all` keeps each there.",
        ("", "all", "aim", *_STAGES),
    )
    tasks = unseen_tasks(folder)
    cs.aot(one_by_one(tasks))
    known = (one_by_one(tasks, run) for run in range(1, 2 * runs + 1))
    unseen = (one_by_one(unseen_tasks(folder)) for _ in range(2 * runs))
    for name, workflows, aim in (("tasks known", known, _KNOWN_AIM), ("tasks unseen", unseen, _UNSEEN_AIM)):
        whole = statistics.median(timed(cs.aot, next(workflows))[0] for _ in range(runs))
        each = _medians(stages(workflow) for workflow in workflows)
        table.add(name, milliseconds(whole), digits(aim), *map(milliseconds, each))
    return table


def by_size(folder: Path, sizes: tuple[int, ...], unseen_sizes: tuple[int, ...]) -> tuple[Table, Points]:
    """The compile time of a task in graphs of several sizes, as a table and as points of a chart."""
    table = Table(
        "Compiling by size",
        "Known tasks have one line and were compiled before in another workflow; unseen ones have ten lines, and are"
        " a chain. All: by `cs.aot`, in milliseconds; then a task's part of it and of its stages, in microseconds."
        " Without the cache on disk."
        f" Small graphs are timed several times, those of more than {_TASKS_TIMED // 2:,} tasks once.",
        ("graph", "tasks", "all, ms", "a task, µs", *_STAGES),
    )
    kinds: dict[str, tuple[Make, tuple[int, ...], int]] = {
        **{f"known, {shape}": (make, sizes, _TASKS_TIMED) for shape, make in (SHAPES | ASYNC_SHAPES).items()},
        "unseen": (lambda tasks: one_by_one(unseen_tasks(folder, tasks)), unseen_sizes, _UNSEEN_TIMED),
    }
    points: Points = {}
    for name, (make, wanted, timed_tasks) in kinds.items():
        for tasks in wanted:
            runs = max(1, timed_tasks // tasks)
            whole = statistics.median(timed(cs.aot, make(tasks))[0] for _ in range(runs))
            each = _medians(stages(make(tasks)) for _ in range(runs))
            cells = (microseconds(seconds / tasks) for seconds in (whole, *each))
            table.add(name, f"{tasks:,}", milliseconds(whole), *cells)
            points.setdefault(name, []).append((tasks, whole * 1e3))
    return table, points


def _medians(found: Iterable[tuple[float, ...]]) -> list[float]:
    """The median of each column."""
    return [statistics.median(column) for column in zip(*found, strict=True)]


def in_a_process(points: Points, sizes: tuple[tuple[str, int], ...]) -> Table:
    """Time and memory of compiling large graphs; their times are added to the points."""
    table = Table(
        "Large graphs",
        "Known one-line tasks, each graph once in a process of its own, without the cache on disk: the time of"
        " `cs.aot`, and by how much the peak of the process's resident memory grew over what it held with the graph"
        " declared.",
        ("graph", "tasks", "seconds", "a task, µs", "peak MiB", "peak KiB a task"),
    )
    for shape, tasks in sizes:
        seconds, peak = numbers(_ALONE.format(shape=shape, tasks=tasks))
        cells = (microseconds(seconds / tasks), digits(peak), digits(peak * 2**10 / tasks))
        table.add(shape, f"{tasks:,}", digits(seconds), *cells)
        line = points.setdefault(f"known, {shape}", [])
        if all(tasks != known for known, _ in line):
            line.append((tasks, seconds * 1e3))
    return table
