"""Lowers roots: the calls whose result ends the workflow, and that may go round."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import (
    Argument,
    Arm,
    Block,
    Call,
    Choose,
    Copy,
    Literal,
    Missing,
    Operand,
    Pack,
    Register,
)
from cascade_gen.lang import Inject, LazyResult, Router, Symbolic
from cascade_gen.runtime.containers import is_container, is_named_tuple

from .calls import SKIPPED_DATA, called, demand_inputs, govern, guarded, parameters
from .graph import Needs, items_of, leaves, postorder, written_arguments
from .loops import lower_loop
from .plan import Region
from .steps import Steps
from .values import Lowered

if TYPE_CHECKING:
    from .unit import Unit


def root_calls(workflow: Any, needs: Needs) -> frozenset[int]:
    """The ids of the calls that are roots: the targets, through containers and routes, that nobody consumes."""
    candidates: dict[int, Symbolic] = {}
    pending: list[Any] = list(targets_of(workflow))
    while pending:
        target = pending.pop()
        if id(target) in candidates:
            continue
        candidates[id(target)] = target
        if isinstance(target, Router):
            pending.extend(leaf for route in target.routes.values() for leaf in targets_of(route))
    consumed: set[int] = set()
    for node in postorder(targets_of(workflow), needs):
        needed: Iterable[Symbolic] = needs.all(node)
        if isinstance(node, Router) and id(node) in candidates:
            needed = leaves(node.selector)
        consumed.update(map(id, needed))
    return frozenset(key for key, node in candidates.items() if key not in consumed and isinstance(node, LazyResult))


def targets_of(value: Any) -> list[Symbolic]:
    """The targets in a workflow: the leaves of its containers."""
    return leaves(value)


def lower_targets(unit: Unit, workflow: Any, final: bool = True) -> Steps[Operand]:
    """Run every target in `workflow`; the operand is its container with their results.

    If they aren't `final`, what is skipped passes its first data input on, as it does to any consumer.
    """
    region = unit.plan.top
    targets = targets_of(workflow)
    yield unit.side_by_side(targets, region, id(unit.plan))
    finish = _finish if final else _consume
    finals = {id(target): finish(unit, target, region) for target in targets}
    return _container(unit, workflow, finals)


def _container(unit: Unit, value: Any, finals: Mapping[int, Operand]) -> Operand:
    if isinstance(value, Symbolic):
        return finals[id(value)]
    if not is_container(value):
        return unit.tables.constant(value, "value")
    items = tuple(_container(unit, item, finals) for item in items_of(value))
    kind = type(value)
    if is_named_tuple(kind):
        return Pack("namedtuple", items, factory=unit.tables.constant(kind, kind.__name__))  # type: ignore[arg-type]
    keys = tuple(unit.tables.constant(key, "key") for key in value) if kind is dict else ()
    return Pack(kind.__name__, items, keys)


def _finish(unit: Unit, target: Symbolic, region: Region) -> Operand:
    """The value of a final target: None when its predecessor was skipped, an error when it was itself."""
    lowered = unit.found(target, region)
    if lowered.skipped is None:
        return lowered.value
    final = unit.tables.register("result")
    arms = [Arm(lowered.skipped, (Missing(_said(target), lowered.skipped, unit.tables.locate(target.origin)),))]
    if lowered.waived is not None:
        arms.insert(0, Arm(lowered.waived, (Copy(final, Literal(None)),)))
    unit.emit(region, Choose(tuple(arms), (Copy(final, lowered.value),), unit.tables.locate(target.origin)))
    return final


def _said(target: Symbolic) -> str:
    """What the error calls a target that has no result."""
    return f"Router {target._label()}" if isinstance(target, Router) else target._label()


def _consume(unit: Unit, target: Symbolic, region: Region) -> Operand:
    """The value of a target for who consumes it: an error where it was skipped and has nothing to pass on."""
    lowered = unit.found(target, region)
    if lowered.empty is not None:
        where = unit.tables.locate(target.origin)
        missing = Missing(_said(target), Literal(SKIPPED_DATA), where)
        unit.emit(region, Choose((Arm(lowered.empty, (missing,)),), (), where))
    return lowered.value


def _of_rounds(node: LazyResult[Any]) -> set[int]:
    """The ids of a loop's resources, which are injected round by round; in containers they are data."""
    inside = (leaf for value in node.values if not isinstance(value, Inject) for leaf in leaves(value))
    return {id(value) for value in node.values if isinstance(value, Inject)}.difference(map(id, inside))


def lower_root_call(unit: Unit, node: LazyResult[Any], region: Region) -> Steps[Lowered]:
    """A call that is a root: a loop, unless its source proves that it never goes round."""
    loops = unit.goes_round(node)
    yield demand_inputs(unit, node, region, _of_rounds(node) if loops else ())

    def core(target: Register) -> Block:
        if loops:
            return lower_loop(unit, node, region, target)
        arguments = _arguments(unit, node, region)
        call = Call(target, called(unit, node).key, arguments, False, unit.tables.locate(node.origin))
        return govern(unit, node, region, call, parameters(unit, node, region))

    data = [value for _, value in written_arguments(node)]
    taken = [leaf for leaf in unit.plan.needs.inputs(node) if not isinstance(leaf, Inject)]
    lowered: Lowered = yield guarded(unit, node, region, core, data, taken)
    return lowered


def _arguments(unit: Unit, node: LazyResult[Any], region: Region) -> tuple[Argument, ...]:
    """As written, or by the signature where the parameters became inputs."""
    values = unit.values.get(id(node))
    if values is None:
        return tuple(
            Argument(unit.operand(value, keyword or node.task.name, region), keyword or "")
            for keyword, value in written_arguments(node)
        )
    return signature_arguments(
        node.task.signature.parameters.values(),
        [
            unit.operand(value, name, region)
            for name, value in zip(node.task.signature.parameters, values, strict=True)
        ],
        values,
    )


def signature_arguments(
    signature: Iterable[inspect.Parameter], operands: Iterable[Operand], values: Iterable[Any]
) -> tuple[Argument, ...]:
    """Every parameter given in the order of the signature; empty `*args` and `**kwargs` are left out."""
    arguments = []
    for parameter, operand, value in zip(signature, operands, values, strict=True):
        if parameter.kind is parameter.VAR_POSITIONAL:
            arguments.extend(_spread(operand, value, 1))
        elif parameter.kind is parameter.VAR_KEYWORD:
            arguments.extend(_spread(operand, value, 2))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            arguments.append(Argument(operand, parameter.name))
        else:
            arguments.append(Argument(operand))
    return tuple(arguments)


def _spread(operand: Operand, value: Any, stars: int) -> list[Argument]:
    """`*value` or `**value`, one by one where the items are known, and nothing where there are none."""
    if type(value) in (tuple, dict) and not value:
        return []
    if isinstance(operand, Pack) and operand.kind == "tuple":
        return [Argument(item) for item in operand.items]
    if isinstance(operand, Pack) and operand.kind == "dict":
        words = [key.value if isinstance(key, Literal) else None for key in operand.keys]
        if all(isinstance(word, str) and word.isidentifier() and not iskeyword(word) for word in words):
            return [Argument(item, str(word)) for word, item in zip(words, operand.items, strict=True)]
    return [Argument(operand, "", stars)]
