"""Resources of async workflows: overlapping first uses, cancellation, and nested `async with` statements."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cascade_gen.runtime.async_scopes import AsyncScope
from cascade_gen.runtime.errors import ResourceError
from cascade_gen.runtime.scopes import Resource

Log = list[str]


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run it, and see that it leaves nothing behind and nothing for the loop to complain of."""

    async def watched() -> Any:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        try:
            return await main
        finally:
            await asyncio.sleep(0)
            gc.collect()  # what nobody has looked at is complained of when it dies
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert complaints == []

    return asyncio.run(watched())


def table(*resources: Resource) -> dict[str, Resource]:
    return {resource.name: resource for resource in resources}


def logged(log: Log, name: str, pause: float = 0.0) -> Callable[..., AsyncIterator[str]]:
    async def generator(**injected: object) -> AsyncIterator[str]:
        log.append(f"({name}")
        await asyncio.sleep(pause)
        log.append(f"+{name}")
        try:
            yield name
        finally:
            log.append(f"-{name}")
            await asyncio.sleep(0)

    return generator


def logged_sync(log: Log, name: str) -> Callable[..., Iterator[str]]:
    def generator(**injected: object) -> Iterator[str]:
        log.append(f"+{name}")
        try:
            yield name
        finally:
            log.append(f"-{name}")

    return generator


def resource(log: Log, name: str, pause: float = 0.0, **options: Any) -> Resource:
    return Resource(name, logged(log, name, pause), is_async=True, **options)


def test_made_once_and_torn_down_last_in_first_out() -> None:
    log: Log = []
    resources = table(resource(log, "a"), Resource("b", logged_sync(log, "b")), resource(log, "c"))

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            assert [await scope.use(name) for name in "abcab"] == list("abcab")
        assert log == ["(a", "+a", "+b", "(c", "+c", "-c", "-b", "-a"]

    run(main())


def test_tasks_that_overlap_share_one_and_the_order_is_that_of_completion() -> None:
    log: Log = []
    resources = table(resource(log, "slow", 0.01), resource(log, "fast"))

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            found = await asyncio.gather(*(scope.use(name) for name in ("slow", "slow", "fast", "slow")))
            assert found == ["slow", "slow", "fast", "slow"]
        assert log == ["(slow", "(fast", "+fast", "+slow", "-slow", "-fast"]

    run(main())


def test_what_is_injected_is_shared_by_those_who_overlap() -> None:
    log: Log = []
    resources = table(
        resource(log, "config", 0.005),
        resource(log, "database", injects={"config": "config"}),
        Resource("clock", logged_sync(log, "clock"), injects={"config": "config"}),
    )

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            await asyncio.gather(*(scope.use(name) for name in ("database", "clock", "config", "clock")))
        assert log == [
            "(config",
            "+config",
            "(database",
            "+clock",
            "+database",
            "-database",
            "-clock",
            "-config",
        ]

    run(main())


def test_run_resources_live_in_the_parent_and_task_resources_for_a_round() -> None:
    log: Log = []
    resources = table(resource(log, "pool"), resource(log, "session", scope="task"))

    async def main() -> None:
        async with AsyncScope(resources) as whole:
            for _ in range(2):
                async with whole.fresh() as round_:
                    await asyncio.gather(*(round_.use(n) for n in ("session", "pool", "session", "pool")))
        assert [step for step in log if step[0] != "("] == [
            "+session",
            "+pool",
            "-session",
            "+session",
            "-session",
            "-pool",
        ]

    run(main())


def test_callbacks_are_told_of_each_resource() -> None:
    told: Log = []
    resources = table(resource([], "a"), Resource("b", logged_sync([], "b")))

    async def main() -> None:
        scope = AsyncScope(
            resources, acquired=lambda n: told.append(f"+{n}"), released=lambda n: told.append(f"-{n}")
        )
        async with scope:
            await scope.use("a")
            await scope.use("b")
            await scope.use("a")
            assert told == ["+a", "+b"]
        assert told == ["+a", "+b", "-b", "-a"]

    run(main())


def test_a_failure_goes_to_all_who_wait_and_the_rest_is_torn_down() -> None:
    log: Log = []

    async def failing(a: str) -> AsyncIterator[str]:
        log.append("try")
        await asyncio.sleep(0.005)
        raise OSError("no such host")
        yield "never"

    resources = table(
        resource(log, "a"),
        Resource("failing", failing, injects={"a": "a"}, is_async=True),
        Resource("above", logged_sync(log, "above"), injects={"below": "failing"}),
    )

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            names = ("failing", "above", "failing", "above")
            found = await asyncio.gather(*(scope.use(name) for name in names), return_exceptions=True)
            assert len({id(error) for error in found}) == 1
            assert isinstance(found[0], OSError)
        assert log == ["(a", "+a", "try", "-a"]

    run(main())


