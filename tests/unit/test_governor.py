"""The governor's amounts: atomic, first come first served, across threads and event loops."""

from __future__ import annotations

import asyncio
import decimal
import fractions
import random
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

from cascade_gen.runtime.governor import Governor

PATIENCE = 20.0  # seconds after which a test has failed; nothing waits that long if all is well


class Caller:
    """A thread that holds amounts until it is told to leave."""

    def __init__(self, governor: Governor, amounts: Mapping[str, float], task: str = "") -> None:
        self.reason = ""
        self._waits = threading.Event()
        self._holds = threading.Event()
        self._leave = threading.Event()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(governor, amounts, task), daemon=True)
        self._thread.start()

    def _run(self, governor: Governor, amounts: Mapping[str, float], task: str) -> None:
        with governor.hold(amounts, task, self._blocked):
            self._holds.set()
            self._leave.wait(PATIENCE)
        self._left.set()

    def _blocked(self, reason: str) -> None:
        self.reason = reason
        self._waits.set()

    def waits(self) -> bool:
        """It has been told to wait, and does."""
        assert self._waits.wait(PATIENCE)
        return not self._holds.is_set()

    def holds(self) -> bool:
        return self._holds.wait(PATIENCE)

    def leaves(self) -> bool:
        self._leave.set()
        return self._left.wait(PATIENCE)


def held(caller: Caller) -> Caller:
    assert caller.holds()
    return caller


def waiting(caller: Caller) -> Caller:
    assert caller.waits()
    return caller


# --- one thread --------------------------------------------------------------------------------------------


def test_what_is_held_is_missing_until_it_is_put_back() -> None:
    governor = Governor({"gpu": 2, "mem_gb": 16})
    with governor.hold({"gpu": 1, "mem_gb": 10}), governor.hold({"gpu": 1}):
        first = waiting(Caller(governor, {"mem_gb": 7}))
        second = waiting(Caller(governor, {"gpu": 1}))
        assert first.reason == "waits for mem_gb=7"
        assert second.reason == "waits for gpu=1"
    assert first.holds()
    assert second.holds()
    assert first.leaves()
    assert second.leaves()
    with governor.hold({"gpu": 2, "mem_gb": 16}):
        pass


def test_names_that_the_system_does_not_limit_are_free() -> None:
    governor = Governor({"gpu": 1, "endless": float("inf")})
    with governor.hold({"disk": 1e9}), governor.hold({"disk": 5, "gpu": 1, "endless": 1e300}):
        with governor.hold({"gpu": 0, "disk": 1}):
            pass
        with Governor().hold({"gpu": 3}):
            pass


def test_amounts_are_put_back_on_failure() -> None:
    governor = Governor({"gpu": 1})
    for _ in range(3):
        with pytest.raises(KeyError), governor.hold({"gpu": 1}):
            raise KeyError
    with governor.hold({"gpu": 1}):
        pass


@pytest.mark.parametrize(
    ("amount", "kind", "message"),
    [
        (2, ValueError, "Resource requirement 'gpu=2' exceeds total system capacity (1.0)."),
        (1.5, ValueError, "Resource requirement 'gpu=1.5' exceeds total system capacity (1.0)."),
        (float("inf"), ValueError, "Resource requirement 'gpu=inf' exceeds total system capacity (1.0)."),
        (-1, ValueError, "Resource amount 'gpu=-1' must not be negative or NaN."),
        (float("nan"), ValueError, "Resource amount 'gpu=nan' must not be negative or NaN."),
        ("1", TypeError, "Resource amount 'gpu' must be a number, not '1' of type 'str'."),
        (None, TypeError, "Resource amount 'gpu' must be a number, not None of type 'NoneType'."),
        (True, TypeError, "Resource amount 'gpu' must be a number, not True of type 'bool'."),
        (1j, TypeError, "Resource amount 'gpu' must be a number, not 1j of type 'complex'."),
        (
            decimal.Decimal(1),
            TypeError,
            "Resource amount 'gpu' must be a number, not Decimal('1') of type 'Decimal'.",
        ),
    ],
)
def test_impossible_amounts_are_refused_at_once(amount: Any, kind: type[Exception], message: str) -> None:
    governor = Governor({"gpu": 1})
    ask: list[Callable[[Mapping[str, float]], object]] = [governor.hold, governor.hold_async, governor.check]
    for function in ask:
        with pytest.raises(kind) as caught:
            function({"mem": 1, "gpu": amount})
        assert str(caught.value) == message
    with governor.hold({"gpu": 1}):
        pass


