"""The structure of async runs, interpreted and compiled: what overlaps, who is cancelled, what is left behind."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

import cascade as cs

PATIENCE = 30.0
"""Seconds after which a run that hangs is a failure."""

log: list[str] = []
_events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
where: ContextVar[str] = ContextVar("where", default="nowhere")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    log.clear()
    _events.clear()
    yield


class Runs:
    """One way to run workflows: `start` gives a coroutine of the result; `governor` is what the last one used."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.governor: Any = None

    def start(self, workflow: Any, resources: tuple[Any, ...] = (), capacity: Any = None) -> Coroutine[Any, Any, Any]:
        if self.way in ("interpreted", "use_vm"):
            engine = cs.Engine(system_resources=capacity)
            for resource in resources:
                engine.register(resource)
            self.governor = engine.governor
            return engine.run(workflow, use_vm=self.way == "use_vm")
        observer = cs.MessageBus() if self.way == "observed" else None
        function = cs.aot(workflow, resources=resources, system_resources=capacity, observer=observer)
        self.governor = getattr(function, "governor", None)
        coroutine: Coroutine[Any, Any, Any] = function()
        return coroutine

    def run(self, workflow: Any, resources: tuple[Any, ...] = (), capacity: Any = None) -> Any:
        """The result; an error if it hangs or if it leaves tasks behind."""

        async def main() -> Any:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self.start(workflow, resources, capacity)
            finally:
                assert asyncio.all_tasks() == {asyncio.current_task()}

        return asyncio.run(main())


@pytest.fixture(params=["interpreted", "compiled", "observed", "use_vm"])
def runs(request: pytest.FixtureRequest) -> Runs:
    return Runs(request.param)


# --- tasks: they note their start and their end, and wait for the start of others ---------------------------------


@cs.task
async def job(name, after=(), given=None):
    log.append(f"start {name}")
    _events[name].set()
    for other in after:
        await _events[other].wait()
    await asyncio.sleep(0)
    log.append(f"end {name}")
    return name


@cs.task
def sync_job(name, given=None):
    log.append(f"sync {name}")
    return name


@cs.task
def row(*parts):
    log.append("row")
    return "".join(parts)


@cs.task
async def fails(error, after=()):
    for other in after:
        await _events[other].wait()
    log.append("fails")
    raise error


@cs.task
async def lingers(name, turns=3, error=None):
    log.append(f"start {name}")
    _events[name].set()
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(turns):
            await asyncio.sleep(0)
        log.append(f"end {name}")
        if error is not None:
            raise error


# --- overlap -------------------------------------------------------------------------------------------------------


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


# --- failure -------------------------------------------------------------------------------------------------------


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


# --- cancellation at any point -------------------------------------------------------------------------------------


def hold(name: str, base: Any = None) -> Iterator[str]:
    log.append(f"open {name}")
    try:
        yield name
    finally:
        log.append(f"close {name}")


@cs.resource
def pool():
    yield from hold("pool")


@cs.resource
async def session(base=cs.inject("pool")):
    await asyncio.sleep(0)
    log.append("open session")
    try:
        await asyncio.sleep(0)
        yield base
    finally:
        log.append("close session")
        await asyncio.sleep(0)


@cs.resource(scope="task")
async def cursor(base=cs.inject("session")):
    log.append("open cursor")
    try:
        yield base
    finally:
        log.append("close cursor")
        await asyncio.sleep(0)


@cs.task
async def query(name, source=cs.inject("session")):
    for _ in range(2):
        await asyncio.sleep(0)
    return name


@cs.task
async def shaky(name, tries, source=cs.inject("pool")):
    await asyncio.sleep(0)
    tries.append(name)
    if len(tries) % 3:
        raise OSError(name)
    return name


@cs.task
async def rounds(n, start, source=cs.inject("cursor")):
    await asyncio.sleep(0)
    if n == 0:
        return ["end", *start]
    if n % 2:
        return cs.tail(rounds, n=n - 1)
    return rounds(n - 1, [query(f"round {n}"), query("beside").with_constraints(gpu=2)])


@cs.task(mode="blocking")
def in_a_thread(name):
    return name


class AsyncCache:
    """A policy that takes its time."""

    async def check(self, key, inputs):
        await asyncio.sleep(0)
        return cs.MISS

    async def save(self, key, inputs, value):
        await asyncio.sleep(0)


CACHE = AsyncCache()
RESOURCES = (pool, session, cursor)
CAPACITY = {"gpu": 2}


def everything() -> Any:
    """A workflow of rows in rows, maps, policies, resources, and a loop at the end."""
    shared = query("shared").with_constraints(gpu=1)
    tries: list[str] = []
    left = flat(
        query.map(name=["x", "y", shared])
        .with_constraints(gpu=1)
        .with_cache(CACHE)
        .after(shared)
        .run_if(query("yes"))
    )
    right = [shared, shaky("z", tries).with_retry(max_attempts=3).with_constraints(gpu=2), in_a_thread("t")]
    return rounds(4, [joined(left, right).with_timeout(PATIENCE), query("last")])


@cs.task
async def joined(left, right):
    await asyncio.sleep(0)
    return f"{left}{right}"


