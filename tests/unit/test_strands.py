"""Coroutines side by side, and results computed once."""

from __future__ import annotations

import asyncio
import gc
import warnings
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest

from cascade_gen.runtime.strands import once, once_async, together


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; fails on anything left over: tasks, warnings, exceptions that nobody asked for."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        try:
            return await main
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left

    gc.collect()  # what others left behind is not to be blamed on this
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            return asyncio.run(watched())
        finally:
            gc.collect()
            assert complaints == []
            assert [str(each.message) for each in warned] == []


class Page:
    """A value that can be seen to die."""


async def give(value: Any, passes: int = 1) -> Any:
    for _ in range(passes):
        await asyncio.sleep(0)
    return value


async def fail(error: BaseException, passes: int = 1) -> Any:
    for _ in range(passes):
        await asyncio.sleep(0)
    raise error


async def forever() -> Any:
    await asyncio.get_running_loop().create_future()


class TestTogether:
    def test_gives_results_in_order(self) -> None:
        async def main() -> list[Any]:
            return await together(give("a", 5), give("b"), give("c", 3))

        assert run(main()) == ["a", "b", "c"]

    def test_starts_left_to_right_and_overlaps(self) -> None:
        log: list[str] = []

        async def step(name: str) -> None:
            log.append(f"{name} starts")
            await asyncio.sleep(0)
            log.append(f"{name} ends")

        async def main() -> None:
            await together(step("a"), step("b"), step("c"))

        run(main())
        assert log == ["a starts", "b starts", "c starts", "a ends", "b ends", "c ends"]

    def test_no_work_and_one_work_make_no_task(self) -> None:
        async def which() -> Any:
            return asyncio.current_task()

        async def main() -> None:
            assert await together() == []
            assert await together(which()) == [asyncio.current_task()]

        run(main())

    def test_one_work_fails_as_itself(self) -> None:
        error = ValueError("bad")
        with pytest.raises(ValueError) as caught:
            run(together(fail(error)))
        assert caught.value is error

    @pytest.mark.parametrize("error", [ValueError("bad"), KeyError("k"), GeneratorExit()])
    def test_the_first_failure_goes_on_as_itself_once_the_others_have_ended(self, error: BaseException) -> None:
        log: list[str] = []

        async def careful() -> None:
            try:
                await forever()
            finally:
                await asyncio.sleep(0.01)
                log.append("cleaned up")

        async def main() -> None:
            try:
                await together(careful(), fail(error), fail(OSError("later"), 3), careful())
            finally:
                log.append("goes on")

        with pytest.raises(type(error)) as caught:
            run(main())
        assert caught.value is error
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        assert log == ["cleaned up", "cleaned up", "goes on"]

    def test_of_two_failures_in_one_pass_the_left_one_is_first(self) -> None:
        with pytest.raises(ValueError, match="left"):
            run(together(give(1), fail(ValueError("left")), fail(KeyError("right"))))

    def test_a_child_that_others_cancel_before_its_first_step_cancels_the_row(self) -> None:
        started: list[str] = []

        async def cancels_others() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task(), *before}:
                task.cancel()
            await forever()

        async def step(name: str) -> None:
            started.append(name)

        before: set[Any] = set()

        async def main() -> None:
            before.update(asyncio.all_tasks())
            with pytest.raises(asyncio.CancelledError):
                await together(cancels_others(), step("b"), step("c"))

        run(main())
        assert started == []

    def test_results_are_let_go_of_though_a_failure_is_kept(self) -> None:
        class Large:
            pass

        known: list[weakref.ref[Large]] = []

        async def made() -> Large:
            large = Large()
            known.append(weakref.ref(large))
            return large

        with pytest.raises(ValueError) as caught:
            run(together(made(), fail(ValueError("kept"))))
        gc.collect()
        assert caught.value.__traceback__ is not None
        assert known[0]() is None

    def test_what_cancelled_children_raise_does_not_replace_the_first_failure(self) -> None:
        async def spiteful() -> None:
            try:
                await forever()
            except asyncio.CancelledError:
                raise OSError("while being cancelled") from None

        with pytest.raises(ValueError, match="first"):
            run(together(spiteful(), fail(ValueError("first")), spiteful()))

    def test_a_child_that_ignores_its_cancellation_is_awaited(self) -> None:
        log: list[str] = []

        async def stubborn() -> None:
            try:
                await forever()
            except asyncio.CancelledError:
                await asyncio.sleep(0.01)
                log.append("done all the same")

        with pytest.raises(ValueError, match="first"):
            run(together(stubborn(), fail(ValueError("first"))))
        assert log == ["done all the same"]

    def test_cancelling_the_caller_cancels_all_and_goes_on(self) -> None:
        ended: list[str] = []

        async def step(name: str) -> None:
            try:
                await forever()
            finally:
                await asyncio.sleep(0)
                ended.append(name)

        async def main() -> None:
            task = asyncio.create_task(together(step("a"), step("b")))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()
            assert ended == ["a", "b"]

        run(main())

    def test_cancelling_goes_on_though_children_fail_meanwhile(self) -> None:
        async def spiteful() -> None:
            try:
                await forever()
            finally:
                raise OSError("while being cancelled")

        async def main() -> None:
            task = asyncio.create_task(together(spiteful(), spiteful()))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(main())

    def test_a_cancellation_while_a_failed_row_winds_up_is_not_lost(self) -> None:
        async def slow_to_end(winding: asyncio.Event) -> None:
            try:
                await forever()
            finally:
                winding.set()
                await asyncio.sleep(0.01)

        async def main() -> None:
            winding = asyncio.Event()
            task = asyncio.create_task(together(slow_to_end(winding), fail(ValueError("first"))))
            await winding.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(main())

    @pytest.mark.parametrize("nested", [False, True])
    def test_cancelled_before_it_starts_it_closes_its_works(self, nested: bool) -> None:
        async def main() -> None:
            works = together(give(1), together(give(2), give(3)) if nested else give(2))
            task = asyncio.create_task(works)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(main())

    def test_something_that_is_no_coroutine_is_a_type_error(self) -> None:
        not_a_coroutine: Any = 3
        with pytest.raises(TypeError):
            run(together(give(1), not_a_coroutine, give(2)))

    def test_a_child_that_cancels_itself_cancels_the_row(self) -> None:
        async def main() -> None:
            with pytest.raises(asyncio.CancelledError):
                await together(forever(), fail(asyncio.CancelledError()))
            current = asyncio.current_task()
            assert current is not None
            assert current.cancelling() == 0

        run(main())

    def test_nests_in_a_timeout(self) -> None:
        async def main() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await together(forever(), together(forever(), forever()))
            assert await together(give(1), give(2)) == [1, 2]  # no cancellation is left over

        run(main())

    def test_a_timeout_inside_one_strand_is_that_strands_failure(self) -> None:
        async def limited() -> None:
            async with asyncio.timeout(0.01):
                await together(forever(), forever())

        with pytest.raises(TimeoutError):
            run(together(forever(), limited()))

    def test_nests_in_a_task_group(self) -> None:
        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(together(forever(), forever()))
                group.create_task(fail(ValueError("in the group"), 3))

        with pytest.raises(ExceptionGroup) as caught:
            run(main())
        assert [str(each) for each in caught.value.exceptions] == ["in the group"]

    @pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
    def test_exits_end_the_program_and_others_clean_up(self, error: BaseException) -> None:
        ended: list[str] = []

        async def careful() -> None:
            try:
                await forever()
            finally:
                ended.append("careful")

        async def main() -> None:
            await together(careful(), fail(error), careful())

        with pytest.raises(type(error)):
            asyncio.run(main())
        assert ended == ["careful", "careful"]

    def test_closed_by_hand_it_cancels_its_tasks(self) -> None:
        async def main() -> None:
            works = together(forever(), forever())
            works.send(None)
            await asyncio.sleep(0)
            works.close()
            await asyncio.sleep(0.01)

        run(main())


