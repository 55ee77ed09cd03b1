"""Where each node is computed: the regions of a unit of lowering, and what runs side by side.

A region is a stretch of instructions that runs as a whole or not at all: the body, a route of a Router, one of
several async arguments that run side by side. A node that is needed in several regions belongs to the innermost
region around all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cascade_gen.lang import Governed, ResourceDefinition, Router, Symbolic

from .graph import Needs, awaits, leaves, postorder, ways_of

_DEEPEST = 6


class Region:
    """A stretch of instructions that runs as a whole or not at all."""

    __slots__ = ("depth", "parent")

    def __init__(self, parent: Region | None = None) -> None:
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1

    def common(self, other: Region) -> Region:
        """The innermost region around both."""
        one, two = self, other
        while one is not two:
            if one.depth >= two.depth and one.parent is not None:
                one = one.parent
            elif two.parent is not None:
                two = two.parent
        return one


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the rounds of a state need: `amounts` once a run, each group of `fills` if an input is to be filled."""

    amounts: list[Symbolic]
    fills: list[list[Symbolic]]


class Plan:
    """Where each node of one unit of lowering is computed, and which of its inputs run side by side.

    `roots` are needed in the top region; each group of `apart` in a region of its own. `rounds_of` gives what the
    rounds of a node's states need; for each of these `rounds` has the region of a round and those of its fills.
    """

    def __init__(
        self,
        roots: list[Symbolic],
        resources: Mapping[str, ResourceDefinition],
        needs: Needs,
        apart: Sequence[list[Symbolic]] = (),
        rounds_of: Callable[[Symbolic], Sequence[Rounds | None]] = lambda _: (),
    ) -> None:
        self.needs = needs
        self.top = Region()
        self.apart = [Region(self.top) for _ in apart]
        self.home: dict[int, Region] = {}
        self.branches: dict[tuple[int, int], Region] = {}
        self.inside: dict[int, Region] = {}
        self.rounds: dict[tuple[int, int], tuple[Region, list[Region]]] = {}
        self._async: set[int] = set()
        needed = [*roots, *(leaf for group in apart for leaf in group)]
        order = postorder(needed, self.needs)
        self._rounds = {id(node): found for node in order if (found := rounds_of(node))}
        if self._rounds:  # a node stands behind what its rounds need
            order = postorder([*self._leaves_of_rounds(), *needed], self.needs)
        for node in order:
            if awaits(node, resources) or any(id(one) in self._async for one in self.needs.all(node)):
                self._async.add(id(node))
        self._keep = order
        self._place(self.top, roots, id(self))
        for region, group in zip(self.apart, apart, strict=True):
            self._place(region, group, id(region))
        for node in reversed(order):
            self._place_dependencies(node)
        self.with_sync = {self.home[id(node)] for node in order if id(node) not in self._async}

    def is_async(self, value: Any) -> bool:
        """Whether computing `value` from nothing involves async work."""
        return any(id(leaf) in self._async for leaf in leaves(value))

    def branch(self, owner: int, index: int) -> Region | None:
        """The region of an owner's route or side-by-side input, or None where it runs in the owner's own."""
        return self.branches.get((owner, index))

    def _leaves_of_rounds(self) -> Iterator[Symbolic]:
        for one in chain.from_iterable(self._rounds.values()):
            if one is not None:
                yield from chain(one.amounts, *one.fills)

    def _place_rounds(self, node: Symbolic, home: Region) -> None:
        for index, one in enumerate(self._rounds.get(id(node), ())):
            if one is None:
                continue
            top = Region(home)
            fills = [Region(top) for _ in one.fills]
            self.rounds[id(node), index] = top, fills
            self._need(home, one.amounts)
            awaited = [number for number, group in enumerate(one.fills) if self.is_async(group)]
            for number, (region, group) in enumerate(zip(fills, one.fills, strict=True)):
                if len(awaited) > 1 and number >= awaited[0]:
                    self._need(home, group)  # they run side by side, and are set aside to be shared by all rounds
                self._place(region, group, id(region))

    def _place_dependencies(self, node: Symbolic) -> None:
        home = self._computed_in(node)
        self._place_rounds(node, home)
        if isinstance(node, Router):
            self._need(home, leaves(node.selector))
            for index, (_, route) in enumerate(ways_of(node)):
                region = self.branches[id(node), index] = Region(home)
                self._place(region, leaves(route), id(region))
            return
        if isinstance(node, Governed):
            for value in node.policies.after:
                self._need(home, leaves(value))
            self._place(home, self.needs.inputs(node), id(node))
            self._need(home, leaves(node.policies.condition))

    def _computed_in(self, node: Symbolic) -> Region:
        """The region that a node's inputs are needed in.

        A node that only a deeply nested region needs is set aside in the top region, in one of its own, so that
        however long a chain of nested regions is, its code is nested a few levels deep.
        """
        home = self.home[id(node)]
        if home.depth <= _DEEPEST or not self.needs.all(node):
            return home
        self.home[id(node)] = self.top
        inside = self.inside[id(node)] = Region(self.top)
        return inside

    def _place(self, region: Region, needed: list[Symbolic], owner: int) -> None:
        """Let `needed` run in `region`, side by side from the first async one on if there are several."""
        distinct = list({id(leaf): leaf for leaf in needed}.values())
        waiting = [index for index, leaf in enumerate(distinct) if id(leaf) in self._async]
        for index, leaf in enumerate(distinct):
            inner = region
            if len(waiting) > 1 and index >= waiting[0]:
                inner = self.branches[owner, index] = Region(region)
            self._need(inner, [leaf])

    def _need(self, region: Region, needed: list[Symbolic]) -> None:
        for leaf in needed:
            known = self.home.get(id(leaf))
            self.home[id(leaf)] = region if known is None else known.common(region)