@cs.task
async def flat(parts):
    return "".join(map(str, parts))


async def ticks(most: int, task: asyncio.Task[Any]) -> int:
    """Let the event loop pass until the task is done, at most so often."""
    passed = 0
    while passed < most and not task.done():
        await asyncio.sleep(0)
        passed += 1
    return passed


async def nothing_left(runs: Runs) -> None:
    """Nobody runs, nothing is held, and what was opened was closed in reverse."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    open_now: list[str] = []
    for line in log:
        what, _, name = line.partition(" ")
        if what == "open":
            open_now.append(name)
        elif what == "close":
            assert open_now.pop() == name, log
    assert open_now == []
    async with asyncio.timeout(PATIENCE), runs.governor.hold_async(CAPACITY):
        pass


@pytest.mark.parametrize("seed", range(40))
def test_a_cancellation_at_any_point_leaves_nothing_behind(runs: Runs, seed: int) -> None:
    dice = random.Random(seed)

    async def main() -> None:
        task = asyncio.ensure_future(runs.start(everything(), RESOURCES, CAPACITY))
        await ticks(dice.randrange(60), task)
        was_done = task.done()
        for _ in range(dice.choice([1, 1, 2, 3])):
            task.cancel()
            await ticks(dice.randrange(4), task)
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.cancelled() != was_done, task
        await nothing_left(runs)

    asyncio.run(main())


def test_without_a_cancellation_that_workflow_ends(runs: Runs) -> None:
    async def main() -> None:
        async with asyncio.timeout(PATIENCE):
            assert await runs.start(everything(), RESOURCES, CAPACITY) == ["end", "round 2", "beside"]
        await nothing_left(runs)

    asyncio.run(main())
    assert {"open pool", "open session", "open cursor"} <= set(log)


@pytest.mark.parametrize("seed", range(10))
def test_a_failure_at_any_point_leaves_nothing_behind(runs: Runs, seed: int) -> None:
    turns = random.Random(seed).randrange(40)

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await runs.start([everything(), breaks(turns)], RESOURCES, CAPACITY)
        await nothing_left(runs)

    asyncio.run(main())


@cs.task
async def breaks(turns):
    for _ in range(turns):
        await asyncio.sleep(0)
    raise ZeroDivisionError(turns)


# --- waiting within a running loop -----------------------------------------------------------------------------------


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


# --- a sync workflow that meets an async one -------------------------------------------------------------------------


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


# --- fairness --------------------------------------------------------------------------------------------------------


class Heart:
    """Beats beside a loop, which goes on until it has beaten often, or for so many rounds that it never will."""

    ENOUGH = 20

    def __init__(self) -> None:
        self.beats = 0

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self.beats += 1

    def goes_on(self, n: int) -> bool:
        return self.beats < self.ENOUGH and n < 20_000_000


@cs.task
async def spins(heart, n=0):
    return cs.tail(spins, n=n + 1) if heart.goes_on(n) else n


@cs.task
async def recurs(heart, n=0):
    return recurs(heart, n + 1) if heart.goes_on(n) else n


@cs.task
async def swings(heart, n=0):
    return cs.tail(swings_back, heart, n + 1) if heart.goes_on(n) else n


@cs.task
def swings_back(heart, n=0):
    return cs.tail(swings, heart, n + 1) if heart.goes_on(n) else n


@cs.task
async def jumps(heart, n=0):
    return cs.Jump("again", {"n": n + 1}) if heart.goes_on(n) else cs.Jump("end", n)


@cs.task
def plainly(heart, n=0):
    return cs.tail(plainly, n=n + 1) if heart.goes_on(n) else n


@cs.task
async def zero():
    return 0


def machine(heart: Heart) -> Any:
    step = jumps(heart)
    return cs.bind(step, cs.select_jump({"again": step, "end": None}))


async def beside_a_heart(start: Callable[[Heart], Awaitable[Any]]) -> Heart:
    """Run what `start` gives beside a heart that has begun to beat."""
    heart = Heart()
    beating = asyncio.create_task(heart.beat())
    await asyncio.sleep(0)
    await start(heart)
    beating.cancel()
    return heart


@pytest.mark.parametrize(
    "loop",
    [
        spins,
        recurs,
        swings,
        machine,
        lambda heart: plainly(heart, zero()),
        lambda heart: [spins(heart), recurs(heart), spins(heart)],
    ],
    ids=["tail calls", "recursion", "mutual", "jumps", "sync task", "three loops"],
)
def test_others_have_their_turn_beside_a_spinning_loop(runs: Runs, loop: Callable[[Heart], Any]) -> None:
    heart = asyncio.run(beside_a_heart(lambda heart: runs.start(loop(heart))))
    assert heart.beats >= Heart.ENOUGH


@pytest.mark.parametrize("loop", [spins, swings], ids=["tail calls", "mutual"])
def test_a_loop_that_never_yields_keeps_the_event_loop(loop: Callable[..., Any]) -> None:
    async def start(heart: Heart) -> None:
        assert await cs.aot(loop(heart, 19_900_000), yield_every=0)() == 20_000_000
        assert heart.beats == 0

    asyncio.run(beside_a_heart(start))