def test_a_failure_that_nobody_waits_for_is_no_complaint() -> None:
    async def failing() -> AsyncIterator[str]:
        await asyncio.sleep(0.005)
        raise OSError("no such host")
        yield "never"

    async def main() -> None:
        async with AsyncScope(table(Resource("failing", failing, is_async=True))) as scope:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(scope.use("failing"), 0.001)
            await asyncio.sleep(0.01)

    run(main())


def test_the_cancellation_of_who_asked_first_leaves_the_others_their_resource() -> None:
    log: Log = []

    async def main() -> None:
        async with AsyncScope(table(resource(log, "a", 0.01))) as scope:
            first = asyncio.create_task(scope.use("a"))
            second = asyncio.create_task(scope.use("a"))
            await asyncio.sleep(0)
            first.cancel()
            assert await second == "a"
            assert first.cancelled()
        assert log == ["(a", "+a", "-a"]

    run(main())


def test_what_is_being_made_at_the_end_is_cancelled() -> None:
    log: Log = []

    async def slow() -> AsyncIterator[str]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        yield "never"

    resources = table(resource(log, "a"), Resource("slow", slow, is_async=True))

    async def main() -> None:
        with pytest.raises(KeyError, match="body"):
            async with AsyncScope(resources) as scope:
                await scope.use("a")
                waiting = asyncio.create_task(scope.use("slow"))
                unstarted = asyncio.create_task(scope.use("slow"))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                raise KeyError("body")
        assert log == ["(a", "+a", "cancelled", "-a"]
        assert await asyncio.gather(waiting, unstarted, return_exceptions=True) != ["never", "never"]

    run(main())


def test_what_never_came_to_its_first_step_is_given_up() -> None:
    log: Log = []

    async def main() -> None:
        scope = AsyncScope(table(resource(log, "a")))
        async with scope:
            step = scope.use("a")
            step.send(None)  # its task is made, and the loop has had no turn yet
            step.close()
        assert log == []

    run(main())


def test_what_will_not_be_cancelled_is_torn_down_once_made() -> None:
    log: Log = []

    async def stubborn() -> AsyncIterator[str]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append("not now")
        try:
            yield "late"
        finally:
            log.append("torn down")

    async def main() -> None:
        async with AsyncScope(table(Resource("stubborn", stubborn, is_async=True))) as scope:
            waiting = asyncio.create_task(scope.use("stubborn"))
            await asyncio.sleep(0.001)
        assert log == ["not now", "torn down"]
        assert await waiting == "late"

    run(main())


def test_cancelling_the_workflow_tears_everything_down() -> None:
    log: Log = []
    resources = table(resource(log, "a"), resource(log, "b"))

    async def work() -> None:
        async with AsyncScope(resources) as scope:
            await scope.use("a")
            await scope.use("b")
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        while "+b" not in log:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["(a", "+a", "(b", "+b", "-b", "-a"]

    run(main())


def test_a_cancellation_during_teardown_reaches_it_and_leaves_out_nothing() -> None:
    log: Log = []
    entered = asyncio.Event()

    async def slow_to_leave() -> AsyncIterator[str]:
        try:
            yield "slow"
        finally:
            entered.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                log.append("interrupted")
                raise

    async def below() -> AsyncIterator[str]:
        try:
            yield "below"
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            log.append("below saw it")
            raise

    resources = table(Resource("below", below, is_async=True), Resource("slow", slow_to_leave, is_async=True))

    async def work() -> None:
        async with AsyncScope(resources) as scope:
            await scope.use("below")
            await scope.use("slow")

    async def main() -> None:
        task = asyncio.create_task(work())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["interrupted", "below saw it"]

    run(main())


@pytest.mark.parametrize("turns", range(30))
def test_no_moment_of_cancellation_leaves_out_a_teardown_or_gets_lost(turns: int) -> None:
    log: Log = []
    resources = table(
        resource(log, "a"),
        resource(log, "b", injects={"a": "a"}),
        Resource("c", logged_sync(log, "c"), injects={"b": "b"}),
    )

    async def work() -> None:
        async with AsyncScope(resources) as scope:
            await scope.use("c")

    async def main() -> None:
        task = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.cancel():
            with pytest.raises(asyncio.CancelledError):
                await task
        made = [step[1:] for step in log if step[0] == "+"]
        assert [step[1:] for step in log if step[0] == "-"] == made[::-1]

    run(main())


def test_a_generator_enters_and_leaves_in_one_task() -> None:
    async def grouped() -> AsyncIterator[asyncio.TaskGroup]:
        task = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            yield group
        assert asyncio.current_task() is task

    log: Log = []

    async def note() -> None:
        log.append("ran")

    async def main() -> None:
        async with AsyncScope(table(Resource("group", grouped, is_async=True))) as scope:
            group = await asyncio.create_task(scope.use("group"))
            group.create_task(note())
        assert log == ["ran"]

    run(main())


