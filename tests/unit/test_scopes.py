"""Resources of sync workflows, held against nested `with` statements."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from cascade_gen.runtime.errors import ResourceError
from cascade_gen.runtime.scopes import Resource, Scope

Log = list[str]


def logged(log: Log, name: str) -> Callable[[], Iterator[str]]:
    def generator() -> Iterator[str]:
        log.append(f"+{name}")
        try:
            yield name
        finally:
            log.append(f"-{name}")

    return generator


def table(*resources: Resource) -> dict[str, Resource]:
    return {resource.name: resource for resource in resources}


def test_made_at_first_use_once_and_torn_down_last_in_first_out() -> None:
    log: Log = []
    resources = table(*(Resource(name, logged(log, name)) for name in "abc"))
    with Scope(resources) as scope:
        assert log == []
        assert [scope.use("b"), scope.use("a"), scope.use("b")] == ["b", "a", "b"]
        assert log == ["+b", "+a"]
    assert log == ["+b", "+a", "-a", "-b"]


def test_what_a_resource_injects_is_made_first_in_the_order_of_its_parameters() -> None:
    log: Log = []

    def service(pool: str, config: str) -> Iterator[tuple[str, str]]:
        log.append("+service")
        yield pool, config
        log.append("-service")

    resources = table(
        Resource("config", logged(log, "config")),
        Resource("database", logged(log, "database")),
        Resource("service", service, injects={"pool": "database", "config": "config"}),
    )
    with Scope(resources) as scope:
        assert scope.use("service") == ("database", "config")
    assert log == ["+database", "+config", "+service", "-service", "-config", "-database"]


def test_run_resources_live_in_the_parent_and_task_resources_for_a_round() -> None:
    log: Log = []
    resources = table(
        Resource("pool", logged(log, "pool"), "run"),
        Resource("session", logged(log, "session"), "task"),
    )
    with Scope(resources) as run:
        for _ in range(2):
            with run.fresh() as round_:
                assert (round_.use("session"), round_.use("pool"), round_.use("pool")) == (
                    "session",
                    "pool",
                    "pool",
                )
    assert log == ["+session", "+pool", "-session", "+session", "-session", "-pool"]


def test_callbacks_are_told_of_each_resource() -> None:
    log: Log = []
    resources = table(Resource("a", logged([], "a")), Resource("b", logged([], "b"), "task"))
    with Scope(resources, acquired=lambda n: log.append(f"+{n}"), released=lambda n: log.append(f"-{n}")) as run:
        with run.fresh() as round_:
            round_.use("a")
            round_.use("b")
            round_.use("a")
        assert log == ["+a", "+b", "-b"]
    assert log == ["+a", "+b", "-b", "-a"]


def test_released_is_told_even_if_the_teardown_fails() -> None:
    log: Log = []

    def failing() -> Iterator[int]:
        yield 1
        raise OSError("teardown")

    resources = table(Resource("a", logged([], "a")), Resource("failing", failing))
    with pytest.raises(OSError, match="teardown"), Scope(resources, released=log.append) as scope:
        scope.use("a")
        scope.use("failing")
    assert log == ["failing", "a"]


def test_the_generator_sees_the_exception_but_cannot_suppress_it() -> None:
    seen: list[object] = []

    def watching(name: str) -> Callable[[], Iterator[str]]:
        def generator() -> Iterator[str]:
            try:
                yield name
            except BaseException as error:
                seen.append((name, error))

        return generator

    error = KeyError("body")
    resources = table(Resource("a", watching("a")), Resource("b", watching("b")))
    with pytest.raises(KeyError) as caught, Scope(resources) as scope:
        scope.use("a")
        scope.use("b")
        raise error
    assert caught.value is error
    assert seen == [("b", error), ("a", error)]
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert "generator" not in frames


@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit])
def test_any_exception_goes_through(kind: type[BaseException]) -> None:
    log: Log = []
    error = kind("body")
    with pytest.raises(kind) as caught, Scope(table(Resource("a", logged(log, "a")))) as scope:
        scope.use("a")
        raise error
    assert caught.value is error
    assert log == ["+a", "-a"]


def quiet() -> Iterator[str]:
    try:
        yield "quiet"
    finally:
        pass


def raising_after() -> Iterator[str]:
    try:
        yield "raising"
    finally:
        raise ValueError("teardown")


def converting() -> Iterator[str]:
    try:
        yield "converting"
    except Exception as error:
        raise OSError("converted") from error


def failing_in_turn() -> Iterator[str]:
    try:
        yield "in turn"
    finally:
        try:
            raise LookupError("first")
        except LookupError:
            raise TypeError("second")  # noqa: B904 - the context is what is looked at


def chain(error: BaseException | None) -> list[str]:
    """An exception and those in the course of which it came up."""
    found = []
    while error is not None:
        found.append(f"{type(error).__name__}: {error} from {error.__cause__!r}")
        error = error.__context__
    return found


GENERATORS = [quiet, raising_after, converting, failing_in_turn]
BODIES = [None, KeyError("body"), StopIteration("body")]


@pytest.mark.parametrize("body", BODIES, ids=repr)
@pytest.mark.parametrize("first", GENERATORS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("second", GENERATORS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("third", GENERATORS, ids=lambda function: function.__name__)
def test_errors_of_teardown_are_those_of_nested_with_statements(
    body: Exception | None, first: Any, second: Any, third: Any
) -> None:
    def fail() -> None:
        if body is not None:
            raise type(body)(*body.args)

    def by_hand() -> None:
        with contextmanager(first)(), contextmanager(second)(), contextmanager(third)():
            fail()

    def by_scope() -> None:
        resources = table(Resource("1", first), Resource("2", second), Resource("3", third))
        with Scope(resources) as scope:
            for name in "123":
                scope.use(name)
            fail()

    assert outcome(by_scope) == outcome(by_hand)


def outcome(run: Callable[[], None]) -> list[str]:
    try:
        run()
    except Exception as error:
        return chain(error)
    return []


def test_an_error_of_teardown_is_what_those_below_see() -> None:
    seen: list[BaseException] = []

    def below() -> Iterator[str]:
        try:
            yield "below"
        except ValueError as error:
            seen.append(error)

    resources = table(Resource("below", below), Resource("raising", raising_after))
    with pytest.raises(ValueError, match="teardown") as caught, Scope(resources) as scope:
        scope.use("below")
        scope.use("raising")
    assert seen == [caught.value]


def test_a_generator_that_yields_nothing() -> None:
    def nothing() -> Iterator[int]:
        return
        yield 1

    resources = table(Resource("empty", nothing))
    with pytest.raises(ResourceError, match="resource 'empty' yielded nothing"), Scope(resources) as scope:
        scope.use("empty")


@pytest.mark.parametrize("body", [None, KeyError("body")], ids=repr)
def test_a_generator_that_yields_twice_is_closed_and_reported(body: Exception | None) -> None:
    log: Log = []

    def twice() -> Iterator[int]:
        try:
            with suppress(KeyError):
                yield 1
            yield 2
        finally:
            log.append("closed")

    resources = table(Resource("a", logged(log, "a")), Resource("twice", twice))
    message = "resource 'twice' yielded more than once"
    with pytest.raises(ResourceError, match=message) as caught, Scope(resources) as scope:
        scope.use("a")
        scope.use("twice")
        if body is not None:
            raise body
    assert log == ["+a", "closed", "-a"]
    assert caught.value.__context__ is body


def test_a_failure_to_make_a_resource_tears_down_those_before() -> None:
    log: Log = []

    def failing(a: str) -> Iterator[int]:
        raise OSError("no such host")
        yield 1

    resources = table(Resource("a", logged(log, "a")), Resource("failing", failing, injects={"a": "a"}))
    with pytest.raises(OSError, match="no such host"), Scope(resources) as scope:
        scope.use("failing")
    assert log == ["+a", "-a"]


async def asynchronous() -> Any:
    yield 1


def test_what_cannot_be_used_is_said() -> None:
    resources = table(
        Resource("a", quiet, injects={"b": "b"}),
        Resource("b", quiet, injects={"c": "c"}),
        Resource("c", quiet, injects={"a": "a"}),
        Resource("later", asynchronous, is_async=True),
        Resource("fine", quiet),
    )
    with Scope(resources) as scope:
        with pytest.raises(ResourceError, match="there is no resource 'd'; there are: a, b, c, fine, later"):
            scope.use("d")
        with pytest.raises(ResourceError, match="resource 'a' injects itself"):
            scope.use("a")
        with pytest.raises(ResourceError, match="resource 'later' is async, but the workflow is not"):
            scope.use("later")
    with pytest.raises(ResourceError, match="resource 'fine' is asked for after the end of its scope"):
        scope.use("fine")


def test_many_resources_fail_to_tear_down() -> None:
    resources = table(*(Resource(str(number), raising_after) for number in range(100)))
    with pytest.raises(ValueError, match="teardown") as caught, Scope(resources) as scope:
        for name in resources:
            scope.use(name)
    assert len(chain(caught.value)) == 100


def test_an_exit_stack_may_hold_a_scope() -> None:
    log: Log = []
    with ExitStack() as stack:
        assert stack.enter_context(Scope(table(Resource("a", logged(log, "a"))))).use("a") == "a"
    assert log == ["+a", "-a"]
