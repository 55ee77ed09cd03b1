"""The structure of async runs, interpreted and compiled: what overlaps, what fails, and who waits for whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import cascade as cs

from .async_runs import PATIENCE, WAYS, Runs, fails, forget, job, lingers, log, row, sync_job

where: ContextVar[str] = ContextVar("where", default="nowhere")


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


@pytest.fixture(params=WAYS)
def runs(request: pytest.FixtureRequest) -> Runs:
    return Runs(request.param)


# --- overlap


def test_arguments_start_left_to_right_and_overlap(runs: Runs) -> None:
    workflow = row(job("a", after="c"), job("b", after="c"), job("c"))
    assert runs.run(workflow) == "abc"
    assert log[:3] == ["start a", "start b", "start c"]
    assert log[-1] == "row"


@pytest.mark.parametrize(
    "workflow",
    [
        lambda: [job("a", after="b"), job("b", after="a")],
        lambda: {"a": job("a", after="b"), "b": job("b", after="a")},
        lambda: row(*[job("a", after="b"), job("b", after="a")]),
        lambda: sync_job([job("a", after="b"), {"k": job("b", after="a")}]),
        lambda: job.map(name="ab", after=["b", "a"]),
        lambda: row(sync_job("s", job("a", after="b")), sync_job("t", given=job("b", after="a"))),
        lambda: row(cs.Router("k", {"k": job("a", after="b")}), job("b", after="a")),
        lambda: row(job("a", after="b").run_if(True).with_retry(), job("b", after="a").with_timeout(PATIENCE)),
        lambda: returned("ab"),
    ],
    ids=["list", "dict", "arguments", "containers", "map", "deeper", "route", "policies", "returned"],
)
def test_what_is_side_by_side_overlaps(runs: Runs, workflow: Callable[[], Any]) -> None:
    runs.run(workflow())
    assert [line for line in log if line.startswith("start")] == ["start a", "start b"]


@cs.task
async def returned(names):
    first, second = names
    return row(job(first, after=second), job(second, after=first))


def test_there_are_no_level_barriers(runs: Runs) -> None:
    short = job("second of the short one", given=job("first of the short one"))
    long = job("long", after=["second of the short one"])
    runs.run(row(long, short))
    assert log.index("start second of the short one") < log.index("end long")


def test_a_shared_node_runs_once_and_each_consumer_starts_when_it_is_done(runs: Runs) -> None:
    shared = job("shared")
    runs.run(row(job("a", ["b"], shared), job("b", ["a"], shared), job("slow", ["a", "b"])))
    assert log.count("start shared") == 1
    assert log.index("start slow") < log.index("start a")


def test_sync_arguments_run_where_they_stand_in_the_row(runs: Runs) -> None:
    assert runs.run(row(sync_job("1"), job("a", "b"), sync_job("2"), job("b", "a"), sync_job("3"))) == "1a2b3"
    assert log[:5] == ["sync 1", "start a", "sync 2", "start b", "sync 3"]


def test_one_async_argument_among_sync_ones_keeps_the_order_of_plain_calls(runs: Runs) -> None:
    assert runs.run(row(sync_job("1"), job("a"), sync_job("2"))) == "1a2"
    assert log == ["sync 1", "start a", "end a", "sync 2", "row"]


meeting = threading.Barrier(2)


@cs.task(mode="blocking")
def meets(name):
    meeting.wait(PATIENCE)
    return name


def test_blocking_tasks_overlap(runs: Runs) -> None:
    meeting.reset()
    assert runs.run([meets("a"), meets("b")]) == ["a", "b"]


# --- failure


@cs.task
async def returns_failing(error):
    return row(lingers("a"), fails(error, after="a"))


@pytest.mark.parametrize(
    "workflow",
    [
        lambda error: row(lingers("a"), fails(error, after="a")),
        lambda error: [fails(error, after="a"), lingers("a")],
        lambda error: row(row(row(fails(error, after="a")), "b"), row(lingers("a"), lingers("b"))),
        lambda error: row(sync_job("s", given=lingers("a")), fails(error, after="a")),
        lambda error: [lingers.map(name="ab"), fails.map(error=[error], after=["ab"])],
        lambda error: row(lingers("a").with_retry(), fails(error, after="a").with_retry(max_attempts=2)),
        lambda error: returns_failing(error),
    ],
    ids=["arguments", "targets", "nested", "deeper", "maps", "retried", "returned"],
)
def test_a_failure_cancels_the_others_awaits_them_and_comes_out_as_itself(
    runs: Runs, workflow: Callable[[Exception], Any]
) -> None:
    error = LookupError("the very one")
    with pytest.raises(LookupError) as caught:
        runs.run(workflow(error))
    assert caught.value is error
    started = {line.removeprefix("start ") for line in log if line.startswith("start")}
    ended = {line.removeprefix("end ") for line in log if line.startswith("end")}
    assert started == ended
    assert "a" in ended
    assert "row" not in log


def test_the_first_failure_counts_not_those_that_follow_from_the_cancellation(runs: Runs) -> None:
    first = ValueError("first")
    with pytest.raises(ValueError, match="first") as caught:
        runs.run([lingers("a", error=OSError("later")), fails(first, after="a")])
    assert caught.value is first
    assert log == ["start a", "fails", "end a"]


def test_a_failure_of_a_shared_node_comes_once(runs: Runs) -> None:
    error = ValueError("shared")
    shared = fails(error)
    with pytest.raises(ValueError, match="shared") as caught:
        runs.run(row(sync_job("a", shared), sync_job("b", shared)))
    assert caught.value is error
    assert log == ["fails"]


# --- waiting within a running loop


@cs.task
async def tells_where():
    here = where.get()
    where.set("changed within")
    await asyncio.sleep(0)
    return here, threading.current_thread() is threading.main_thread()


@pytest.mark.parametrize("run", [lambda workflow: cs.aot(workflow).run(), cs.run], ids=["compiled", "interpreted"])
def test_waiting_inside_a_running_loop_copies_the_context(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        where.set("in the loop")
        assert run(tells_where()) == ("in the loop", False)
        assert where.get() == "in the loop"

    asyncio.run(main())


def test_waiting_outside_of_a_loop_runs_one_in_this_thread() -> None:
    assert cs.aot(tells_where()).run() == ("nowhere", True)


def test_a_sync_workflow_needs_no_loop_and_no_thread() -> None:
    async def main() -> bool:
        result: bool = cs.aot(tells_thread()).run()
        return result

    assert asyncio.run(main()) is True


@cs.task
def tells_thread():
    return threading.current_thread() is threading.main_thread()


def test_a_failure_inside_a_running_loop_comes_out_as_itself() -> None:
    error = ValueError("in the helper thread")

    async def main() -> None:
        with pytest.raises(ValueError, match="helper") as caught:
            cs.aot(row(fails(error), job("a"))).run()
        assert caught.value is error

    asyncio.run(main())


@pytest.mark.parametrize("run", [lambda workflow: cs.aot(workflow).run(), cs.run], ids=["compiled", "interpreted"])
def test_a_failure_that_was_waited_for_has_no_foreign_context(run: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match="alone") as caught:
        run(fails(ValueError("alone")))
    assert caught.value.__context__ is None


# --- a sync workflow that meets an async one


@cs.task
def hides(name):
    return globals()[name]("found")


@cs.task
async def hidden(name):
    return name


@pytest.mark.parametrize("run", [lambda workflow: cs.aot(workflow)(), cs.run], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("inside_a_loop", [False, True])
def test_a_sync_workflow_that_meets_an_async_one_names_the_way_out(
    run: Callable[[Any], Any], inside_a_loop: bool
) -> None:
    async def main() -> None:
        with pytest.raises(cs.CascadeError, match=r"blueprints=\[hidden\]"):
            run(hides("hidden"))

    if inside_a_loop:
        asyncio.run(main())
    else:
        with pytest.raises(cs.CascadeError, match=r"blueprints=\[hidden\]"):
            run(hides("hidden"))


def test_the_way_out_works() -> None:
    assert asyncio.run(cs.aot(hides("hidden"), blueprints=[hidden])()) == "found"
