"""Writes the policies around a call as plain control flow."""

from __future__ import annotations

import inspect

import libcst as cst

from cascade_gen.blueprint import Cached, Hold, Retry, Timeout

from . import nodes
from .function import Emitter, emit_block, emits
from .nodes import Expression, Statement
from .skeletons import expand


@emits(Retry)
def _retry(emitter: Emitter, retry: Retry) -> list[Statement]:
    return retry_statements(emitter, retry, emit_block(emitter, retry.block), [nodes.line(cst.Break())])


def retry_statements(
    emitter: Emitter, retry: Retry, body: list[Statement], after: list[Statement]
) -> list[Statement]:
    """A loop around `body`; `after` leaves it, and is empty where the body returns."""
    attempt = emitter.names.local("attempt")
    kinds = [emitter.read(kind) for kind in retry.retry_on]
    return expand(
        "retry",
        ATTEMPT=attempt,
        BODY=body,
        AFTER=after,
        KINDS=kinds[0] if len(kinds) == 1 else nodes.tuple_(kinds),
        MOST=nodes.literal(retry.max_attempts),
        PAUSE=_pause(emitter, retry, attempt),
    )


def _pause(emitter: Emitter, retry: Retry, attempt: str) -> list[Statement]:
    """The sleep before the next attempt: a constant where it doesn't change."""
    if retry.delay == 0 and retry.jitter == 0:
        return []
    seconds: Expression = nodes.literal(retry.delay)
    if retry.jitter or (retry.backoff != 1 and retry.delay) or retry.max_delay is not None:
        function = emitter.runtime("retry", "delay_before")
        limit = [retry.delay, retry.backoff, retry.max_delay, retry.jitter]
        seconds = nodes.call(function, nodes.name(attempt), *map(nodes.literal, limit))
    if emitter.blueprint.is_async:
        sleep = emitter.names.runtime("asyncio", "sleep")
        return [nodes.expression(nodes.await_(nodes.call(sleep, seconds)))]
    return [nodes.expression(nodes.call(emitter.names.runtime("time", "sleep"), seconds))]


@emits(Timeout)
def _timeout(emitter: Emitter, one: Timeout) -> list[Statement]:
    return timeout_statements(emitter, one, emit_block(emitter, one.block))


def timeout_statements(emitter: Emitter, one: Timeout, body: list[Statement]) -> list[Statement]:
    """`async with timeout(seconds):` around `body`."""
    timeout = nodes.call(emitter.names.runtime("asyncio", "timeout"), nodes.literal(one.seconds))
    return [with_(timeout, body, True)]


def with_(manager: Expression, body: list[Statement], is_async: bool, target: str = "") -> Statement:
    """`with manager as target:` around `body`."""
    name = cst.AsName(cst.Name(target)) if target else None
    asynchronous = cst.Asynchronous() if is_async else None
    return cst.With([cst.WithItem(manager, name)], nodes.block(body), asynchronous)


@emits(Hold)
def _hold(emitter: Emitter, one: Hold) -> list[Statement]:
    return hold_statements(emitter, one, emit_block(emitter, one.block))


def hold_statements(emitter: Emitter, one: Hold, body: list[Statement]) -> list[Statement]:
    """`with governor.hold(amounts, task):` around `body`."""
    is_async = emitter.blueprint.is_async
    governor = emitter.governor()
    keys = [nodes.literal(name) for name, _ in one.amounts]
    amounts = nodes.dict_(keys, [emitter.read(amount) for _, amount in one.amounts])
    task = nodes.literal(emitter.tasks[one.task].name)
    manager = nodes.call(f"{governor}.{'hold_async' if is_async else 'hold'}", amounts, task)
    return [with_(manager, body, is_async)]


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
        save = nodes.if_([(cst.UnaryOperation(cst.Not(), test), [save])], [])
    words = [nodes.literal(word) for word, _ in one.inputs]
    return expand(
        "cached",
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
    )
