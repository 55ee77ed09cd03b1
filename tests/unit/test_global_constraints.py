"""Pauses, limits and rates that are set, changed and lifted while calls wait."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from cascade_gen.runtime.global_constraints import Constraint, parse_rate
from cascade_gen.runtime.governor import Governor

PATIENCE = 20.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, PATIENCE))


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


class Crowd:
    """Calls of tasks that run until they are told to end; `running` are those that were let through."""

    def __init__(self, governor: Governor) -> None:
        self.governor = governor
        self.running: list[str] = []
        self.reasons: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def call(self, name: str, task: str, **amounts: float) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._run(name, task, amounts))
        await settle()

    async def _run(self, name: str, task: str, amounts: dict[str, float]) -> None:
        async with self.governor.hold_async(amounts, task, self.reasons.append):
            self.running.append(name)
            await self._ends[name].wait()
        self.running.remove(name)

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await settle()

    async def close(self) -> None:
        await self.end(*self._ends)
        await asyncio.gather(*self.tasks.values())


# --- pauses ------------------------------------------------------------------------------------------------


def test_a_pause_stops_all_calls_until_it_is_resumed() -> None:
    async def main() -> None:
        governor = Governor({"gpu": 4})
        crowd = Crowd(governor)
        await crowd.call("before", "train")
        governor.pause()
        assert not governor.idle
        await crowd.call("a", "train")
        await crowd.call("b", "fetch", gpu=1)
        assert crowd.running == ["before"]
        assert crowd.reasons == ["paused (global)", "paused (global)"]
        governor.resume()
        await settle()
        assert crowd.running == ["before", "a", "b"]
        assert governor.idle
        await crowd.close()

    run(main())


def test_a_pause_of_a_pattern_leaves_other_tasks_alone() -> None:
    async def main() -> None:
        governor = Governor({"gpu": 1})
        crowd = Crowd(governor)
        governor.pause("task:fetch_*")
        await crowd.call("a", "fetch_page", gpu=1)
        await crowd.call("b", "train", gpu=1)
        await crowd.call("c", "Fetch_page")
        assert crowd.running == ["b", "c"]
        await crowd.end("b")
        governor.resume("task:fetch_*")
        await settle()
        assert crowd.running == ["c", "a"]
        await crowd.close()

    run(main())


def test_a_pause_with_a_time_to_live_ends_by_itself() -> None:
    async def main() -> None:
        governor = Governor()
        governor.pause(ttl=0.02)
        async with governor.hold_async({}, "train"):
            assert governor.constraints() == []
            assert governor.idle

    run(main())


def test_threads_wake_up_when_a_pause_ends_by_itself_or_is_resumed() -> None:
    governor = Governor()
    blocked, done = threading.Event(), threading.Event()

    def work() -> None:
        with governor.hold({}, "train", lambda reason: blocked.set()):
            done.set()

    for ttl in (0.02, None):
        governor.pause(ttl=ttl)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert blocked.wait(PATIENCE)
        if ttl is None:
            assert not done.is_set()
            governor.resume()
        assert done.wait(PATIENCE)
        thread.join(PATIENCE)
        blocked.clear()
        done.clear()


def test_a_time_to_live_set_later_reaches_those_who_wait_already() -> None:
    async def main() -> None:
        governor = Governor()
        crowd = Crowd(governor)
        governor.pause()
        await crowd.call("a", "train")
        governor.pause(ttl=0.01)
        await crowd.end("a")
        await crowd.tasks["a"]

    run(main())


def test_time_is_read_from_the_clock() -> None:
    async def main() -> None:
        clock = Clock()
        governor = Governor(clock=clock)
        crowd = Crowd(governor)
        governor.pause(ttl=3_600)
        governor.limit(5, "task:a", ttl=60)
        await crowd.call("a", "a")
        clock.now += 3_599
        assert governor.constraints() == [Constraint("pause", "global", None, 1.0)]
        await settle()
        assert crowd.running == []
        clock.now += 1
        assert governor.constraints() == []
        await settle()
        assert crowd.running == ["a"]
        await crowd.close()

    run(main())


# --- limits ------------------------------------------------------------------------------------------------


def test_a_limit_holds_for_the_calls_that_match() -> None:
    async def main() -> None:
        governor = Governor()
        crowd = Crowd(governor)
        governor.limit(2, "task:fetch*")
        for name in ("a", "b", "c", "d"):
            await crowd.call(name, f"fetch_{name}")
        await crowd.call("other", "train")
        assert crowd.running == ["a", "b", "other"]
        assert crowd.reasons[0] == "limit of 2 at a time (task:fetch*)"
        await crowd.end("a")
        assert crowd.running == ["b", "other", "c"]
        await crowd.close()

    run(main())


def test_a_limit_may_change_while_calls_run_and_wait() -> None:
    async def main() -> None:
        governor = Governor()
        crowd = Crowd(governor)
        governor.limit(1)
        for name in "abcde":
            await crowd.call(name, "fetch")
        assert crowd.running == ["a"]
        governor.limit(3)
        await settle()
        assert crowd.running == ["a", "b", "c"]
        governor.limit(1)
        await crowd.end("a", "b")
        assert crowd.running == ["c"]
        governor.lift()
        await settle()
        assert crowd.running == ["c", "d", "e"]
        await crowd.close()
        assert governor.idle

    run(main())


def test_all_constraints_of_a_call_hold_together() -> None:
    async def main() -> None:
        governor = Governor({"gpu": 2})
        crowd = Crowd(governor)
        governor.limit(3)
        governor.limit(1, "task:train")
        await crowd.call("a", "train", gpu=1)
        await crowd.call("b", "train", gpu=1)  # held back by its limit, so it keeps no gpu from others
        await crowd.call("c", "score", gpu=1)
        await crowd.call("d", "score")
        await crowd.call("e", "score")
        assert crowd.running == ["a", "c", "d"]
        await crowd.end("a")
        assert crowd.running == ["c", "d", "b"]
        await crowd.end("c")
        assert crowd.running == ["d", "b", "e"]
        await crowd.close()

    run(main())


def test_a_cancelled_call_gives_its_place_back() -> None:
    async def main() -> None:
        governor = Governor()
        crowd = Crowd(governor)
        governor.limit(1)
        for name in "abc":
            await crowd.call(name, "fetch")
        crowd.tasks["b"].cancel()
        crowd.tasks["a"].cancel()
        await settle()
        assert crowd.running == ["a", "c"]  # "a" never came to take itself off the list
        await crowd.end("c")
        await asyncio.gather(*crowd.tasks.values(), return_exceptions=True)
        async with governor.hold_async({}, "fetch"):
            pass

    run(main())


# --- rates -------------------------------------------------------------------------------------------------


def admitted(governor: Governor, task: str = "fetch") -> bool:
    """Whether a call may start now."""

    def refuse(reason: str) -> None:
        raise BlockingIOError(reason)

    try:
        with governor.hold({}, task, refuse):
            return True
    except BlockingIOError:
        return False


def test_a_rate_is_a_bucket_of_tokens() -> None:
    clock = Clock()
    governor = Governor(clock=clock)
    governor.rate_limit("3/m")
    assert [admitted(governor) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 19.9
    assert not admitted(governor)
    clock.now += 0.1
    assert [admitted(governor) for _ in range(2)] == [True, False]
    clock.now += 3_600  # no more than the bucket holds
    assert [admitted(governor) for _ in range(4)] == [True, True, True, False]


def test_a_bucket_holds_at_least_one_token() -> None:
    clock = Clock()
    governor = Governor(clock=clock)
    governor.rate_limit("0.5/s", "task:fetch")
    assert [admitted(governor), admitted(governor), admitted(governor, "train")] == [True, False, True]
    clock.now += 2
    assert [admitted(governor), admitted(governor)] == [True, False]


def test_a_call_that_is_cancelled_before_it_starts_gives_its_token_back() -> None:
    async def main() -> None:
        clock = Clock()
        governor = Governor(clock=clock)
        crowd = Crowd(governor)
        governor.rate_limit("1/m")
        governor.pause()
        await crowd.call("a", "fetch")
        governor.resume()
        crowd.tasks["a"].cancel()
        await asyncio.gather(*crowd.tasks.values(), return_exceptions=True)
        assert crowd.running == []
        assert admitted(governor)

    run(main())


def test_a_rate_may_change_and_never_refills_by_that() -> None:
    clock = Clock()
    governor = Governor(clock=clock)
    governor.rate_limit("2/h")
    assert [admitted(governor) for _ in range(3)] == [True, True, False]
    governor.rate_limit("60/m")
    assert not admitted(governor)
    clock.now += 1
    assert [admitted(governor), admitted(governor)] == [True, False]
    governor.lift(kind="rate_limit")
    assert admitted(governor)


def test_those_who_wait_for_a_rate_come_in_turn_by_themselves() -> None:
    async def main() -> None:
        governor = Governor()
        order: list[int] = []
        governor.rate_limit("200/s")
        for _ in range(200):
            assert admitted(governor)

        async def work(number: int) -> None:
            async with governor.hold_async({}, f"task{number % 2}"):
                order.append(number)

        await asyncio.gather(*(work(number) for number in range(6)))
        # Two that are let through at the same moment may start in any order, but for calls of one task.
        assert [number for number in order if number % 2 == 0] == [0, 2, 4]
        assert [number for number in order if number % 2 == 1] == [1, 3, 5]

    run(main())


def test_the_next_in_line_keeps_time_when_the_first_gives_up() -> None:
    async def main() -> None:
        governor = Governor()
        crowd = Crowd(governor)
        governor.rate_limit("50/s")
        while admitted(governor):
            pass
        await crowd.call("a", "fetch")
        await crowd.call("b", "fetch")
        crowd.tasks["a"].cancel()
        await crowd.end("b")
        await crowd.tasks["b"]

    run(main())


def test_threads_wait_for_a_rate() -> None:
    governor = Governor()
    governor.rate_limit("100/s")
    while admitted(governor):
        pass
    before = time.monotonic()
    with governor.hold({}, "fetch"), governor.hold({}, "fetch"):
        waited = time.monotonic() - before
    assert waited > 0.01  # one is due within a hundredth of a second, the other that much later


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("10/m", (10, 60)), ("1/s", (1, 1)), ("0.5/h", (0.5, 3_600)), (" 7 / d ", (7, 86_400))],
)
def test_rates(rate: str, parsed: tuple[float, float]) -> None:
    assert parse_rate(rate) == parsed


@pytest.mark.parametrize("rate", ["", "10", "10/", "/m", "10/w", "0/s", "-1/s", "nan/s", "inf/s", "a/s", 10, None])
def test_what_is_no_rate_is_refused(rate: Any) -> None:
    with pytest.raises(ValueError, match="a rate is a positive number"):
        Governor().rate_limit(rate)


# --- listing, lifting, refusing ----------------------------------------------------------------------------


def test_the_list_of_constraints_in_force() -> None:
    clock = Clock()
    governor = Governor(clock=clock)
    governor.rate_limit("10/m", "task:fetch*", ttl=30)
    governor.limit(3)
    governor.pause()
    governor.limit(4)
    clock.now += 10
    assert governor.constraints() == [
        Constraint("limit", "global", 4, None),
        Constraint("pause", "global", None, None),
        Constraint("rate_limit", "task:fetch*", "10/m", 20.0),
    ]
    governor.lift("global", "limit")
    assert [constraint.kind for constraint in governor.constraints()] == ["pause", "rate_limit"]
    governor.lift("task:fetch*")
    assert [constraint.kind for constraint in governor.constraints()] == ["pause"]
    governor.lift()
    governor.lift()
    assert governor.constraints() == []
    assert governor.idle


@pytest.mark.parametrize("scope", ["", "task", "task:", "Global", "fetch"])
def test_unknown_scopes_are_refused(scope: str) -> None:
    governor = Governor()
    for set_ in (governor.pause, governor.resume, governor.lift):
        with pytest.raises(ValueError, match="a scope is 'global' or 'task:<pattern>'"):
            set_(scope)
    with pytest.raises(ValueError, match="a scope is"):
        governor.limit(1, scope)
    with pytest.raises(ValueError, match="a scope is"):
        governor.rate_limit("1/s", scope)
    assert governor.idle


def test_measures_that_cannot_be_meant_are_refused() -> None:
    governor = Governor()
    with pytest.raises(ValueError, match="a limit is at least 1, not 0; to stop all calls, pause them"):
        governor.limit(0)
    for number in ("2", 1.5, True, None):
        with pytest.raises(TypeError, match="a limit is a whole number of calls; got"):
            governor.limit(number)  # type: ignore[arg-type]
    for seconds in ("2", True, [1]):
        with pytest.raises(TypeError, match="ttl is a number of seconds; got"):
            governor.pause(ttl=seconds)  # type: ignore[arg-type]
    for scope in (3, None, ["global"]):
        with pytest.raises(ValueError, match="a scope is 'global' or 'task:<pattern>', not"):
            governor.rate_limit("5/m", scope)  # type: ignore[arg-type]
    for ttl in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="ttl must be a positive number"):
            governor.pause(ttl=ttl)
    with pytest.raises(ValueError, match="kind is 'pause', 'limit' or 'rate_limit', not 'speed'"):
        governor.lift(kind="speed")
    assert governor.idle
