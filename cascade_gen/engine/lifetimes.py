"""When registers die: with each instruction, those that nobody reads after it on the way that the run takes.

A register belongs to the innermost block around all its reads and writes, and dies there, behind the last
instruction that has to do with it. Where that is a choice, it dies within the way that is taken as soon as it
can. Nobody knows when a deferred block runs, but it runs once: what it alone reads in the end dies in it, and what
others read as well lives as long as the block around.

One pass over the blocks from the leaves up, one down again. Registers are handed on only from blocks in which
they don't live alone, so the time is that of the instructions.
"""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Cached,
    Call,
    Choose,
    Defer,
    Hold,
    Instruction,
    Loop,
    Parallel,
    Register,
    Retry,
    Route,
    Timeout,
    blocks,
    registers_of,
    targets,
)
from cascade_gen.blueprint.rewrite import count_reads, reads

Step = tuple[Instruction | None, tuple[str, ...]]
"""An instruction, and the names that die behind it; None is no instruction."""

Steps = tuple[Step, ...]
"""A block as it is walked."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The steps of each block, by the block's id; and by a loop's id what dies once it has its first inputs."""

    steps: dict[int, Steps]
    entered: dict[int, tuple[str, ...]]


_known: dict[int, tuple[weakref.ref[Blueprint], Lifetimes]] = {}


def lifetimes(blueprint: Blueprint) -> Lifetimes:
    """Where the registers of a Blueprint die; worked out once."""
    key = id(blueprint)
    found = _known.get(key)
    if found is None:
        gone = weakref.ref(blueprint, lambda _: _known.pop(key, None))
        found = _known[key] = gone, _lifetimes(_places(blueprint))
    return found[1]


@dataclass(slots=True)
class _Place:
    """A block where it stands: in the instruction number `index` of the block `around`, its `number`-th one.

    `given` are the results of the deferred blocks that it is in: they are written for whoever forces those. `own`
    are the names that come up in each instruction, its blocks left out. `counts` and `last` say how often each
    name comes up in the block and in those inside, and in which instruction last. `dying` are the names that die
    behind each instruction.
    """

    block: Block
    around: _Place | None = None
    index: int = 0
    number: int = 0
    given: frozenset[str] = frozenset()
    own: list[list[str]] = field(default_factory=list)
    inside: dict[int, list[_Place]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    dying: dict[int, list[str]] = field(default_factory=dict)

    @property
    def owner(self) -> Instruction | None:
        return None if self.around is None else self.around.block[self.index]


def _places(blueprint: Blueprint) -> list[_Place]:
    """All blocks, outer ones first, with what dies in each."""
    places = _outer_first(blueprint.body)
    totals = Counter(chain.from_iterable(names for place in places for names in place.own))
    totals.update(register.name for register in registers_of(blueprint.result))
    waited: Counter[str] = Counter()
    homes: list[list[str]] = []
    for place in reversed(places):
        _count(place)
        homes.append(_at_home(place, totals))
        if isinstance(place.owner, Defer):
            waited.update(place.counts.keys())
    for place, names in zip(places, reversed(homes), strict=True):
        _let_die(place, [name for name in names if not waited[name]])
        _let_die_later(place, [name for name in names if waited[name] == 1])
    return places


def _let_die_later(place: _Place, names: list[str]) -> None:
    """Note where names die of which one deferred block has need, if it is the last to have any."""
    for name in names:
        index = place.last[name]
        if isinstance(place.block[index], Defer):
            _let_die(place.inside[index][0], [name])


def _outer_first(body: Block) -> list[_Place]:
    places = [_Place(body)]
    for place in places:
        for index, instruction in enumerate(place.block):
            if type(instruction) is Call:  # most are: no need to ask what else it might have
                names = [value.name for one in instruction.arguments if type(value := one.value) is Register]
                if len(names) < len(instruction.arguments):
                    names = [register.name for one in instruction.arguments for register in registers_of(one.value)]
                names.append(instruction.target.name)
            else:
                names = [register.name for register in (*reads(instruction), *targets(instruction))]
                given = place.given
                if isinstance(instruction, Defer):
                    results = {register.name for register in instruction.results}
                    given |= results - count_reads(instruction.block).keys()
                inside = enumerate(blocks(instruction))
                inner = [_Place(block, place, index, number, given) for number, block in inside]
                if inner:
                    place.inside[index] = inner
                    places.extend(inner)
            place.own.append([name for name in names if name not in place.given] if place.given else names)
    return places


def _count(place: _Place) -> None:
    """Sum up a block, those inside being done."""
    counts, last = place.counts, place.last
    for index, names in enumerate(place.own):
        for name in names:
            counts[name] = counts.get(name, 0) + 1
            last[name] = index
        for inner in place.inside.get(index, ()):
            for name, times in inner.counts.items():
                counts[name] = counts.get(name, 0) + times
                last[name] = index


def _at_home(place: _Place, totals: Counter[str]) -> list[str]:
    """The names that come up in this block only, which are taken from its counts.

    What the call within policies reads and fills belongs to the block around them.
    """
    if isinstance(place.owner, Retry | Timeout | Hold | Cached):
        return []
    found = [name for name, times in place.counts.items() if times == totals[name]]
    if len(found) == len(place.counts):
        place.counts.clear()
    for name in found if place.counts else ():
        del place.counts[name]
    return found


def _let_die(place: _Place, names: list[str]) -> None:
    """Note where `names` die in a block, and in those inside of which one alone is run or has to do with them."""
    pending = [(place, names)]
    while pending:
        here, dying = pending.pop()
        for name in dying:
            index = here.last[name]
            here.dying.setdefault(index, []).append(name)
            if index in here.inside:
                pending.extend((way, [name]) for way in _ways(here, index, name))


def _ways(place: _Place, index: int, name: str) -> list[_Place]:
    owner = place.block[index]
    ways = [one for one in place.inside[index] if name in one.last]
    if isinstance(owner, Choose) or (isinstance(owner, Parallel) and len(ways) == 1):
        return ways
    if isinstance(owner, Route):  # which reads the result of the case behind its block
        results = [owner.cases[way.number].result for way in ways]
        return [way for way, result in zip(ways, results, strict=True) if Register(name) not in registers_of(result)]
    return []


def _lifetimes(places: list[_Place]) -> Lifetimes:
    """A block that stands in several places has its registers die where they die in all of them."""
    standing: dict[int, list[_Place]] = {}
    for place in places:
        standing.setdefault(id(place.block), []).append(place)
    found = Lifetimes({}, {})
    for key, same in standing.items():
        steps: list[Step] = []
        for index, instruction in enumerate(same[0].block):
            dying = tuple(same[0].dying.get(index, ()))
            if len(same) > 1:
                dying = tuple(name for name in dying if all(name in one.dying.get(index, ()) for one in same))
            if dying and isinstance(instruction, Choose | Route):  # they are left before their ways are walked
                steps += [(instruction, ()), (None, dying)]
            else:
                steps.append((instruction, dying))
            if dying and isinstance(instruction, Loop):
                found.entered[id(instruction)] = _entered(instruction, dying, same[0].inside[index])
        found.steps[key] = tuple(steps)
    return found


def _entered(loop: Loop, dying: tuple[str, ...], states: list[_Place]) -> tuple[str, ...]:
    """The names that no round reads, or that each round has a value of its own for."""
    carried = {item.register.name for state in loop.states for item in state.inputs}
    return tuple(name for name in dying if name in carried or not any(name in state.last for state in states))
