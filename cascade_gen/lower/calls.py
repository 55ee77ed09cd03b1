"""Lowers the call of a task: its predecessors, inputs and condition, then the call within its policies."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import (
    Argument,
    Arm,
    Block,
    Cached,
    Call,
    Choose,
    Copy,
    Hold,
    Instruction,
    Literal,
    Object,
    Operand,
    Pack,
    Register,
    Retry,
    Skip,
    TaskRef,
    Timeout,
)
from cascade_gen.errors import Location
from cascade_gen.lang import Argument as InputArgument
from cascade_gen.lang import Inject, LazyResult, MappedLazyResult, Policies, Symbolic, locate
from cascade_gen.runtime.containers import holds_lazy

from .annotations import annotation_text
from .graph import awaits, leaves, written_arguments
from .plan import Region
from .steps import Steps
from .values import Lowered

if TYPE_CHECKING:
    from .unit import Unit

CONDITION = "ConditionFalse"
SKIPPED_CONDITION = "UpstreamSkipped_Condition"
SKIPPED_DATA = "UpstreamSkipped_Data"
SKIPPED_SEQUENCE = "UpstreamSkipped_Sequence"

Core = Callable[[Register], Block]
"""Builds the instructions that fill the register when the node isn't skipped."""


def lower_call(unit: Unit, node: LazyResult[Any], region: Region) -> Steps[Lowered]:
    """A call that is no root."""
    yield demand_inputs(unit, node, region)
    arguments = tuple(
        Argument(unit.operand(value, keyword or node.task.name, region), keyword or "")
        for keyword, value in written_arguments(node)
    )

    def core(target: Register) -> Block:
        ref = called(unit, node)
        checked = unit.tables.exits(node.task).kind != "value"
        call = Call(target, ref.key, arguments, checked, unit.tables.locate(node.origin))
        return govern(unit, node, region, call, parameters(unit, node, region))

    data = [value for _, value in written_arguments(node)]
    lowered: Lowered = yield guarded(unit, node, region, core, data, unit.plan.needs.inputs(node))
    return lowered


def demand_inputs(
    unit: Unit,
    node: LazyResult[Any] | MappedLazyResult[Any],
    region: Region,
    without: Collection[int] = (),
) -> Steps[None]:
    """Predecessors one after the other, then inputs, those that are async side by side."""
    for value in node.policies.after:
        yield unit.demand_all(leaves(value), region)
    yield unit.side_by_side(unit.plan.needs.inputs(node), region, id(node), without)


def called(unit: Unit, node: LazyResult[Any] | MappedLazyResult[Any]) -> TaskRef:
    """The task as this node calls it: a sync one with a timeout runs in a thread, to be abandoned."""
    task = node.task
    blocking = node.policies.timeout is not None and not task.is_async and task.mode == "inline"
    return unit.tables.task(task, "blocking" if blocking else None)


def parameters(unit: Unit, node: LazyResult[Any], region: Region) -> tuple[tuple[str, Operand], ...]:
    """The parameters with their values, injected resources left out: what a cache is keyed by."""
    if node.policies.cache is None:
        return ()
    return tuple(
        (name, unit.operand(value, name, region))
        for name, value in zip(node.task.signature.parameters, unit.values.get(id(node), node.values), strict=True)
        if not isinstance(value, Inject)
    )


def govern(
    unit: Unit,
    node: LazyResult[Any] | MappedLazyResult[Any],
    region: Region,
    call: Call,
    inputs: tuple[tuple[str, Operand], ...],
    final: bool = True,
) -> Block:
    """The call within its policies: cache around constraints around retry around timeout."""
    policies = node.policies
    where = unit.tables.locate(node.origin)
    block: Block = (call,)
    if policies.timeout is not None:
        block = (Timeout(policies.timeout, block, where),)
    if policies.retry is not None:
        block = (_retry(unit, policies, call.task, block, where),)
    if policies.constraints:
        amounts = tuple((name, unit.operand(amount, name, region)) for name, amount in policies.constraints.items())
        block = (Hold(call.task, amounts, block, where),)
    if policies.cache is not None:
        unit.tables.meets_async |= awaits(node, {})
        policy = unit.tables.constant(policies.cache, "cache")
        assert isinstance(policy, Object)
        block = (Cached(call.target, call.task, policy, inputs, block, final, where),)
    return block


def _retry(unit: Unit, policies: Policies, task: str, block: Block, where: Location) -> Retry:
    retry = policies.retry
    assert retry is not None
    kinds = retry.retry_on if isinstance(retry.retry_on, tuple) else (retry.retry_on,)
    return Retry(
        task,
        retry.max_attempts,
        retry.delay,
        retry.backoff,
        tuple(unit.tables.constant(kind, kind.__name__) for kind in kinds),
        retry.max_delay,
        retry.jitter,
        block,
        where,
    )


def result_type(node: LazyResult[Any] | MappedLazyResult[Any]) -> str:
    """The annotation of what the node gives, as text."""
    text = annotation_text(node.task.signature.return_annotation)
    if isinstance(node, MappedLazyResult):
        return f"list[{text}]" if text else "list"
    return text


