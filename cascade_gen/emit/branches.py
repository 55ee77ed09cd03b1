"""Writes choices: `if` chains for conditions, and for Routers by the kind of their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import libcst as cst

from cascade_gen.blueprint import Block, Choose, Literal, Missing, Operand, Register, Route, blocks, registers_of

from . import nodes
from .function import Emitter, emits
from .nodes import Expression, Statement
from .straight import write_block
from .ways import each_way

_CHAIN = 6


@emits(Choose)
def _choose(emitter: Emitter, choose: Choose) -> list[Statement]:
    tests = [emitter.read(arm.test) for arm in choose.arms]
    *arms, otherwise = _ways(emitter, [(block, None) for block in blocks(choose)], None)
    if all(arm.block and isinstance(arm.block[-1], Missing) for arm in choose.arms):  # each raises
        return leaving(tests, arms, otherwise)
    if len(tests) == 1 and choose.otherwise and isinstance(choose.otherwise[-1], Missing):
        return leaving([nodes.negated(tests[0])], [otherwise], *arms)
    return choice(list(zip(tests, arms, strict=True)), otherwise)


def _ways(
    emitter: Emitter, ways: Sequence[tuple[Block, Operand | None]], target: Register | None
) -> list[list[Statement]]:
    """The statements of each way of a choice that doesn't end the function, with its value, which the target gets."""
    dying, emitter.dying_within = emitter.dying_within, []
    busy, emitter.busy[-1] = emitter.busy[-1], frozenset()  # what it reads itself is read before, or on one way
    found = each_way(emitter, ways, lambda block, value: _way(emitter, block, dying, target, value))
    emitter.busy[-1] = busy
    return found


def choice(tests: list[tuple[Expression, list[Statement]]], otherwise: list[Statement]) -> list[Statement]:
    """`if` ... `elif` ... `else`, without the ways that do nothing."""
    while tests and not tests[-1][1] and not otherwise:
        tests = tests[:-1]
    if not tests:
        return otherwise
    if len(tests) == 1 and not tests[0][1]:
        return [nodes.if_([(nodes.negated(tests[0][0]), otherwise)], [])]
    return [nodes.if_(tests, otherwise)]


def leaving(tests: list[Expression], arms: list[list[Statement]], otherwise: list[Statement]) -> list[Statement]:
    """An `if` for each way, which leaves the function at its end, and what stands behind them."""
    return [*(nodes.if_([way], []) for way in zip(tests, arms, strict=True)), *otherwise]


def _way(
    emitter: Emitter, block: Block, dying: list[str], target: Register | None, value: Operand | None
) -> list[Statement]:
    """The statements of a way in which those registers die: behind their last use, or at once."""
    straight = write_block(emitter, block, born=dict.fromkeys(dying, False))
    straight.flush()
    statements = straight.statements
    if block and isinstance(block[-1], Missing):
        return statements
    unread = [name for name in dying if name in straight.large]
    if unread:
        statements = [nodes.drop(unread), *statements]
    if target is None or value is None:
        return statements
    own = Counter(register.name for register in registers_of(value))
    living = frozenset().union(*emitter.busy)  # what is around may be counted as having read it
    over = [name for name in own if name in straight.large and emitter.left[name] <= own[name] and name not in living]
    gone = [nodes.drop(over)] if over else []
    return [*statements, *_copy_result(emitter, target, value), *gone]


@emits(Route)
def _route(emitter: Emitter, route: Route) -> list[Statement]:
    bodies = _ways(emitter, [(case.block, case.result) for case in route.cases], route.target)
    return route_statements(emitter, route, bodies)


def _copy_result(emitter: Emitter, target: Register, result: Operand) -> list[Statement]:
    if not emitter.is_read(target) or result == target:
        return []
    return [nodes.assign(target.name, emitter.read(result))]


