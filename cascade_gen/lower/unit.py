"""A unit of lowering: demands nodes where they are needed, once, and puts instructions into the right block."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cascade_gen.blueprint import (
    Block,
    Defer,
    Force,
    Inject,
    Instruction,
    Operand,
    Parallel,
    ReadEnv,
    Register,
)
from cascade_gen.lang import Argument, Env, LazyResult, MappedLazyResult, Param, Router, Symbolic
from cascade_gen.lang import Inject as InjectMarker
from cascade_gen.runtime.sentinels import MISSING

from . import calls, maps, members, roots, routes
from .graph import leaves
from .plan import Plan, Region, Rounds
from .steps import Steps
from .tables import Tables
from .values import Lowered, build_operand

_FARTHEST = 50


class Unit:
    """Lowers the nodes of one plan.

    `roots` are the calls that may go round; `values` the values of their parameters where those became inputs.
    """

    def __init__(
        self,
        tables: Tables,
        needed: list[Symbolic],
        apart: Sequence[list[Symbolic]] = (),
        roots: frozenset[int] = frozenset(),
        values: Mapping[int, tuple[Any, ...]] | None = None,
    ) -> None:
        self.tables = tables
        self.roots = roots
        self.values = {} if values is None else values
        self.members: dict[int, members.Members] = {}
        self.plan = Plan(needed, tables.known_resources, tables.needs, apart, self._rounds_of)
        self._blocks: dict[Region, list[Instruction]] = {}
        self._available: dict[Region, dict[int, Lowered]] = {}
        self._deferred: dict[int, Defer] = {}
        self._deferred_values: dict[int, Lowered] = {}

    # blocks

    def emit(self, region: Region, *instructions: Instruction) -> None:
        """Append to the block of a region."""
        self._blocks.setdefault(region, []).extend(instructions)

    def block(self, region: Region) -> Block:
        """The block of a region, as far as it has come."""
        return tuple(self._blocks.get(region, ()))

    def _rounds_of(self, node: Symbolic) -> list[Rounds | None]:
        """What the rounds of a root need of what others need, too; the states it can reach are noted."""
        if not isinstance(node, LazyResult) or not self.goes_round(node):
            return []
        self.members[id(node)] = members.members_of(self, node)
        return members.rounds_of(self, self.members[id(node)])

    def goes_round(self, node: LazyResult[Any]) -> bool:
        """Whether a call is a root that may go round."""
        jumps = node.policies.jumps is not None
        return id(node) in self.roots and (jumps or self.tables.exits(node.task).kind != "value")

    # nodes

    def demand(self, node: Symbolic, region: Region) -> Steps[Lowered]:
        """The value of a node, computed in `region` unless it is there already."""
        found = self._find(node, region)
        if found is not None:
            return found
        home = self.plan.home[id(node)]
        here = home is region and id(node) not in self._deferred
        if here or isinstance(node, InjectMarker):
            lowered: Lowered = yield self.lower(node, region)
        else:
            if id(node) not in self._deferred:
                yield self._defer(node, home)
            lowered = self._deferred_values[id(node)]
            self.emit(region, Force(self._deferred[id(node)].name, self._deferred[id(node)].results))
        self._available.setdefault(region, {})[id(node)] = lowered
        return lowered

    def demand_all(self, needed: Iterable[Symbolic], region: Region) -> Steps[list[Lowered]]:
        """The values of several nodes, one after the other."""
        found = []
        for node in needed:
            found.append((yield self.demand(node, region)))
        return found

    def side_by_side(
        self, needed: list[Symbolic], region: Region, owner: int, without: Collection[int] = ()
    ) -> Steps[None]:
        """Compute `needed` in order; from the first async one on side by side, if there are several.

        Those whose ids are in `without` are left out.
        """
        branches: list[Region] = []
        for index, leaf in enumerate({id(leaf): leaf for leaf in needed}.values()):
            if id(leaf) in without:
                continue
            branch = self.plan.branch(owner, index)
            if branch is not None and not branches:
                yield self.demand_all(self._shared_beginning(leaf, region), region)
            yield self.demand(leaf, region if branch is None else branch)
            if branch is not None:
                branches.append(branch)
        blocks = [block for block in map(self.block, branches) if block]
        if len(blocks) > 1:
            self.emit(region, Parallel(tuple(blocks)))
        elif blocks:
            self.emit(region, *blocks[0])
        for branch in branches:
            self._available.setdefault(region, {}).update(self._available.get(branch, {}))

    def _shared_beginning(self, leaf: Symbolic, region: Region) -> list[Symbolic]:
        """The sync nodes that the first of several branches would begin with and that belong to `region`.

        Nothing else has started by then, so that they can as well run before the branches do. Looked for some
        way down only, so that long chains of branches in branches cost no more than their length.
        """
        found: list[Symbolic] = []
        if region not in self.plan.with_sync:
            return found
        known: set[int] = set()
        pending = [(leaf, iter(self.plan.needs.all(leaf)))]
        while pending:
            node, needed = pending[-1]
            if isinstance(node, Router) or len(pending) > _FARTHEST:
                return found
            for one in needed:
                if id(one) not in known and self._find(one, region) is None:
                    pending.append((one, iter(self.plan.needs.all(one))))
                    break
            else:
                pending.pop()
                shared = self.plan.home[id(node)] is region and not self.plan.is_async(node)
                if not shared or id(node) in self._deferred:
                    return found
                known.add(id(node))
                found.append(node)
        return found

    def found(self, node: Symbolic, region: Region) -> Lowered:
        """The value of a node that has been demanded in this region."""
        lowered = self._find(node, region)
        assert lowered is not None, node
        return lowered

    def has(self, node: Symbolic, region: Region) -> bool:
        """Whether the value of a node is there in this region."""
        return self._find(node, region) is not None

    def operand(self, value: Any, hint: str, region: Region) -> Operand:
        """The operand for an argument whose lazies have been demanded."""
        return build_operand(value, hint, self.tables, lambda leaf: self.found(leaf, region).value)

    def empties(self, value: Any, region: Region) -> list[Register]:
        """The flags of the nodes in `value` that may have nothing to give."""
        flags = [self.found(leaf, region).empty for leaf in leaves(value)]
        return [flag for flag in flags if flag is not None]

    def _find(self, node: Symbolic, region: Region) -> Lowered | None:
        if isinstance(node, Argument):
            return Lowered(self.tables.arguments[id(node)])
        if isinstance(node, Param):
            return Lowered(self.tables.param(node))
        current: Region | None = region
        while current is not None:
            found = self._available.get(current, {}).get(id(node))
            if found is not None:
                return found
            current = current.parent
        return None

    def _defer(self, node: Symbolic, home: Region) -> Steps[None]:
        inner = self.plan.inside.get(id(node)) or Region(home)
        lowered = yield self.lower(node, inner)
        results = lowered.registers
        hint = node.task.name if isinstance(node, LazyResult | MappedLazyResult) else "value"
        defer = Defer(self.tables.registers.name(f"{hint}_later"), results, self.block(inner))
        self.emit(home, defer)
        self._deferred[id(node)] = defer
        self._deferred_values[id(node)] = lowered

    def lower(self, node: Symbolic, region: Region) -> Steps[Lowered]:
        """Emit the instructions of a node that is no root."""
        match node:
            case LazyResult() if id(node) in self.roots:
                steps = roots.lower_root_call(self, node, region)
            case LazyResult():
                steps = calls.lower_call(self, node, region)
            case MappedLazyResult():
                steps = maps.lower_map(self, node, region)
            case Router():
                steps = routes.lower_router(self, node, region)
            case Env():
                return self._env(node, region)
            case InjectMarker():
                return self._inject(node, region)
            case _:
                raise TypeError(f"{node!r} can't be lowered")
        lowered: Lowered = yield steps
        return lowered

    def _env(self, node: Env, region: Region) -> Lowered:
        target = self.tables.register(node.name.lower(), "")
        default = None if node.default is MISSING else self.tables.constant(node.default, node.name)
        kind = self.tables.constant(node.type, getattr(node.type, "__name__", "convert"))
        self.emit(region, ReadEnv(target, node.name, default, kind, self.tables.locate(node.origin)))
        return Lowered(target)

    def _inject(self, node: InjectMarker, region: Region) -> Lowered:
        ref = self.tables.resource(node)
        target = self.tables.register(ref.name)
        self.emit(region, Inject(target, ref.name, self.tables.locate(node.origin)))
        return Lowered(target)
