"""`verify` against an oracle: runs of random Blueprints that follow one way each and see what is written."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cascade_gen.blueprint as ir
from cascade_gen.blueprint.verify import verify
from cascade_gen.errors import BlueprintError
from tests.blueprints import blueprints


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(blueprints())
def test_random_blueprints_keep_the_rules(one: ir.Blueprint) -> None:
    verify(one)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(blueprints(careless=True), st.integers(0, 2**32))
def test_what_is_accepted_reads_nothing_unwritten(one: ir.Blueprint, seed: int) -> None:
    try:
        verify(one)
    except BlueprintError:
        return
    random = Random(seed)
    for _ in range(20):
        _Run(lambda most: random.randint(0, most)).whole(one)


class _Ended(Exception):
    """The run ended before its end."""


class _Run:
    """One run of a Blueprint that looks only at what is written; `decide` picks a number up to one."""

    def __init__(self, decide: Callable[[int], int]) -> None:
        self.decide = decide
        self.deferred: dict[str, ir.Block] = {}

    def whole(self, blueprint: ir.Blueprint) -> None:
        written = {one.register.name for one in blueprint.inputs}
        try:
            self.block(blueprint.body, written)
            self.read(blueprint.result, written)
        except _Ended:
            pass

    def read(self, operand: ir.Operand, written: set[str]) -> None:
        assert {one.name for one in ir.registers_of(operand)} <= written

    def block(self, block: ir.Block, written: set[str], result: ir.Operand | None = None) -> None:
        for instruction in block:
            self.instruction(instruction, written)
        if result is not None:
            self.read(result, written)

    def instruction(self, one: ir.Instruction, written: set[str]) -> None:
        for register in () if isinstance(one, ir.Choose | ir.Route) else ir.sources(one):
            assert register.name in written
        match one:
            case ir.Missing():
                raise _Ended
            case ir.Choose():
                way = self.decide(len(one.arms))
                for arm in one.arms[: way + 1]:
                    self.read(arm.test, written)
                self.block((*(arm.block for arm in one.arms), one.otherwise)[way], written)
            case ir.Route():
                self.read(one.selector, written)
                case = one.cases[self.decide(len(one.cases) - 1)]
                for key in case.keys:
                    self.read(key, written)
                self.block(case.block, written, case.result)
            case ir.Retry() | ir.Timeout() | ir.Hold():
                self.block(one.block, written)
            case ir.Cached() | ir.Fill() if self.decide(1):
                result = one.target if isinstance(one, ir.Cached) else one.result
                self.block(one.block, set(written), result)
            case ir.Parallel():
                after = [set(written) for _ in one.branches]
                for branch, own in zip(one.branches, after, strict=True):
                    self.block(branch, own)
                written.update(*after)
            case ir.Map() if self.decide(1):
                self.block(one.block, written | {each.item.name for each in one.inputs}, one.result)
            case ir.Loop():
                for _ in range(1 + self.decide(1)):
                    state = one.states[self.decide(len(one.states) - 1)]
                    carried = {each.register.name for each in state.inputs}
                    self.block(state.block, written | carried, state.result)
            case ir.Defer():
                self.deferred[one.name] = one.block
            case ir.Force():
                own = set(written)
                self.block(self.deferred[one.name], own)
                assert {register.name for register in one.results} <= own
        written.update(register.name for register in ir.targets(one))