def test_what_a_generator_started_may_fail_and_the_error_comes_out_at_the_end() -> None:
    async def failing() -> None:
        raise OSError("background")

    async def grouped() -> AsyncIterator[int]:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            yield 1

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            async with AsyncScope(table(Resource("group", grouped, is_async=True))) as scope:
                await scope.use("group")
                await asyncio.sleep(0.005)
        assert [str(error) for error in caught.value.exceptions] == ["background"]

    run(main())


def test_a_sync_generator_runs_in_the_task_that_asks() -> None:
    def reading() -> Iterator[Any]:
        yield asyncio.current_task()

    async def main() -> None:
        async with AsyncScope(table(Resource("reading", reading))) as scope:
            assert await scope.use("reading") is asyncio.current_task()

    run(main())


def test_a_generator_sees_the_context_of_who_asks() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="default")

    async def reading() -> AsyncIterator[str]:
        yield variable.get()

    async def main() -> None:
        variable.set("set")
        async with AsyncScope(table(Resource("reading", reading, is_async=True))) as scope:
            assert await scope.use("reading") == "set"

    run(main())


def test_the_generator_sees_the_exception_but_cannot_suppress_it() -> None:
    seen: list[BaseException] = []

    async def watching() -> AsyncIterator[int]:
        try:
            yield 1
        except BaseException as error:
            seen.append(error)

    error = KeyError("body")
    resources = table(Resource("a", watching, is_async=True), Resource("b", watching, is_async=True))

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            await scope.use("a")
            await scope.use("b")
            raise error

    with pytest.raises(KeyError) as caught:
        run(main())
    assert caught.value is error
    assert seen == [error, error]


async def quiet() -> AsyncIterator[str]:
    try:
        yield "quiet"
    finally:
        await asyncio.sleep(0)


async def raising_after() -> AsyncIterator[str]:
    try:
        yield "raising"
    finally:
        raise ValueError("teardown")


async def converting() -> AsyncIterator[str]:
    try:
        yield "converting"
    except Exception as error:
        await asyncio.sleep(0)
        raise OSError("converted") from error


async def failing_in_turn() -> AsyncIterator[str]:
    try:
        yield "in turn"
    finally:
        try:
            raise LookupError("first")
        except LookupError:
            raise TypeError("second")  # noqa: B904 - the context is what is looked at


def chain(error: BaseException | None) -> Log:
    found = []
    while error is not None:
        found.append(f"{type(error).__name__}: {error} from {error.__cause__!r}")
        error = error.__context__
    return found


async def outcome(body: Callable[[], Awaitable[None]]) -> Log:
    try:
        await body()
    except Exception as error:
        return chain(error)
    return []


GENERATORS = [quiet, raising_after, converting, failing_in_turn]


@pytest.mark.parametrize("body", [None, KeyError("body"), StopIteration("body")], ids=repr)
def test_errors_of_teardown_are_those_of_nested_with_statements(body: Exception | None) -> None:
    def fail() -> None:
        if body is not None:
            raise type(body)(*body.args)

    async def compare(first: Any, second: Any, third: Any) -> None:
        async def by_hand() -> None:
            async with (
                asynccontextmanager(first)(),
                asynccontextmanager(second)(),
                asynccontextmanager(third)(),
            ):
                fail()

        async def by_scope() -> None:
            functions = {"1": first, "2": second, "3": third}
            resources = table(*(Resource(n, f, is_async=True) for n, f in functions.items()))
            async with AsyncScope(resources) as scope:
                for name in "123":
                    await scope.use(name)
                fail()

        assert await outcome(by_scope) == await outcome(by_hand)

    async def main() -> None:
        for first in GENERATORS:
            for second in GENERATORS:
                for third in GENERATORS:
                    await compare(first, second, third)

    run(main())


def test_generators_that_yield_nothing_or_twice() -> None:
    log: Log = []

    async def nothing() -> AsyncIterator[int]:
        return
        yield 1

    async def twice() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")

    async def use(name: str, function: Any) -> None:
        async with AsyncScope(table(Resource(name, function, is_async=True))) as scope:
            await scope.use(name)

    with pytest.raises(ResourceError, match="resource 'empty' yielded nothing"):
        run(use("empty", nothing))
    with pytest.raises(ResourceError, match="resource 'double' yielded more than once"):
        run(use("double", twice))
    assert log == ["closed"]


def test_what_cannot_be_used_is_said() -> None:
    resources = table(
        Resource("a", quiet, injects={"b": "b"}, is_async=True),
        Resource("b", quiet, injects={"a": "a"}, is_async=True),
        Resource("fine", quiet, is_async=True),
    )

    async def main() -> None:
        async with AsyncScope(resources) as scope:
            with pytest.raises(ResourceError, match="there is no resource 'd'; there are: a, b, fine"):
                await scope.use("d")
            found = await asyncio.gather(scope.use("a"), scope.use("b"), return_exceptions=True)
            assert [str(error) for error in found] == [
                f"resource {name!r} injects itself, directly or by way of others" for name in "ab"
            ]
        with pytest.raises(ResourceError, match="asked for after the end of its scope"):
            await scope.use("fine")

    run(main())