@pytest.mark.parametrize("amount", [-1, float("nan"), "1", None])
def test_amounts_of_unlimited_names_and_capacities_are_checked_too(amount: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="Resource amount 'disk"):
        Governor({"gpu": 1}).hold({"disk": amount})
    with pytest.raises((ValueError, TypeError), match="Resource amount 'gpu"):
        Governor({"gpu": amount})


def test_fractions_are_numbers() -> None:
    governor = Governor({"gpu": fractions.Fraction(1, 2)})  # type: ignore[dict-item]
    with governor.hold({"gpu": fractions.Fraction(1, 2)}):  # type: ignore[dict-item]
        assert waiting(Caller(governor, {"gpu": 0.1})).reason
    with pytest.raises(ValueError, match=r"exceeds total system capacity \(0.5\)"):
        governor.check({"gpu": 0.6})


def test_rounding_does_not_add_up() -> None:
    governor = Governor({"share": 0.3})
    for _ in range(1_000):
        with governor.hold({"share": 0.1}), governor.hold({"share": 0.1}), governor.hold({"share": 0.1}):
            pass
        with governor.hold({"share": 0.07}), governor.hold({"share": 0.23}):
            pass
    with governor.hold({"share": 0.3}):
        pass


def test_a_governor_that_was_never_constrained_is_idle() -> None:
    governor = Governor({"gpu": 1})
    assert governor.idle
    with governor.hold({"gpu": 1}):
        assert governor.idle


# --- threads -----------------------------------------------------------------------------------------------


def test_first_come_first_served() -> None:
    governor = Governor({"gpu": 1})
    holder = held(Caller(governor, {"gpu": 1}))
    line = [waiting(Caller(governor, {"gpu": 1})) for _ in range(5)]
    assert holder.leaves()
    for position, caller in enumerate(line):
        assert caller.holds()
        assert all(later.waits() for later in line[position + 1 :])
        assert caller.leaves()


def test_a_big_request_is_not_overtaken_by_small_ones() -> None:
    governor = Governor({"gpu": 4})
    holder = held(Caller(governor, {"gpu": 1}))
    big = waiting(Caller(governor, {"gpu": 4}))
    small = waiting(Caller(governor, {"gpu": 1}))
    assert holder.leaves()
    assert big.holds()
    assert small.waits()
    assert big.leaves()
    assert small.holds()
    assert small.leaves()


def test_requests_for_other_names_need_not_wait() -> None:
    governor = Governor({"gpu": 1, "mem": 8})
    holder = held(Caller(governor, {"gpu": 1}))
    both = waiting(Caller(governor, {"gpu": 1, "mem": 1}))
    other = waiting(Caller(governor, {"mem": 1}))  # `both` came first and wants some of it
    elsewhere = held(Caller(governor, {"disk": 1}))
    assert holder.leaves()
    assert both.holds()
    assert other.holds()
    for caller in (both, other, elsewhere):
        assert caller.leaves()
    holder = held(Caller(governor, {"gpu": 1}))
    waiter = waiting(Caller(governor, {"gpu": 1}))
    free = held(Caller(governor, {"mem": 8}))
    for caller in (free, holder, waiter):
        assert caller.leaves()


def test_amounts_are_taken_all_at_once_or_not_at_all() -> None:
    governor = Governor({"a": 1, "b": 1})
    holder = held(Caller(governor, {"a": 1}))
    both = waiting(Caller(governor, {"a": 1, "b": 1}))
    assert holder.leaves()
    assert both.holds()
    assert both.leaves()


def test_an_exception_of_the_callback_takes_the_request_out_of_line() -> None:
    governor = Governor({"gpu": 1})

    def refuse(reason: str) -> None:
        raise OSError(reason)

    with (
        governor.hold({"gpu": 1}),
        pytest.raises(OSError, match="waits for gpu=1"),
        governor.hold({"gpu": 1}, "", refuse),
    ):
        pass
    with governor.hold({"gpu": 1}):
        pass


def test_many_threads_never_hold_more_than_there_is() -> None:
    capacities = {"a": 3, "b": 5.0, "c": 1}
    governor = Governor(capacities)
    in_use = dict.fromkeys(capacities, 0.0)
    lock = threading.Lock()
    trouble: list[str] = []

    def work(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(150):
            names = dice.sample(list(capacities), dice.randint(1, 3))
            amounts = {name: dice.randint(1, int(capacities[name])) for name in names}
            with governor.hold(amounts, str(seed % 3)):
                with lock:
                    for name, amount in amounts.items():
                        in_use[name] += amount
                        if in_use[name] > capacities[name]:
                            trouble.append(name)
                with lock:
                    for name, amount in amounts.items():
                        in_use[name] -= amount

    threads = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert trouble == []
    with governor.hold(capacities):
        pass


# --- event loops -------------------------------------------------------------------------------------------


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, PATIENCE))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_tasks_wait_their_turn_without_stopping_the_loop() -> None:
    governor = Governor({"gpu": 2})
    order: list[int] = []
    most = 0
    now = 0

    async def work(number: int) -> None:
        nonlocal most, now
        async with governor.hold_async({"gpu": 1}, "work"):
            order.append(number)
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(50)))
        assert order == list(range(50))
        assert most == 2

    run(main())