def guarded(
    unit: Unit,
    node: LazyResult[Any] | MappedLazyResult[Any],
    region: Region,
    core: Core,
    data: list[Any],
    taken: list[Symbolic],
) -> Steps[Lowered]:
    """`core`, unless a predecessor, an input or the condition says that the node is skipped.

    `data` are the arguments in the order written; the first one that is lazy or an input passes through.
    `taken` are the nodes that the call takes.
    """
    policies = node.policies
    condition = policies.condition if policies.has_condition else True
    if policies.has_condition:
        yield unit.demand_all(leaves(condition), region)
    target = unit.tables.register(node.task.name, result_type(node))
    held = [unit.found(leaf, region).skipped for value in policies.after for leaf in leaves(value)]
    arms = [(flag, SKIPPED_SEQUENCE) for flag in held if flag is not None]
    arms += [(flag, SKIPPED_DATA) for leaf in taken for flag in unit.empties(leaf, region)]
    arms += [
        (flag, SKIPPED_CONDITION)
        for leaf in leaves(condition)
        if (flag := unit.found(leaf, region).skipped) is not None
    ]
    certain = _certain(condition)
    if not arms and certain is True:
        unit.emit(region, *core(target))
        return Lowered(target)
    skip = _Skipping(unit, node, region, target, data)
    otherwise = core(target) + skip.ran()
    if certain is None:
        test = unit.operand(condition, "condition", region)
        chosen = (*((Arm(flag, skip.block(why, flag))) for flag, why in arms), Arm(test, otherwise))
        unit.emit(region, Choose(chosen, skip.block(CONDITION), unit.tables.locate(node.origin)))
    else:
        last = otherwise if certain else skip.block(CONDITION)
        if arms:
            chosen = tuple(Arm(flag, skip.block(why, flag)) for flag, why in arms)
            unit.emit(region, Choose(chosen, last, unit.tables.locate(node.origin)))
        else:
            unit.emit(region, *last)
    return skip.lowered


def _certain(condition: Any) -> bool | None:
    """What a condition that is a plain literal says; None where it has to be tested when it runs."""
    if condition is None or type(condition) in (bool, int, float, str, bytes):
        return bool(condition)
    return None


class _Skipping:
    """The flags of a node that may be skipped, and the blocks that set them."""

    def __init__(
        self,
        unit: Unit,
        node: LazyResult[Any] | MappedLazyResult[Any],
        region: Region,
        target: Register,
        data: list[Any],
    ) -> None:
        self._node = node
        self._task = called(unit, node).key
        self._target = target
        self._pass, self._empty_pass = _first_data(unit, region, data, isinstance(node, MappedLazyResult))
        name = target.name
        self._skipped = unit.tables.register(f"{name}_skipped", "str")
        self._empty = unit.tables.register(f"{name}_empty", "bool")
        self._waived = unit.tables.register(f"{name}_waived", "bool")
        never_empty = self._pass is not None and self._empty_pass is None
        self.lowered = Lowered(target, self._skipped, None if never_empty else self._empty, self._waived)

    def ran(self) -> Block:
        """After the call."""
        return self._flags("", Literal(False), False)

    def block(self, why: str, because: Register | None = None) -> Block:
        """In place of the call, skipped for the reason `why`; `because` is the flag that has said so."""
        mark = Skip(self._task, self._target.name, Literal(why), locate(self._node.origin))
        nothing: Block = (Copy(self._target, Literal(None)),)
        if self._pass is None or (because is not None and because == self._empty_pass):
            return (mark, *nothing, *self._flags(why, Literal(True), why == SKIPPED_SEQUENCE))
        instead: Block = (Copy(self._target, self._pass),)
        if self._empty_pass is not None and isinstance(self._pass, Pack):  # it can't be built from nothing
            instead = (Choose((Arm(self._empty_pass, nothing),), instead),)
        empty: Operand = self._empty_pass or Literal(False)
        return (mark, *instead, *self._flags(why, empty, why == SKIPPED_SEQUENCE))

    def _flags(self, why: str, empty: Operand, waived: bool) -> Block:
        instructions: list[Instruction] = [Copy(self._skipped, Literal(why))]
        if self.lowered.empty is not None:
            instructions.append(Copy(self._empty, empty))
        instructions.append(Copy(self._waived, Literal(waived)))
        return tuple(instructions)


def _first_data(unit: Unit, region: Region, data: list[Any], literal: bool) -> tuple[Operand | None, Register | None]:
    """The first argument that is lazy or an input, and the flag that says it has nothing to give.

    With `literal` the first one, whatever it is.
    """
    for value in data:
        lazy = holds_lazy(value) and any(map(_is_data, leaves(value)))
        if lazy or literal:
            flags = unit.empties(value, region)
            operand = unit.operand(value, "value", region)
            if len(flags) <= 1:
                return operand, flags[0] if flags else None
            return operand, _any(unit, region, flags)
    return None, None


def _is_data(leaf: Symbolic) -> bool:
    """Whether a skipped node may pass it on: neither resources nor literals."""
    return not (isinstance(leaf, Inject) or (isinstance(leaf, InputArgument) and leaf.literal))


def _any(unit: Unit, region: Region, flags: list[Register]) -> Register:
    target = unit.tables.register("empty", "bool")
    arms = tuple(Arm(flag, (Copy(target, Literal(True)),)) for flag in flags)
    unit.emit(region, Choose(arms, (Copy(target, Literal(False)),)))
    return target
