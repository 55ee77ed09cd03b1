"""How the walker runs a loop: rounds of its states, until a result is no redirect."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from typing import Any

from cascade_gen.blueprint import Fill, Loop, State
from cascade_gen.blueprint.rewrite import injects_afresh
from cascade_gen.runtime import loops as runtime
from cascade_gen.runtime import states
from cascade_gen.runtime.binding import make_binder
from cascade_gen.runtime.pace import Pace
from cascade_gen.runtime.redirects import Redirect
from cascade_gen.runtime.rounds import Rounds
from cascade_gen.runtime.sentinels import KEEP

from .drive import Showing
from .walker import Walker, handles

_KINDS = {
    "positional": inspect.Parameter.POSITIONAL_ONLY,
    "standard": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "star": inspect.Parameter.VAR_POSITIONAL,
    "keyword": inspect.Parameter.KEYWORD_ONLY,
    "stars": inspect.Parameter.VAR_KEYWORD,
}


@handles(Loop)
async def _loop(walker: Walker, one: Loop) -> None:
    rounds, inputs = _begin(walker, one)
    kept: dict[str, Any] = {}
    index: int | None = 0
    is_async = walker.blueprint.is_async
    with Pace(walker.run.yield_every) if is_async else nullcontext() as pace:
        while index is not None:
            result = await _round(walker, one.states[index], inputs, kept)
            if not isinstance(result, Redirect):
                walker.values[one.target.name] = result
                return
            if is_async:
                index, inputs = await rounds.go_on_async(result, index, inputs)
            else:
                index, inputs = rounds.go_on(result, index, inputs)
            if pace is not None and pace.due():
                await pace.turn()
    walker.values[one.target.name] = inputs


def _begin(walker: Walker, one: Loop) -> tuple[Rounds, tuple[Any, ...]]:
    """The rounds of a loop and the inputs of its first one, from registers some of which then are gone."""
    initials = tuple(
        tuple(KEEP if item.initial is None else walker.read(item.initial) for item in state.inputs)
        for state in one.states
    )
    inputs = tuple(
        value if item.first is None else walker.read(item.first)
        for item, value in zip(one.states[0].inputs, initials[0], strict=True)
    )
    for name in walker.lifetimes.entered.get(id(one), ()):
        walker.values.pop(name, None)
    rounds = _trampoline(walker, one).rounds_of(initials if one.comes_back else (), every=walker.run.yield_every)
    return rounds, inputs


async def _round(walker: Walker, state: State, inputs: tuple[Any, ...], kept: dict[str, Any]) -> Any:
    inner = walker.inner()
    inner.kept = kept
    for item, value in zip(state.inputs, inputs, strict=True):
        inner.values[item.register.name] = value
    inner.deferred = dict(walker.deferred)
    if not injects_afresh(walker.blueprint, state):
        await inner.walk(state.block)
    elif walker.blueprint.is_async:
        async with Showing(walker.scope.fresh()) as inner.scope:
            await inner.walk(state.block)
    else:
        with Showing(walker.scope.fresh()) as inner.scope:
            await inner.walk(state.block)
    return inner.values[state.result.name]


@handles(Fill)
async def _fill(walker: Walker, fill: Fill) -> None:
    value = walker.values[fill.source.name]
    if value is KEEP and fill.target.name in walker.kept:
        value = walker.kept[fill.target.name]
    elif value is KEEP:
        await walker.walk(fill.block)
        value = walker.read(fill.result)
        if fill.kept:
            walker.kept[fill.target.name] = value
    walker.values[fill.target.name] = value


def _trampoline(walker: Walker, one: Loop) -> runtime.Loop:
    """The states as the runtime knows them."""
    links = {name: walker.read(link) for name, link in one.links}
    members = [_state(walker, state) for state in one.states]
    run = walker.run
    return runtime.Loop(*members, links=links, foreign=run.foreign, inner=run.inner, sync=run.sync)


def _state(walker: Walker, state: State) -> states.State:
    func = walker.tasks[state.task][1]
    parameters = [
        inspect.Parameter(
            item.parameter,
            _KINDS[item.kind],
            default=inspect.Parameter.empty if item.required or item.kind in ("star", "stars") else KEEP,
        )
        for item in state.inputs
    ]
    called = walker.blueprint.bound_tasks[state.task].called
    enter = make_binder(called, inspect.Signature(parameters))
    jumps = None if state.jumps is None else {walker.read(key): index for key, index in state.jumps}
    natural = jumps is None and state.is_plain
    return runtime.binds(state.name, func, called, jumps, natural, state.injected, state.method)(enter)