class TestOnce:
    def test_runs_at_the_first_call_only(self) -> None:
        calls: list[int] = []

        def body() -> list[int]:
            calls.append(1)
            return calls

        page = once(body)
        assert calls == []
        assert page() is calls
        assert page() is calls
        assert calls == [1]

    def test_what_it_is_given_goes_once_it_has_run(self) -> None:
        given = Page()
        alive = weakref.ref(given)
        page = once(lambda first, second: [type(first), second], given, 2)
        del given
        gc.collect()
        assert alive() is not None
        assert page() == [Page, 2] == page()
        assert alive() is None

    def test_none_is_a_value(self) -> None:
        calls: list[int] = []
        page = once(lambda: calls.append(1))
        page()
        page()
        assert calls == [1]

    def test_what_the_body_raised_is_raised_again(self) -> None:
        errors = iter([ValueError("first"), ValueError("second")])

        def body() -> None:
            raise next(errors)

        page = once(body)
        for _ in range(2):
            with pytest.raises(ValueError, match="first"):
                page()

    def test_lets_go_of_its_body(self) -> None:
        class Large:
            alive = 0

            def __init__(self) -> None:
                Large.alive += 1

            def __del__(self) -> None:
                Large.alive -= 1

        def make() -> once[int]:
            large = Large()
            return once(lambda: id(large))

        page = make()
        assert Large.alive == 1
        page()
        assert Large.alive == 0


