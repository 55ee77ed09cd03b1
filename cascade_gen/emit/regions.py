"""Writes what runs side by side, later, or once for each item: local functions and loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from cascade_gen.blueprint import Block, Call, Defer, Force, Loop, Map, Parallel, Register
from cascade_gen.blueprint.rewrite import count_reads, surely_written

from . import nodes
from .calls import bare_call
from .function import Emitter, emit_block, emits
from .maps import as_parameters, comprehension, item_target, map_expression, positions
from .nodes import Expression, Statement
from .shared import shared_work
from .tails import emit_tail


@emits(Parallel)
def _parallel(emitter: Emitter, parallel: Parallel) -> list[Statement]:
    statements: list[Statement] = []
    works: list[Expression] = []
    targets: list[Expression] = []
    given = emitter.exports(parallel.branches)
    for branch, exports in zip(parallel.branches, given, strict=True):
        work, needed = _work(emitter, branch, exports)
        statements.extend(needed)
        works.append(work)
        targets.append(_target(emitter, exports))
    value = nodes.await_(nodes.call(emitter.runtime("strands", "together"), *works))
    if not any(given):
        return [*statements, nodes.expression(value)]
    return [*statements, nodes.assign(nodes.tuple_(targets, parentheses=False), value)]


def _target(emitter: Emitter, exports: list[Register]) -> Expression:
    if len(exports) == 1:
        return nodes.name(exports[0].name)
    if not exports:
        return nodes.name(emitter.names.unused)
    return nodes.tuple_([nodes.name(one.name) for one in exports])


def _work(emitter: Emitter, branch: Block, exports: list[Register]) -> tuple[Expression, list[Statement]]:
    """The coroutine of a branch, and the local function it needs, if any."""
    only = branch[0]
    if (
        len(branch) == 1
        and isinstance(only, Call)
        and not only.checked
        and emitter.plain
        and emitter.tasks[only.task].awaits
    ):
        return _bare(emitter, only), []
    if len(branch) == 1 and isinstance(only, Force) and _read(emitter, only.results) == exports:
        return nodes.call(only.name), []
    shared = shared_work(emitter, branch, exports, _body)
    if shared is not None:
        return nodes.call(*shared), []
    written = exports or surely_written(branch)
    word = emitter.names.local(f"{written[-1].name}_branch" if written else "branch")
    body = _body(emitter, _without_unread(emitter, branch, exports), exports)
    return nodes.call(word), [nodes.function(word, cst.Parameters(), body, is_async=True)]


def _without_unread(emitter: Emitter, branch: Block, exports: list[Register]) -> Block:
    """A branch that waits for deferred work without a name for what it neither reads nor gives of its results."""
    read = count_reads(branch)
    read.update(one.name for one in exports)
    return tuple(_waiting(emitter, one, read) if isinstance(one, Force) else one for one in branch)


def _waiting(emitter: Emitter, force: Force, read: Counter[str]) -> Force:
    given = _read(emitter, force.results)
    if not any(read[one.name] for one in given):
        return replace(force, results=())
    unused = Register(emitter.names.unused)
    results = tuple(one if read[one.name] else unused for one in given)
    if unused in results:
        emitter.reads[unused.name] = 1  # it has its place among the others
    return replace(force, results=results)


def _body(emitter: Emitter, block: Block, results: Sequence[Register]) -> list[Statement]:
    """The statements of a block that is a function of its own, and the return of its results."""
    around, emitter.unsure = emitter.unsure, {}
    body = _written(emitter, block, results)
    emitter.unsure = around
    return body


def _written(emitter: Emitter, block: Block, results: Sequence[Register]) -> list[Statement]:
    if len(results) == 1 and block and not isinstance(block[-1], Loop):
        return emit_tail(emitter, block, results[0])
    body = emit_block(emitter, block, more=False)
    values = [nodes.name(one.name) for one in results]
    if not values:
        return body
    return nodes.returning(body, values[0] if len(values) == 1 else nodes.tuple_(values, parentheses=False))


def _bare(emitter: Emitter, call: Call) -> Expression:
    """The only call of a block as it stands, not awaited."""
    emitter.leave(call)
    return bare_call(emitter, call)


@emits(Defer)
def _defer(emitter: Emitter, defer: Defer) -> list[Statement]:
    is_async, results = emitter.blueprint.is_async, _read(emitter, defer.results)
    once = ""
    if defer.name in emitter.forced_again:
        once = emitter.runtime("strands", "once_async" if is_async else "once")
    shared = shared_work(emitter, defer.block, results, _body)
    if shared is not None:
        work, *given = shared
        binding = once or (emitter.names.runtime("functools", "partial") if given else "")
        return [nodes.assign(defer.name, nodes.call(binding, work, *given) if binding else work)]
    decorators = [nodes.name(once)] if once else []
    body = _body(emitter, defer.block, results)
    return [nodes.function(defer.name, cst.Parameters(), body, is_async=is_async, decorators=decorators)]


def _read(emitter: Emitter, results: Sequence[Register]) -> list[Register]:
    """Those of the results of deferred work that anybody reads, which it gives."""
    return [one for one in results if emitter.is_read(one)]


@emits(Force)
def _force(emitter: Emitter, force: Force) -> list[Statement]:
    value: Expression = nodes.call(force.name)
    if emitter.blueprint.is_async:
        value = nodes.await_(value)
    targets = [nodes.name(one.name) for one in _read(emitter, force.results)]
    wanted = emitter.pinned.union(*emitter.busy)  # by what is written around, which has counted its reads
    if not targets or all(emitter.is_over(one.name) and one.name not in wanted for one in force.results):
        return [nodes.expression(value)]
    target = targets[0] if len(targets) == 1 else nodes.tuple_(targets, parentheses=False)
    return [nodes.assign(target, value)]


@emits(Map)
def _map(emitter: Emitter, one: Map) -> list[Statement]:
    if not one.inputs:
        return [nodes.assign(one.target.name, nodes.list_([]))]
    if one.overlap:
        return _overlapping(emitter, one)
    value = map_expression(emitter, one)
    if value is not None:
        return [_store(emitter, one, value)]
    append = nodes.expression(nodes.call(f"{one.target.name}.append", emitter.read(one.result)))
    body = [*emit_block(emitter, one.block), append]
    loop = cst.For(item_target(one, False), positions(emitter, one), nodes.block(body))
    return [nodes.assign(one.target.name, nodes.list_([])), loop]


def _store(emitter: Emitter, one: Map, value: Expression) -> Statement:
    if emitter.is_read(one.target):
        return nodes.assign(one.target.name, value)
    return nodes.expression(value)


def _overlapping(emitter: Emitter, one: Map) -> list[Statement]:
    """Async items: a coroutine each, side by side."""
    together = emitter.runtime("strands", "together")
    only = one.block[-1]
    statements: list[Statement] = []
    if len(one.block) == 1 and isinstance(only, Call) and emitter.plain and not only.checked:
        emitter.leave(only)
        one, only = as_parameters(emitter, one, only)
        work = bare_call(emitter, only)
    else:
        word = emitter.names.local(f"{one.target.name}_item")
        body = _item_body(emitter, one)
        items = [item.item.name for item in one.inputs]
        statements.append(nodes.function(word, nodes.parameters(items), body, is_async=True))
        work = nodes.call(word, *map(nodes.name, items))
    spread = nodes.star(comprehension(emitter, one, work))
    return [*statements, _store(emitter, one, nodes.await_(nodes.call(together, spread)))]


def _item_body(emitter: Emitter, one: Map) -> list[Statement]:
    """The statements of an item, and the return of what it gives."""
    if isinstance(one.result, Register):
        return _body(emitter, one.block, [one.result])
    return nodes.returning(emit_block(emitter, one.block, more=False), emitter.read(one.result))
