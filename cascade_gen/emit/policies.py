"""Writes the policies around a call as plain control flow."""

from __future__ import annotations

import inspect

import libcst as cst

from cascade_gen.blueprint import Block, Cached, Call, Hold, Register, Retry, Timeout
from cascade_gen.runtime.retry import LONGEST, delay_before

from . import nodes
from .calls import observed_task
from .function import Emitter, emit_block, emits
from .governed import governed, holding
from .nodes import Expression, Statement
from .skeletons import expand
from .with_ import with_

_MOST_ATTEMPTS = 50
"""Of so many attempts the delays are compared at most."""


@emits(Retry)
def _retry(emitter: Emitter, retry: Retry) -> list[Statement]:
    return governed(emitter, retry.task, _filled(retry.block), lambda: _told_retry(emitter, retry))


def _told_retry(emitter: Emitter, retry: Retry) -> list[Statement]:
    emitter.begun.clear()
    leave = [nodes.line(cst.Break())]
    if not emitter.events or emitter.quiet:
        return retry_statements(emitter, retry, emit_block(emitter, retry.block), leave)
    target = _filled(retry.block)
    told = emitter.names.local("told")
    emitter.quiet = True
    body = retry_statements(emitter, retry, emit_block(emitter, retry.block), leave)
    emitter.quiet = False
    seen = nodes.expression(nodes.call(told, nodes.name(target.name)))
    return [with_(observed_task(emitter, retry.task, target), [*body, seen], False, told)]


def _called(block: Block) -> Call:
    """The call within policies."""
    last = block[-1]
    while isinstance(last, Retry | Timeout | Hold):
        last = last.block[-1]
    assert isinstance(last, Call)
    return last


def _filled(block: Block) -> Register:
    """The register that the call within policies fills."""
    return _called(block).target


def retry_statements(
    emitter: Emitter, retry: Retry, body: list[Statement], after: list[Statement]
) -> list[Statement]:
    """A loop around `body`; `after` leaves it, and is empty where the body returns.

    What a failed attempt has in its variables dies with the exception, as in a frame that its traceback keeps.
    """
    attempt = emitter.names.local("attempt")
    kinds = [emitter.read(kind) for kind in retry.retry_on]
    error = emitter.names.local("error")
    emitter.unsure.update(emitter.begun)
    statements = expand(
        "retry_told" if emitter.events else "retry",
        ATTEMPT=attempt,
        BODY=body,
        AFTER=after,
        KINDS=kinds[0] if len(kinds) == 1 else nodes.tuple_(kinds),
        MOST=nodes.literal(retry.max_attempts),
        ERROR=error,
        PAUSE=[*_pause(emitter, retry, attempt, error), *nodes.forget(list(emitter.begun))],
    )
    return _never_misplaced(emitter, statements) if _called(retry.block).checked else statements


def _never_misplaced(emitter: Emitter, statements: list[Statement]) -> list[Statement]:
    """A task that returned what only a root may return hasn't failed, so that it isn't called again."""
    start, loop = statements
    assert isinstance(loop, cst.While) and isinstance(loop.body, cst.IndentedBlock)
    attempt = loop.body.body[0]
    assert isinstance(attempt, cst.Try)
    kind = nodes.name(emitter.runtime("errors", "MisplacedTailCallError"))
    handler = cst.ExceptHandler(nodes.block([nodes.line(cst.Raise())]), kind)
    handlers = [handler, *attempt.handlers]
    body = [attempt.with_changes(handlers=handlers), *loop.body.body[1:]]
    return [start, loop.with_changes(body=loop.body.with_changes(body=body))]


def _pause(emitter: Emitter, retry: Retry, attempt: str, error: str) -> list[Statement]:
    """The sleep before the next attempt: a constant where it doesn't change."""
    sleeps = retry.delay != 0 or retry.jitter != 0
    if not sleeps and not emitter.events:
        return []
    seconds = _seconds(emitter, retry, attempt)
    before: list[Statement] = []
    if emitter.events:
        pause = emitter.names.local("pause")
        words = [nodes.literal(emitter.tasks[retry.task].name), nodes.literal(_filled(retry.block).name)]
        failed = cst.BinaryOperation(nodes.name(attempt), cst.Subtract(), nodes.literal(1))
        last = [nodes.literal(retry.max_attempts), nodes.name(pause), nodes.name(error)]
        told = nodes.call(f"{emitter.events}.retrying", *words, failed, *last)
        before = [nodes.assign(pause, seconds), nodes.expression(told)]
        seconds = nodes.name(pause)
    if not sleeps:
        return before
    if emitter.blueprint.is_async:
        sleep = emitter.names.runtime("asyncio", "sleep")
        return [*before, nodes.expression(nodes.await_(nodes.call(sleep, seconds)))]
    return [*before, nodes.expression(nodes.call(emitter.names.runtime("time", "sleep"), seconds))]


