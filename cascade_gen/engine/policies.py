"""How the walker runs the policies around a call: retry, timeout, constraints and cache."""

from __future__ import annotations

import asyncio
import inspect
import time
from functools import partial
from typing import Any

from cascade_gen.blueprint import Cached, Call, Hold, Retry, Timeout
from cascade_gen.runtime.errors import MisplacedTailCallError
from cascade_gen.runtime.frames import traceback_of
from cascade_gen.runtime.keys import cache_key
from cascade_gen.runtime.overdue import overdue
from cascade_gen.runtime.redirects import Redirect
from cascade_gen.runtime.retry import delay_before
from cascade_gen.runtime.sentinels import MISS

from .drive import Showing, Stopped, carried
from .walker import Walker, handles


def _node(block: Any) -> str:
    """The register that the call within policies fills."""
    inner = block[-1]
    while not hasattr(inner, "target"):
        inner = inner.block[-1]
    return str(inner.target.name)


@handles(Retry)
async def _retry(walker: Walker, one: Retry) -> None:
    task, node = walker.tasks[one.task][0].name, _node(one.block)
    await walker.governed(task, node, {}, partial(_told_retry, walker, one, task, node))


async def _told_retry(walker: Walker, one: Retry, task: str, node: str) -> None:
    kinds = tuple(walker.read(kind) for kind in one.retry_on)
    inner = walker.attempt()
    if walker.quiet or walker.run.events is None:
        await _attempts(walker, inner, one, kinds, node)
        return
    with Showing(walker.run.events.task(task, node)) as told:
        await _attempts(walker, inner, one, kinds, node)
        told(walker.values[node])


async def _attempts(
    walker: Walker, inner: Walker, one: Retry, kinds: tuple[type[BaseException], ...], node: str
) -> None:
    caught: tuple[type[BaseException], ...] = (Stopped, *kinds)
    attempt = 1
    while True:
        try:
            await inner.walk(one.block)
            return
        except MisplacedTailCallError:
            raise
        except caught as raised:
            if attempt == one.max_attempts or not isinstance(carried(raised), kinds):
                raise
            pause = delay_before(attempt + 1, one.delay, one.backoff, one.max_delay, one.jitter)
            if walker.run.events is not None:
                task = walker.tasks[one.task][0].name
                walker.run.events.retrying(task, node, attempt, one.max_attempts, pause, carried(raised))
            attempt += 1
        if one.delay or one.jitter:
            await _sleep(walker, pause)


async def _sleep(walker: Walker, seconds: float) -> None:
    if walker.blueprint.is_async:
        await asyncio.sleep(seconds)
    elif seconds > 0:
        time.sleep(seconds)


@handles(Timeout)
async def _timeout(walker: Walker, one: Timeout) -> None:
    call = one.block[-1]
    assert isinstance(call, Call)
    task = walker.tasks[call.task][0].name
    work = partial(_timed, walker.under_governor(), one, task)
    await walker.governed(task, call.target.name, {}, work)


async def _timed(walker: Walker, one: Timeout, task: str) -> None:
    try:
        async with asyncio.timeout(one.seconds):
            await walker.walk(one.block)
    except TimeoutError as error:  # it says what it is before anybody is told of it
        late = overdue(error)
        if late is not None and late.entered is traceback_of(error):
            late.end_in_wait()
            late.say(task, one.seconds)
        raise


@handles(Hold)
async def _hold(walker: Walker, one: Hold) -> None:
    amounts = {name: walker.read(amount) for name, amount in one.amounts}
    task, node = walker.tasks[one.task][0].name, _node(one.block)
    await walker.governed(task, node, amounts, partial(walker.under_governor().walk, one.block))


@handles(Cached)
async def _cached(walker: Walker, one: Cached) -> None:
    policy = walker.read(one.policy)
    ref = walker.tasks[one.task][0]
    inputs = {name: walker.read(value) for name, value in one.inputs}
    key = cache_key(f"{ref.name}@{ref.source_hash}", inputs)
    value = await _maybe(policy.check(key, inputs))
    if value is not MISS:
        walker.values[one.target.name] = value
        if walker.run.events is not None:
            walker.run.events.skipped(ref.name, one.target.name, "CacheHit")
        return
    await walker.walk(one.block)
    value = walker.values[one.target.name]
    if one.final or not isinstance(value, Redirect):
        await _maybe(policy.save(key, inputs, value))


async def _maybe(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
