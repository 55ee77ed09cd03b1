"""Says where the rounds of a loop stand: by number, in a row, at the one tail call that leads there, or ahead of it.

while True:                                 while True:
    if state == 0:                              # plan
        # plan                                  if goal:
        if goal:                                    # search
            state = 1                               notes = notes + [goal]
            continue                                continue
        return notes                            return notes
    else:
        # search
        notes, state = notes + [goal], 0
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cascade_gen.bodies.ways import Either, Onward, Value, Way, mark

from .gotos import Goto, Mark, Round, flat
from .jumps import Jumps

_DEEPEST = 5
"""So many levels deeper than the outermost round another may begin."""

_LONGEST = 20
"""So many rounds may stand one behind the other or in one another: writing them takes some stack each."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rounds of one loop stand.

    `order` are the states whose rounds stand in the loop, by number or `in_row`: there a tail call goes on behind its
    body, at the next one's beginning. `ahead` are those whose rounds stand before it, one after the other. `within`
    has the states whose rounds stand at the one tail call that leads to them, and in the round of which state of
    `order` or `ahead` that is.

    `falling` are the states in what stands ahead that don't end the function: their tail calls go on behind it.
    `chooses`: these lead to several states of `order`, else to the first.
    """

    order: Sequence[int]
    in_row: bool = False
    ahead: Sequence[int] = ()
    within: Mapping[int, int] = field(default_factory=dict)
    falling: frozenset[int] = frozenset()
    chooses: bool = False

    def root(self, index: int) -> int:
        """The state of `order` or `ahead` in whose round that of a state stands."""
        return self.within.get(index, index)


def layout_of(jumps: Jumps, ends: bool) -> Layout:
    """Where the rounds stand; what stands ahead gives values too, which it can where they `end` the function."""
    row = _row(jumps)
    if row is not None and len(row) > 1:
        return Layout(row, in_row=True)
    within = _within(jumps, False)
    layout = Layout([index for index in jumps.indices if index not in within], within=within)
    return _with_ahead(jumps, layout) if ends else layout


def _row(jumps: Jumps) -> list[int] | None:
    """The states in a row, where each has one successor and the last leads to the first or nowhere."""
    order = [0]
    while True:
        one = jumps.rounds.get(order[-1])
        targets = set() if one is None else {goto.state for goto in one.gotos.values()}
        if one is not None and len(jumps.indices) > 1 and not jumps.falls(one):
            return None
        if not targets or targets == {0}:
            return order if len(order) == len(jumps.indices) else None
        target = targets.pop()
        if targets or target in order:
            return None
        order.append(target)


# at the one tail call that leads there


def _within(jumps: Jumps, falls: bool) -> dict[int, int]:
    """`Layout.within`; `falls`: as if what stands behind an `if` that ends moved into its other way."""
    ways = Counter(goto.state for one in jumps.rounds.values() for goto in _written(one))
    found: dict[int, int] = {}
    places = {0: (0, 0)}  # how deep, and the how manieth in line
    pending = [0]
    while pending:
        index = pending.pop()
        one = jumps.rounds.get(index)
        if one is None:
            continue
        level, number = places[index]
        levels = _levels(one, falls)
        for key, goto in one.gotos.items():
            if goto.state in places:
                continue
            there = level + levels.get(key, _DEEPEST + 1)
            places[goto.state] = 0, 0
            if ways[goto.state] == 1 and there <= _DEEPEST and number < _LONGEST:
                places[goto.state] = there, number + 1
                found[goto.state] = found.get(index, index)
            pending.append(goto.state)
    return found


def _written(one: Round) -> Iterator[Goto]:
    """Every way on to a state, as often as it is written."""
    for node in one.task.body.returns:
        for way in flat(one.ways.of(node)):
            goto = one.goto(way)
            if goto is not None:
                yield goto


def _levels(one: Round, falls: bool) -> dict[Mark, int]:
    """How many levels deeper than the round each way on stands, but for those in a `try`, a `with` or a loop."""
    returns = _returns(one.task.body.statements, 0, falls)
    return {mark(way): deep for node, level in returns for way, deep in _onward(one.ways.of(node), level)}


def _returns(statements: Sequence[ast.stmt], level: int, falls: bool) -> Iterator[tuple[ast.Return, int]]:
    for statement in statements:
        match statement:
            case ast.Return():
                yield statement, level
            case ast.If(body=body, orelse=orelse):
                yield from _returns(body, level + 1, falls)
                is_elif = len(orelse) == 1 and isinstance(orelse[0], ast.If)
                yield from _returns(orelse, level if is_elif else level + 1, falls)
                level += falls
            case ast.Match(cases=cases):
                for case in cases:
                    yield from _returns(case.body, level + 2, falls)


def _onward(way: Way, level: int) -> Iterator[tuple[Onward, int]]:
    if isinstance(way, Either):
        yield from _onward(way.first, level + 1)
        yield from _onward(way.second, level + 1)
    elif not isinstance(way, Value):
        yield way, level


# ahead of the loop


def _with_ahead(jumps: Jumps, layout: Layout) -> Layout:
    """The layout with those states ahead of the loop that nothing in it comes back to."""
    deep = _within(jumps, True)
    order, ahead = list(layout.order), list[int]()
    falling: set[int] = set()
    while order:
        head, *others = order
        inside = [index for index in jumps.indices if layout.root(index) in order]
        if any(goto.state == head for index in inside for goto in _gotos(jumps, index)):
            break
        own = [index for index in inside if layout.root(index) == head]
        if not others:
            return replace(layout, order=(), ahead=(*ahead, head), falling=frozenset(falling))
        flat_enough = all(deep.get(index) == head for index in own if index != head)
        if not flat_enough or not all(jumps.falls(jumps.rounds[index]) for index in own if index in jumps.rounds):
            break
        ahead.append(head)
        falling.update(own)
        targets = {goto.state for index in own for goto in _gotos(jumps, index)}.intersection(others)
        if len(targets) > 1:
            return Layout(others, False, ahead, layout.within, frozenset(falling), chooses=True)
        order = [*targets, *(index for index in others if index not in targets)]
    return replace(layout, order=order, ahead=ahead, falling=frozenset(falling))


def _gotos(jumps: Jumps, index: int) -> list[Goto]:
    """The ways on of a state; one that is called has none."""
    return list(jumps.rounds[index].gotos.values()) if index in jumps.rounds else []