def test_callers_are_told_why_they_wait() -> None:
    governor = Governor({"gpu": 1})
    reasons: list[str] = []

    async def work() -> None:
        async with governor.hold_async({"gpu": 1}, "work", reasons.append):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(work(), work(), work())

    run(main())
    assert reasons == ["waits for gpu=1", "waits for gpu=1"]


def test_a_cancelled_waiter_leaves_the_line() -> None:
    governor = Governor({"gpu": 4})
    order: list[str] = []

    async def work(name: str, amount: int) -> None:
        async with governor.hold_async({"gpu": amount}):
            order.append(name)

    async def main() -> None:
        async with governor.hold_async({"gpu": 1}):
            big = asyncio.create_task(work("big", 4))
            await settle()
            small = asyncio.create_task(work("small", 1))
            await settle()
            assert order == []
            big.cancel()
            await small  # which only `big` had kept from it
        assert order == ["small"]
        with pytest.raises(asyncio.CancelledError):
            await big
        await work("again", 4)

    run(main())


def test_a_waiter_cancelled_as_its_turn_comes_passes_it_on() -> None:
    governor = Governor({"gpu": 1})
    order: list[str] = []

    async def work(name: str) -> None:
        async with governor.hold_async({"gpu": 1}):
            order.append(name)

    async def main() -> None:
        async with governor.hold_async({"gpu": 1}):
            first = asyncio.create_task(work("first"))
            second = asyncio.create_task(work("second"))
            await settle()
        first.cancel()  # it has been let through, but had no turn yet
        await second
        assert order == ["second"]
        assert first.cancelled()

    run(main())


def test_amounts_are_put_back_on_cancellation() -> None:
    governor = Governor({"gpu": 1})

    async def hang() -> None:
        async with governor.hold_async({"gpu": 1}):
            await asyncio.sleep(60)

    async def main() -> None:
        for _ in range(3):
            task = asyncio.create_task(hang())
            await settle()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with governor.hold_async({"gpu": 1}):
            pass

    run(main())


def test_many_waiters_that_are_cancelled_in_any_order() -> None:
    governor = Governor({"a": 2, "b": 1})
    dice = random.Random(7)
    done = 0

    async def work(amounts: dict[str, float]) -> None:
        nonlocal done
        async with governor.hold_async(amounts):
            await asyncio.sleep(0)
        done += 1

    async def main() -> None:
        shapes: list[dict[str, float]] = [{"a": 1}, {"a": 2}, {"b": 1}, {"a": 1, "b": 1}]
        tasks = [asyncio.create_task(work(dice.choice(shapes))) for _ in range(300)]
        while not all(task.done() for task in tasks):
            dice.choice(tasks).cancel()
            await asyncio.sleep(0)
        assert done == sum(not task.cancelled() for task in tasks)
        async with governor.hold_async({"a": 2, "b": 1}):
            pass

    run(main())


def test_threads_and_event_loops_share_a_governor() -> None:
    governor = Governor({"gpu": 1})
    now = 0
    trouble: list[int] = []

    def enter() -> None:
        nonlocal now
        now += 1
        if now != 1:
            trouble.append(now)

    def leave() -> None:
        nonlocal now
        now -= 1

    async def work() -> None:
        for _ in range(20):
            async with governor.hold_async({"gpu": 1}):
                enter()
                await asyncio.sleep(0)
                leave()

    async def three() -> None:
        await asyncio.gather(work(), work(), work())

    def plain() -> None:
        for _ in range(60):
            with governor.hold({"gpu": 1}):
                enter()
                leave()

    targets: list[Callable[[], object]] = [plain, plain, lambda: run(three()), lambda: run(three())]
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert trouble == []


def test_a_line_of_thousands_moves_on() -> None:
    governor = Governor({"gpu": 1, "mem": 1})
    done = 0

    async def work(number: int) -> None:
        nonlocal done
        async with governor.hold_async({"gpu": 1} if number % 2 else {"mem": 1}):
            await asyncio.sleep(0)
            done += 1

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(5_000)))

    run(main())
    assert done == 5_000
