"""A `StopIteration` that a task raises comes out as it does of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cascade as cs


@cs.task
def stop(word: str) -> str:
    raise StopIteration(word)


@cs.task
def give(value: Any) -> Any:
    return value


@cs.task
def returned(word: str) -> Any:
    return give(stop(word))


@cs.task
async def stop_later(word: str) -> str:
    raise StopIteration(word)


def shared() -> list[Any]:
    node = stop("deferred")
    return [give(cs.Router(give("k"), {"k": give(node)})), give(node)]


RUNS: list[Callable[[Any], Any]] = [cs.run, lambda workflow: cs.aot(workflow).run()]


@pytest.mark.parametrize("run", RUNS, ids=["interpreted", "compiled"])
@pytest.mark.parametrize(
    ("workflow", "word"), [(stop("root"), "root"), (returned("graph"), "graph"), (shared(), "deferred")]
)
def test_as_itself(run: Callable[[Any], Any], workflow: Any, word: str) -> None:
    with pytest.raises(StopIteration, match=word) as caught:
        run(workflow)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("run", RUNS, ids=["interpreted", "compiled"])
def test_from_a_coroutine_it_is_a_runtime_error(run: Callable[[Any], Any]) -> None:
    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        run(stop_later("x"))


CALLED: list[str] = []


@cs.task
def stops_twice(word: str) -> str:
    CALLED.append(word)
    if len(CALLED) < 3:
        raise StopIteration(word)
    return word


@cs.task
async def later(value: Any) -> Any:
    return value


EVERY = [*RUNS, lambda workflow: cs.aot(workflow, inline=False).run()]


@pytest.mark.parametrize("run", EVERY, ids=["interpreted", "compiled", "called"])
@pytest.mark.parametrize("end", [give, later], ids=["sync", "async"])
@pytest.mark.parametrize("kind", [StopIteration, Exception, (KeyError, StopIteration)])
def test_is_retried_as_itself(run: Callable[[Any], Any], end: Any, kind: Any) -> None:
    CALLED.clear()
    assert run(end(stops_twice("again").with_retry(5, retry_on=kind))) == "again"
    assert CALLED == ["again"] * 3


@pytest.mark.parametrize("run", EVERY, ids=["interpreted", "compiled", "called"])
@pytest.mark.parametrize(("end", "raised"), [(give, StopIteration), (later, RuntimeError)], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("attempts", "kind", "times"), [(2, StopIteration, 2), (5, RuntimeError, 1), (5, KeyError, 1)]
)
def test_the_last_one_or_another_kind_comes_out(
    run: Callable[[Any], Any], end: Any, raised: type[Exception], attempts: int, kind: Any, times: int
) -> None:
    CALLED.clear()
    with pytest.raises(raised) as caught:
        run(end(stops_twice("once").with_retry(attempts, retry_on=kind)))
    assert len(CALLED) == times
    if raised is RuntimeError:
        assert str(caught.value) == "coroutine raised StopIteration"
        assert isinstance(caught.value.__cause__, StopIteration)


@pytest.mark.parametrize("end", [give, later], ids=["sync", "async"])
def test_events_show_the_same_of_both_executors(end: Any) -> None:
    told: list[list[str]] = []
    for run in (lambda bus: cs.run(node(), bus=bus), lambda bus: cs.aot(node(), observer=bus).run()):
        CALLED.clear()
        bus = cs.MessageBus()
        errors: list[str] = []
        told.append(errors)
        for kind in (cs.TaskRetrying, cs.TaskExecutionFinished):
            bus.subscribe(kind, lambda event, errors=errors: errors.append(f"{event.task}: {event.error!r}"))

        def node() -> Any:
            return end(stops_twice("again").with_retry(3, retry_on=StopIteration))

        assert run(bus) == "again"
    assert told[0] == told[1]
    assert told[0][:2] == ["stops_twice: StopIteration('again')"] * 2


SEEN: list[type[BaseException]] = []


@cs.resource
def watching() -> Any:
    try:
        yield 1
    except BaseException as error:
        SEEN.append(type(error))
        raise


@cs.task
def stops_with(word: str, watched: Any = cs.inject("watching")) -> str:
    raise StopIteration(word)


@pytest.mark.parametrize("inline", [True, False, None], ids=["compiled", "called", "interpreted"])
def test_a_resource_is_shown_it(inline: bool | None) -> None:
    SEEN.clear()
    with pytest.raises(StopIteration):
        if inline is None:
            cs.run(stops_with("x"), resources=[watching])
        else:
            cs.aot(stops_with("x"), resources=[watching], inline=inline).run()
    assert [one.__name__ for one in SEEN] == ["StopIteration"]