def _seconds(emitter: Emitter, retry: Retry, attempt: str) -> Expression:
    """The seconds before the next attempt, as one would write them where that comes to the same for each attempt.

    Observers are told the very numbers of the runtime.
    """
    delay, backoff, most = retry.delay, retry.backoff, retry.max_delay
    if not retry.jitter and (backoff == 1 or not delay) and most is None:
        return nodes.literal(min(delay, LONGEST))
    if not (retry.jitter or emitter.events) and retry.max_attempts <= _MOST_ATTEMPTS:
        exact = [delay_before(number, delay, backoff, most) for number in range(2, retry.max_attempts + 1)]
        if len(set(exact)) <= 1:
            return nodes.literal(exact[0] if exact else delay)
        grown = _grown(delay, backoff, len(exact))
        power = f"{nodes.literal_text(backoff)} ** ({attempt} - 2)"
        seconds = nodes.raw(power if delay == 1 else f"{nodes.literal_text(delay)} * {power}")
        if exact == grown:
            return seconds
        if most is not None and exact == [min(pause, most) for pause in grown]:
            return nodes.call(emitter.names.builtin("min"), seconds, nodes.literal(most))
    given = map(nodes.literal, (delay, backoff, most, retry.jitter))
    return nodes.call(emitter.runtime("retry", "delay_before"), nodes.name(attempt), *given)


def _grown(delay: float, backoff: float, count: int) -> list[float]:
    """The first delays as operators give them; none where they get too large."""
    try:
        return [delay * backoff**times for times in range(count)]
    except OverflowError:
        return []


@emits(Timeout)
def _timeout(emitter: Emitter, one: Timeout) -> list[Statement]:
    filled = _filled(one.block)
    task = _called(one.block).task
    return governed(emitter, task, filled, lambda: timeout_statements(emitter, one, emit_block(emitter, one.block)))


def timeout_statements(emitter: Emitter, one: Timeout, body: list[Statement]) -> list[Statement]:
    """`async with timeout(seconds):` around `body`."""
    emitter.timed = True
    timeout = nodes.call(emitter.names.runtime("asyncio", "timeout"), nodes.literal(one.seconds))
    return [with_(timeout, body, True)]


@emits(Hold)
def _hold(emitter: Emitter, one: Hold) -> list[Statement]:
    emitter.held = True
    body = emit_block(emitter, one.block)
    emitter.held = False
    return hold_statements(emitter, one, body)


def hold_statements(emitter: Emitter, one: Hold, body: list[Statement]) -> list[Statement]:
    """`with governor.hold(amounts, task):` around `body`."""
    keys = [nodes.literal(name) for name, _ in one.amounts]
    amounts = nodes.dict_(keys, [emitter.read(amount) for _, amount in one.amounts])
    return [holding(emitter, amounts, one.task, _filled(one.block), body)]


@emits(Cached)
def _cached(emitter: Emitter, one: Cached) -> list[Statement]:
    ref = emitter.tasks[one.task]
    policy = emitter.blueprint.objects[one.policy.name]
    name = emitter.read(one.policy)
    inputs, key = emitter.names.local("inputs"), emitter.names.local("key")
    target = nodes.name(one.target.name)

    def method(word: str, *arguments: Expression) -> Expression:
        value: Expression = nodes.call(cst.Attribute(name, cst.Name(word)), *arguments)
        return nodes.await_(value) if inspect.iscoroutinefunction(getattr(policy, word)) else value

    save: Statement = nodes.expression(method("save", nodes.name(key), nodes.name(inputs), target))
    if not one.final:
        redirect = nodes.name(emitter.runtime("redirects", "Redirect"))
        test = nodes.call(emitter.names.builtin("isinstance"), target, redirect)
        save = nodes.if_([(nodes.negated(test), [save])], [])
    words = [nodes.literal(word) for word, _ in one.inputs]
    told = [nodes.literal(word) for word in (ref.name, one.target.name, "CacheHit")]
    hit = nodes.call(f"{emitter.events or 'events'}.skipped", *told)
    return expand(
        "cached_told" if emitter.events else "cached",
        INPUTS=inputs,
        VALUES=nodes.dict_(words, [emitter.read(value) for _, value in one.inputs]),
        KEY=key,
        CACHE_KEY=emitter.runtime("keys", "cache_key"),
        IDENTITY=nodes.literal(f"{ref.name}@{ref.source_hash}"),
        TARGET=one.target.name,
        CHECK=method("check", nodes.name(key), nodes.name(inputs)),
        MISS=emitter.runtime("sentinels", "MISS"),
        BODY=emit_block(emitter, one.block),
        SAVE=[save],
        HIT=[nodes.expression(hit)] if emitter.events else [],
    )
