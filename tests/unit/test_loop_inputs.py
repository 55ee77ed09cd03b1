"""A loop that carries an input of the workflow, wherever the loop stands."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs


@cs.task
def chosen(value: object) -> object:
    return value


@cs.task
def grow(n: int, *rest: int, total: Any = 0) -> Any:
    return cs.tail(grow, n - 1, *rest, total=total + 1) if n else [total, *rest]


@cs.workflow
def shared_route(key: object, start: int) -> Any:
    loop = grow(2, 7, total=start)
    return cs.Router(chosen(key), {1: loop, 2: key, 3: loop})


@cs.task
async def later(value: object) -> object:
    return value


@cs.workflow
def side_by_side(start: int) -> Any:
    return [later(1), grow(2, total=start), later(2)]


@pytest.mark.parametrize("inline", [True, False])
def test_a_loop_that_two_routes_share(inline: bool) -> None:
    run = cs.aot(shared_route, inline=inline)
    for key in (1, 3):
        assert run(key, 5) == [7, 7] == cs.run(shared_route, {"key": key, "start": 5})
    assert run(2, 5) == 2


@pytest.mark.parametrize("inline", [True, False])
def test_a_loop_beside_async_calls(inline: bool) -> None:
    assert cs.aot(side_by_side, inline=inline).run(5) == [1, [7], 2] == cs.run(side_by_side, {"start": 5})


@cs.task
def doubled(n: int) -> int:
    return 2 * n


@cs.task
def promised(n: int) -> list[Any]:
    return [doubled(n), n]


@cs.task
def kept(value: Any) -> list[Any]:
    return [value]


@cs.task
def counted(value: Any) -> int:
    return len(value)


@cs.task
def passed(n: int, log: Any) -> Any:
    if n == 0:
        return log
    return cs.tail(passed, n - 1, log=(*log, n))


@cs.workflow
def through_a_task(start: int) -> Any:
    return passed(2, kept(promised(start)))


@cs.workflow
def beside_its_length(start: int) -> Any:
    return passed(2, [counted(kept(promised(start)))])


@pytest.mark.parametrize("inline", [True, False])
def test_what_a_task_is_given_lazy_and_hands_on_is_computed_before_the_next_round(inline: bool) -> None:
    run = cs.aot(through_a_task, inline=inline)
    assert run(3) == ([6, 3], 2, 1) == cs.run(through_a_task, {"start": 3})


def test_what_is_made_of_lazies_and_holds_none_needs_no_look() -> None:
    run = cs.aot(beside_its_length)
    assert run(3) == (1, 2, 1) == cs.run(beside_its_length, {"start": 3})
    assert "settle" not in run.source


@cs.task
def asked(n: int, tag: str = "its own", log: Any = ()) -> Any:
    return cs.tail(answered, n - 1, log=(*log, tag)) if n else [tag, log]


@cs.task
def answered(n: int, log: Any = ()) -> Any:
    return cs.TailCall([n - 1], {"log": log}, "asked")


@cs.task
def entering(n: int) -> Any:
    return asked(n, log=(doubled(n),))


@pytest.mark.parametrize("inline", [True, False])
def test_a_call_with_lazies_enters_the_state_of_its_task(inline: bool) -> None:
    run = cs.aot(entering(2), blueprints=[asked(0, "bound")], inline=inline)
    assert run(2) == ["bound", (4, "its own")]