def route_statements(emitter: Emitter, route: Route, bodies: list[list[Statement]]) -> list[Statement]:
    """The dispatch of a Router whose routes are `bodies`."""
    before: list[Statement] = []
    selector = emitter.read(route.selector)
    if not isinstance(route.selector, Register):
        word = emitter.names.local("selector")
        before, selector = [nodes.assign(word, selector)], nodes.name(word)
    keys = [key for case in route.cases for key in case.keys]
    if _are_both(keys) and len(bodies) == 2 and emitter.givers.is_bool(route.selector):
        return choice([(selector, bodies[keys.index(_YES)])], bodies[keys.index(_NO)])
    if len(keys) <= _CHAIN and all(map(_is_plain, keys)):
        tests = [_is_one_of(selector, case.keys) for case in route.cases]
        filled = [(test, body or [nodes.line(cst.Pass())]) for test, body in zip(tests, bodies, strict=True)]
        if len(filled) > 1 and emitter.givers.is_one_of(route.selector, _texts(keys)):
            return [*before, nodes.if_(filled[:-1], filled[-1][1])]
        fail = _no_route(emitter, selector, keys)
        return [*before, nodes.if_(filled, fail)] if filled else [*before, *fail]
    index = emitter.names.local("number")
    table = emitter.names.private("routes")
    places = [nodes.literal(place) for place, case in enumerate(route.cases) for _ in case.keys]
    numbers = nodes.dict_(map(emitter.read, keys), places)
    emitter.declarations.append(nodes.assign(table, numbers))
    lookup = nodes.call(emitter.runtime("results", "route_index"), nodes.name(table), selector)
    return [*before, nodes.assign(index, lookup), *decide(nodes.name(index), bodies)]


_YES, _NO = Literal(True), Literal(False)


def _are_both(keys: Sequence[Operand]) -> bool:
    """Whether the keys are True and False."""
    found = [key.value for key in keys if isinstance(key, Literal) and type(key.value) is bool]
    return len(keys) == 2 and sorted(found) == [False, True]


def _texts(keys: Sequence[Operand]) -> list[str]:
    """The texts among the keys."""
    return [key.value for key in keys if isinstance(key, Literal) and isinstance(key.value, str)]


def _is_plain(key: Operand) -> bool:
    """Whether `==` tells this key as exactly as a dict would, in a form that linters like."""
    return isinstance(key, Literal) and (key.value is None or type(key.value) in (str, int))


def _is_one_of(selector: Expression, keys: Sequence[Operand]) -> Expression:
    """The test whether a selector is one of the keys of a case, which are compared in order."""
    values = [key.value for key in keys if isinstance(key, Literal)]
    if len(values) > 1:
        return nodes.compare(selector, cst.In(), nodes.tuple_(list(map(nodes.literal, values))))
    operator = cst.Is() if values[0] is None else cst.Equal()
    return nodes.compare(selector, operator, nodes.literal(values[0]))


def _no_route(emitter: Emitter, selector: Expression, keys: list[Operand]) -> list[Statement]:
    shown = nodes.list_(map(emitter.read, keys))
    return [nodes.raise_(nodes.call(emitter.runtime("results", "no_route"), selector, shown))]


def decide(number: Expression, bodies: list[list[Statement]], first: int = 0) -> list[Statement]:
    """The body of that number: flat tests for a few, a balanced tree of comparisons above."""
    if len(bodies) == 1:
        return bodies[0]
    if len(bodies) <= 3:
        tests = [
            (
                nodes.compare(number, cst.Equal(), nodes.literal(first + index)),
                body or [nodes.line(cst.Pass())],
            )
            for index, body in enumerate(bodies[:-1])
        ]
        return [nodes.if_(tests, bodies[-1])]
    middle = len(bodies) // 2
    test = nodes.compare(number, cst.LessThan(), nodes.literal(first + middle))
    low, high = bodies[:middle], bodies[middle:]
    return [nodes.if_([(test, decide(number, low, first))], decide(number, high, first + middle))]
