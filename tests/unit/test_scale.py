"""Size: long chains, many mutually recursive workflows, deep nesting, many rounds."""

from __future__ import annotations

import sys
import tracemalloc
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from cascade_gen.blueprint.verify import verify
from cascade_gen.emit import Options, emit_module
from cascade_gen.errors import NestingError
from cascade_gen.optimize import optimise


@cs.task
def inc(n: int) -> int:
    return n + 1


@cs.task
async def later(n: int) -> int:
    return n


@cs.task
async def added(left: int, right: int) -> int:
    return left + right


@cs.task
def pair(left: int, right: int) -> int:
    return left + right


@cs.task
def countdown(n: int) -> Any:
    if n <= 0:
        return "done"
    return cs.tail(countdown, n=n - 1)


def test_a_chain_of_100_000_tasks_goes_all_the_way() -> None:
    length = 100_000
    chain: Any = inc(0)
    for _ in range(length - 1):
        chain = inc(chain)
    blueprint = cs.BlueprintBuilder().build(chain)
    verify(blueprint)
    emitted = emit_module(optimise(blueprint), Options())
    namespace: dict[str, Any] = {"__name__": "chain", "_bound": emitted.bound}
    exec(compile(emitted.text, "chain.py", "exec"), namespace)
    assert namespace[emitted.function]() == length
    assert cs.VirtualMachine().execute(blueprint) == length


def crossed(rows: int) -> Any:
    """Rows of async work of which each takes what two of the row before gave."""
    row: list[Any] = [later(number) for number in range(4)]
    for _ in range(rows):
        row = [added(row[place], row[(place + 1) % 4]) for place in range(4)]
    return pair(pair(row[0], row[1]), pair(row[2], row[3]))


def test_async_work_side_by_side_takes_no_more_functions_in_a_larger_graph() -> None:
    small, large = cs.aot(crossed(5)), cs.aot(crossed(200))
    assert small.run() == sum(range(4)) * 2**5
    assert large.run() == sum(range(4)) * 2**200
    assert large.source.count("async def ") == small.source.count("async def ")


def ring(size: int) -> ModuleType:
    """A module of `size` tasks, each of which tail-calls the next by its name."""
    module = ModuleType(f"ring_{size}")
    sys.modules[module.__name__] = module
    body = (
        "@cs.task\ndef s{0}(n):\n"
        "    return {0} if n <= 0 else cs.TailCall(kwargs={{'n': n - 1}}, target_blueprint_id='s{1}')\n"
    )
    text = "".join(body.format(index, (index + 1) % size) for index in range(size))
    exec(compile(f"import cascade as cs\n{text}", module.__name__, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("size", [2, 20, 500])
def test_mutual_recursion_among(size: int) -> None:
    tasks = vars(ring(size))
    others = [tasks[f"s{index}"] for index in range(1, size)]
    run = cs.aot(tasks["s0"], blueprints=others)
    for rounds in (0, 1, size - 1, size, 3 * size + 1):
        assert run(rounds) == rounds % size
    assert cs.run(tasks["s0"], {"n": size + 1}) == 1


def test_a_row_of_async_steps_1_500_deep() -> None:
    total: Any = later(0)
    for number in range(1_500):
        total = pair(total, later(number))
    expected = sum(range(1_500))
    assert cs.run(total) == expected
    assert cs.aot(total).run() == expected


def test_routers_in_routers_150_deep() -> None:
    route: Any = inc(0)
    for _ in range(150):
        route = cs.Router(True, {True: inc(route), False: inc(0)})
    assert cs.run(route) == 151
    assert cs.aot(route)() == 151


@pytest.mark.parametrize(("task", "depth"), [(inc, 2_000), (later, 400)], ids=["sync", "async"])
def test_the_interpreter_goes_through_routers_that_lead_to_one_another(task: Any, depth: int) -> None:
    made: list[int] = []

    @cs.task
    def step(n: int) -> int:
        made.append(n)
        return n + 1

    route: Any = task(0)
    first = cs.run(task(0))
    for _ in range(depth):
        route = cs.Router(step(-1), {0: step(route), 1: route})
    assert cs.run(route) == first + depth
    assert len(made) == 2 * depth


@pytest.mark.parametrize("kind", [list, tuple, lambda items: {"inner": items[0]}], ids=["list", "tuple", "dict"])
def test_the_interpreter_builds_containers_400_deep(kind: Any) -> None:
    nested: Any = inc(0)
    for _ in range(400):
        nested = kind([nested])
    found = cs.run(nested)
    for _ in range(400):
        (found,) = found.values() if isinstance(found, dict) else found
    assert found == 1


def test_containers_nested_50_000_deep_are_an_error_that_says_so() -> None:
    nested: Any = inc(0)
    for _ in range(50_000):
        nested = [nested]
    with pytest.raises(NestingError, match="nested too deeply"):
        cs.aot(inc(nested))


def test_many_rounds_use_the_memory_of_one() -> None:
    run = cs.aot(countdown)
    run(10)
    tracemalloc.start()
    try:
        assert run(200_000) == "done"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_a_long_circle_is_told_by_its_ends() -> None:
    first: Any = inc(0)
    last = first
    for _ in range(2_000):
        last = inc(last)
    first.after(last)
    with pytest.raises(cs.CompileError, match="these wait for one another: ") as caught:
        cs.aot(last)
    assert caught.value.message.count("inc -> ") == 19
    assert " -> ... 1982 more ... -> " in caught.value.message
