"""Writes calls of tasks, copies, and what reads inputs."""

from __future__ import annotations

from cascade_gen.blueprint import Argument, Call, Copy, Inject, Missing, ReadEnv, ReadParam, Register, Skip

from . import nodes
from .function import Emitter, emits
from .given import is_expression
from .governed import governed
from .moving import moved_expression, moved_statements
from .nodes import Expression, Statement
from .with_ import with_


def call_expression(emitter: Emitter, call: Call) -> Expression:
    """The call itself, awaited where it has to be."""
    ref = emitter.tasks[call.task]
    moved = moved_expression(emitter, call) if emitter.plain else None
    if moved is not None:
        return moved
    value = bare_call(emitter, call)
    return nodes.await_(value) if ref.awaits else value


def bare_call(emitter: Emitter, call: Call) -> Expression:
    """The call, not awaited: of an async task it gives a coroutine."""
    emitter.moves.refuse(call.task, "it is called where a call is needed: beside others, or in a comprehension")
    mode = emitter.tasks[call.task].mode
    arguments = [_argument(emitter, one) for one in call.arguments]
    function = emitter.called(call.task)
    if mode == "inline":
        return nodes.raw(f"{function}({', '.join(arguments)})")
    return nodes.raw(f"{emitter.runtime('workers', mode)}({', '.join([function, *arguments])})")


def _argument(emitter: Emitter, argument: Argument) -> str:
    value = nodes.text_of(emitter.read(argument.value))
    return nodes.named(argument.keyword, value) if argument.keyword else "*" * argument.stars + value


def observed_task(emitter: Emitter, task: str, node: Register) -> Expression:
    """What tells of a task's execution: `events.task("fetch", "page")`."""
    name = nodes.literal(emitter.tasks[task].name)
    return nodes.call(f"{emitter.events}.task", name, nodes.literal(node.name))


def result(emitter: Emitter, target: Register, value: Expression) -> Statement:
    """`target = value`, or the value alone where nobody reads the target."""
    if emitter.is_read(target) or emitter.events:
        return nodes.assign(target.name, value)
    return nodes.expression(value)


def check(emitter: Emitter, call: Call) -> list[Statement]:
    """The error for a task that is no root and returns a redirect."""
    redirect = nodes.name(emitter.runtime("redirects", "Redirect"))
    target = nodes.name(call.target.name)
    test = nodes.call(emitter.names.builtin("isinstance"), target, redirect)
    name = nodes.literal(emitter.tasks[call.task].name)
    error = nodes.call(emitter.runtime("results", "misplaced"), name, target)
    return [nodes.if_([(test, [nodes.raise_(error)])], [])]


@emits(Call)
def _call(emitter: Emitter, call: Call) -> list[Statement]:
    return governed(emitter, call.task, call.target, lambda: _told_call(emitter, call))


def _told_call(emitter: Emitter, call: Call) -> list[Statement]:
    moved = _moved(emitter, call)
    if moved is not None:
        return moved
    value = call_expression(emitter, call)
    if emitter.events and not emitter.quiet:
        told = emitter.names.local("told")
        seen = nodes.assign(call.target.name, nodes.call(told, value))
        body = [seen, *check(emitter, call)] if call.checked else [seen]
        return [with_(observed_task(emitter, call.task, call.target), body, False, told)]
    if call.checked:
        return [nodes.assign(call.target.name, value), *check(emitter, call)]
    return [result(emitter, call.target, value)]


def is_statement(emitter: Emitter, call: Call) -> bool:
    """Whether a call is written as statements: its body moves, and is more than an expression here."""
    one = emitter.moves.at(call)
    return one is not None and not is_expression(emitter, one, call)


def _moved(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body in the place of the call, if that takes statements and it may move."""
    if not emitter.plain or not is_statement(emitter, call):
        return None
    statements = moved_statements(emitter, call)
    if statements is None or not call.checked:
        return statements
    return [*statements, *check(emitter, call)]


@emits(Copy)
def _copy(emitter: Emitter, copy: Copy) -> list[Statement]:
    if not emitter.is_read(copy.target):
        return []
    return [nodes.assign(copy.target.name, emitter.read(copy.source))]


@emits(ReadParam)
def _read_param(emitter: Emitter, one: ReadParam) -> list[Statement]:
    function = emitter.runtime("inputs", "read_param")
    arguments = [nodes.literal(one.name), nodes.name(one.source.name), emitter.read(one.type)]
    return [nodes.assign(one.target.name, nodes.call(function, *arguments))]


@emits(ReadEnv)
def _read_env(emitter: Emitter, one: ReadEnv) -> list[Statement]:
    arguments = [nodes.literal(one.name), emitter.read(one.type)]
    if one.default is not None:
        arguments.append(emitter.read(one.default))
    value = nodes.call(emitter.runtime("inputs", "read_env"), *arguments)
    return [result(emitter, one.target, value)]


def injection(emitter: Emitter, one: Inject) -> Expression:
    """What asks for a resource, awaited in async functions."""
    value = nodes.call(f"{emitter.use_scope()}.use", nodes.literal(one.resource))
    return nodes.await_(value) if emitter.blueprint.is_async else value


@emits(Inject)
def _inject(emitter: Emitter, one: Inject) -> list[Statement]:
    return [result(emitter, one.target, injection(emitter, one))]


@emits(Skip)
def _skip(emitter: Emitter, one: Skip) -> list[Statement]:
    if not emitter.events:
        return []
    name = nodes.literal(emitter.tasks[one.task].name)
    told = nodes.call(f"{emitter.events}.skipped", name, nodes.literal(one.node), emitter.read(one.reason))
    return [nodes.expression(told)]


@emits(Missing)
def _missing(emitter: Emitter, one: Missing) -> list[Statement]:
    error = emitter.runtime("results", "missing")
    return [nodes.raise_(nodes.call(error, nodes.literal(one.name), emitter.read(one.reason)))]
