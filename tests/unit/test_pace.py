"""Loops that never await by themselves and still leave the event loop its turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cascade_gen.runtime.pace import Pace


class Limit:
    """Ends loops that nobody else ends, as a failure."""

    def __init__(self) -> None:
        self.end = time.monotonic() + 30

    def check(self) -> None:
        assert time.monotonic() < self.end, "nobody else had a turn"


async def spin(stop: Callable[[], bool], every: float = 0.005, most: int = 16) -> int:
    """Go round without awaiting anything until `stop` says so; gives the number of turns given."""
    limit, turns = Limit(), 0
    with Pace(every, most) as pace:
        while True:
            for _ in pace.batch():
                if stop():
                    return turns
            limit.check()
            if pace.due():
                turns += 1
                await pace.turn()


async def spin_for_ever() -> int:
    return await spin(lambda: False)


def test_other_tasks_and_timers_have_their_turn() -> None:
    async def main() -> None:
        seen: list[int] = []

        async def heart() -> None:
            for beat in range(5):
                await asyncio.sleep(0.001)
                seen.append(beat)

        heartbeat = asyncio.create_task(heart())
        turns = await spin(heartbeat.done)
        assert seen == list(range(5))
        assert turns >= 5

    asyncio.run(main())


@pytest.mark.parametrize("agents", [2, 20])
def test_many_loops_leave_each_other_and_timers_their_turn(agents: int) -> None:
    async def main() -> None:
        going = set[int]()

        def all_run() -> bool:
            return len(going) == agents

        async def agent(number: int) -> int:
            def stop() -> bool:
                going.add(number)
                return heartbeat.done() and all_run()

            return await spin(stop)

        heartbeat = asyncio.create_task(asyncio.sleep(0.02))
        await asyncio.gather(*(agent(number) for number in range(agents)))

    asyncio.run(main())


def test_a_spinning_loop_can_be_cancelled_and_timed_out() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await spin_for_ever()
        tasks = [asyncio.create_task(spin_for_ever()) for _ in range(3)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)

    asyncio.run(main())


def turns_of_one_loop_alone() -> int:
    """Turns given in 50 ms by a loop that has the event loop for itself."""
    end = time.monotonic() + 0.05
    return asyncio.run(spin(lambda: time.monotonic() >= end))


def test_loops_that_ended_any_way_take_no_share() -> None:
    class Broken(Exception):
        pass

    async def fail() -> None:
        with Pace(0.005) as pace:
            while not pace.due():
                time.sleep(0.001)
            await pace.turn()
            raise Broken

    async def main() -> int:
        for _ in range(30):
            with pytest.raises(Broken):
                await fail()
            task = asyncio.create_task(spin_for_ever())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        end = time.monotonic() + 0.05
        return await spin(lambda: time.monotonic() >= end)

    # Were the sixty still counted, the share would be 200 times smaller, and the turns so many more.
    assert asyncio.run(main()) < 100


def test_a_loop_alone_gives_way_every_so_often_and_not_more() -> None:
    assert 1 <= turns_of_one_loop_alone() < 100


def test_zero_never_gives_way_and_needs_no_event_loop() -> None:
    with Pace(0, 16) as pace:
        for _ in range(3):
            assert len(list(pace.batch())) == 16
            time.sleep(0.01)
            assert not pace.due()


def test_batches_grow_to_the_most_allowed_and_no_further() -> None:
    async def main(most: int) -> list[int]:
        sizes = []
        with Pace(3600, most) as pace:
            for _ in range(12):
                sizes.append(len(list(pace.batch())))
                pace.due()
        return sizes

    assert asyncio.run(main(1)) == [1] * 12
    sizes = asyncio.run(main(100))
    assert sizes[0] == 1
    assert sizes == sorted(sizes)
    assert sizes[-1] == 100


def test_slow_rounds_are_looked_at_one_by_one() -> None:
    async def main() -> list[int]:
        sizes = []
        with Pace(0.005, 64) as pace:
            for number in range(20):
                size = 0
                for _ in pace.batch():
                    size += 1
                    if number >= 10:
                        time.sleep(0.002)
                sizes.append(size)
                if pace.due():
                    await pace.turn()
        return sizes

    # Late once, by a batch of the size that was right before.
    assert set(asyncio.run(main())[12:]) == {1}


def test_rounds_that_await_give_no_turns_besides() -> None:
    async def main() -> int:
        turns = 0
        with Pace(0.001) as pace:
            for _ in range(20):
                for _ in pace.batch():
                    await asyncio.sleep(0.002)
                turns += pace.due()
        return turns

    assert asyncio.run(main()) == 0


def test_rounds_of_which_some_await_give_turns_for_the_others() -> None:
    async def main() -> None:
        timer = asyncio.create_task(asyncio.sleep(0.02))
        rounds = 0
        limit = Limit()
        with Pace(0.005) as pace:
            while not timer.done():
                for _ in pace.batch():
                    rounds += 1
                    if rounds == 50:
                        await asyncio.sleep(0.001)
                limit.check()
                if pace.due():
                    await pace.turn()

    asyncio.run(main())


def test_many_short_loops_one_after_the_other_are_as_one_long() -> None:
    async def short() -> int:
        turns = 0
        with Pace(0.005) as pace:
            for _ in range(3):
                for _ in pace.batch():
                    time.sleep(0.0005)
                if pace.due():
                    turns += 1
                    await pace.turn()
        return turns

    async def main() -> None:
        timer = asyncio.create_task(asyncio.sleep(0.01))
        limit = Limit()
        while not timer.done():
            await short()
            limit.check()

    asyncio.run(main())


def test_nested_loops_give_way_too() -> None:
    async def main() -> None:
        timer = asyncio.create_task(asyncio.sleep(0.02))
        limit = Limit()
        with Pace(0.005) as outer:
            while not timer.done():
                for _ in outer.batch():
                    remaining = [timer.done()] * 100

                    def stop(remaining: list[Any] = remaining) -> bool:
                        return not remaining or remaining.pop()

                    await spin(stop)
                limit.check()
                if outer.due():
                    await outer.turn()

    asyncio.run(main())


def test_event_loops_share_nothing_with_each_other() -> None:
    async def main() -> None:
        with ThreadPoolExecutor(3) as pool:
            running = [pool.submit(turns_of_one_loop_alone) for _ in range(3)]
            assert all(each.result() < 100 for each in running)

    asyncio.run(main())
