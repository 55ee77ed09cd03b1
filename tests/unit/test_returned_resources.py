"""What graphs inject that tasks return: anything that is registered, whatever the workflow itself uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import cascade as cs

MADE: list[str] = []


@cs.resource
def base() -> Iterator[str]:
    MADE.append("base")
    yield "base"
    MADE.append("end of base")


@cs.resource
def session(inner: str = cs.inject("base")) -> Iterator[str]:
    yield f"session on {inner}"


@cs.resource(scope="task")
def cursor() -> Iterator[str]:
    MADE.append("cursor")
    yield f"cursor {MADE.count('cursor')}"


@cs.resource
async def channel() -> AsyncIterator[str]:
    yield "channel"


@cs.resource
def lost(inner: str = cs.inject("nobody's")) -> Iterator[str]:
    yield inner


@cs.task
def reads(n: int, source: str = cs.inject("session")) -> list[Any]:
    return [n, source]


@cs.task
def graph(n: int) -> Any:
    return reads(n)


@cs.task
def down(n: int, source: str = cs.inject("base")) -> Any:
    return source if n == 0 else down(n - 1)


@cs.task
def takes(value: object) -> object:
    return value


@cs.task
def late(n: int) -> Any:
    return takes(cs.inject("channel"))


@cs.task
def fresh(n: int, source: str = cs.inject("cursor")) -> Any:
    return [source] if n == 0 else cs.tail(fresh, n=n - 1) if n != 2 else cs.tail(fresh, n=1, source="given")


@cs.task
def natural(n: int, source: str = cs.inject("cursor")) -> Any:
    return source if n == 0 else natural(n - 1)


@cs.task
async def beside() -> int:
    return 1


RESOURCES = [base, session, cursor, channel]


@pytest.fixture(params=["interpreted", "compiled", "called"])
def run(request: pytest.FixtureRequest) -> Any:
    """Runs a workflow with resources on one of the paths."""
    MADE.clear()
    if request.param == "interpreted":
        return lambda workflow, resources: cs.run(workflow, resources=resources)
    inline = request.param == "compiled"
    return lambda workflow, resources: cs.aot(workflow, resources=resources, inline=inline).run()


def test_a_returned_graph_injects_what_only_it_uses(run: Any) -> None:
    assert run(graph(1), RESOURCES) == [1, "session on base"]
    assert MADE == ["base", "end of base"]


def test_a_returned_call_injects_what_was_given_the_first_time(run: Any) -> None:
    assert run(down(2, "given"), RESOURCES) == "base"


def test_what_nobody_registered_is_told(run: Any) -> None:
    with pytest.raises(cs.ResourceNotFoundError, match="'session'"):
        run(graph(1), [base])


def test_a_resource_that_nobody_uses_may_be_wrong(run: Any) -> None:
    assert run(graph(1), [lost, base, session]) == [1, "session on base"]


def test_an_async_resource_that_nobody_uses_leaves_a_run_sync() -> None:
    assert cs.aot(graph(1), resources=RESOURCES)() == [1, "session on base"]


def test_a_graph_that_needs_an_async_one_is_refused_in_a_sync_run(run: Any) -> None:
    with pytest.raises(cs.CascadeError, match="async, but it was met only now"):
        run(late(1), RESOURCES)


def test_in_an_async_run_graphs_use_sync_and_async_ones(run: Any) -> None:
    assert run([graph(1), late(1), beside()], RESOURCES) == [[1, "session on base"], "channel", 1]


def test_in_an_async_run_a_sync_graph_goes_round_with_a_resource_of_its_rounds(run: Any) -> None:
    @cs.task
    def returns(n: int) -> Any:
        return natural(n, "given")

    assert run([returns(2), beside()], RESOURCES) == ["cursor 2", 1]


def test_a_resource_is_injected_again_after_a_round_that_was_given_another(run: Any) -> None:
    assert run(fresh(3), RESOURCES) == ["cursor 3"]
    assert MADE == ["cursor", "cursor", "cursor"]


def test_a_returned_call_is_given_the_resource_it_asks_for_itself(run: Any) -> None:
    bound = down(3, source=cs.inject("session"))
    assert run(bound, RESOURCES) == "base"
    assert run(lazily(3, source=cs.inject("session")), RESOURCES) == ["base", 1]
    assert run(by_hand(3), RESOURCES) == "session on base"


@cs.task
def lazily(n: int, source: str = cs.inject("base"), last: int = 0) -> Any:
    return [source, last] if n == 0 else lazily(n - 1, last=takes(n))


@cs.task
def by_hand(n: int, source: str = cs.inject("base")) -> Any:
    return source if n == 0 else by_hand(n - 1, cs.inject("session"))


@cs.task
def given(n: int, source: Any = 0, last: int = 0) -> Any:
    if n == 0:
        return [source, last]
    return cs.tail(given, n=n - 1, last=n) if n % 2 else given(n - 1, source=takes(n))


def test_what_a_returned_call_is_given_stays_though_the_root_was_given_a_resource(run: Any) -> None:
    assert run(given(2, source=cs.inject("session")), RESOURCES) == [2, 1]
    assert run(given(3, source=cs.inject("base")), RESOURCES) == [2, 1]


def test_a_loop_may_have_a_resource_as_an_input_and_in_a_container(run: Any) -> None:
    source = cs.inject("session")
    assert run(given(0, source, [source]), RESOURCES) == ["session on base", ["session on base"]]
    assert run(given(2, [source], source), RESOURCES) == [2, 1]
