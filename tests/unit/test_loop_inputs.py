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