class TestOnceAsync:
    def test_the_first_caller_runs_it_in_its_own_task(self) -> None:
        ran_in: list[Any] = []

        async def body() -> str:
            ran_in.append(asyncio.current_task())
            await asyncio.sleep(0)
            return "value"

        async def main() -> None:
            page = once_async(body)
            assert await page() == "value"
            assert await page() == "value"
            assert ran_in == [asyncio.current_task()]

        run(main())

    def test_what_it_is_given_goes_once_it_has_run(self) -> None:
        given = Page()
        alive = weakref.ref(given)

        async def body(first: Page, second: int) -> list[Any]:
            await asyncio.sleep(0)
            return [type(first), second]

        async def main(page: once_async[list[Any]]) -> None:
            assert await page() == [Page, 2] == await page()
            assert alive() is None

        page = once_async(body, given, 2)
        del given
        gc.collect()
        assert alive() is not None
        run(main(page))

    def test_concurrent_callers_get_the_one_result(self) -> None:
        calls: list[int] = []

        async def body() -> list[int]:
            calls.append(1)
            await asyncio.sleep(0.01)
            return calls

        async def main() -> None:
            page = once_async(body)
            assert all(each is calls for each in await together(page(), page(), page()))

        run(main())
        assert calls == [1]

    def test_all_callers_get_the_same_exception(self) -> None:
        error = ValueError("bad")

        async def main() -> None:
            page = once_async(lambda: fail(error, 3))
            assert await asyncio.gather(page(), page(), return_exceptions=True) == [error, error]
            with pytest.raises(ValueError) as caught:
                await page()
            assert caught.value is error

        run(main())

    def test_an_exception_nobody_waits_for_makes_no_noise(self) -> None:
        async def main() -> None:
            page = once_async(lambda: fail(ValueError("bad"), 3))
            first = asyncio.create_task(page())
            waiter = asyncio.create_task(page())
            await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.wait([first, waiter])
            assert waiter.cancelled()
            assert isinstance(first.exception(), ValueError)

        run(main())

    def test_cancelling_one_waiter_leaves_the_others_alone(self) -> None:
        async def main() -> None:
            page = once_async(lambda: give("value", 10))
            tasks = [asyncio.create_task(page()) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[1].cancel()
            await asyncio.wait(tasks)
            assert tasks[1].cancelled()
            assert (tasks[0].result(), tasks[2].result()) == ("value", "value")

        run(main())

    def test_cancelling_the_first_caller_cancels_the_waiters(self) -> None:
        async def main() -> None:
            page = once_async(forever)
            tasks = [asyncio.create_task(page()) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
            with pytest.raises(asyncio.CancelledError):
                await page()

        run(main())

    @pytest.mark.parametrize("depth", range(4))
    @pytest.mark.parametrize("waiter_first", [False, True])
    def test_waiters_of_a_cancelled_body_do_not_hide_the_failure_behind_it(
        self, depth: int, waiter_first: bool
    ) -> None:
        """A strand fails, its row cancels who computes the page, and others wait for the page elsewhere."""

        async def main() -> None:
            page = once_async(forever)

            async def first() -> None:
                works: Coroutine[Any, Any, Any] = together(page(), fail(ValueError("reason"), 3))
                for _ in range(depth):  # the longer its way up, the later the reason is known
                    works = together(works, forever())
                await works

            async def waiter() -> None:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                await together(page(), give(1))

            if waiter_first:
                await together(waiter(), first())
            else:
                await together(first(), waiter())

        with pytest.raises(ValueError, match="reason"):
            run(main())
