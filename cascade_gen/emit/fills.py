"""Writes the inputs of a round: as they are given, or computed where they aren't."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from cascade_gen.blueprint import Call, Fill, Inject

from . import nodes
from .calls import injection
from .function import Emitter, emits
from .nodes import Expression, Statement
from .places import LONGEST
from .straight import write_block


@emits(Fill)
def _fill(emitter: Emitter, fill: Fill) -> list[Statement]:
    return fill_statements(emitter, fill)


def fill_statements(emitter: Emitter, fill: Fill, kept: str = "") -> list[Statement]:
    """An input as it is given, or computed; `kept` is the variable in which that stays for later rounds."""
    keep = nodes.name(emitter.runtime("sentinels", "KEEP"))
    source, target = nodes.name(fill.source.name), fill.target.name
    compute, value = _computed(emitter, fill if kept else _computed_in_place(emitter, fill))
    missing = nodes.compare(source, cst.Is(), keep)
    if not (compute or kept) and len(nodes.text_of(value)) <= LONGEST:
        return [nodes.assign(target, cst.IfExp(missing, value, source))]
    if kept:
        first = nodes.compare(nodes.name(kept), cst.Is(), keep)
        compute = [nodes.if_([(first, [*compute, nodes.assign(kept, value)])], [])]
        value = nodes.name(kept)
    if nodes.text_of(value) != target:
        compute = [*compute, nodes.assign(target, value)]
    return [nodes.if_([(missing, compute)], [nodes.assign(target, source)])]


def _computed_in_place(emitter: Emitter, fill: Fill) -> Fill:
    """The same with what is computed last in the very variable of the input, if nobody else reads it.

    Events are told its own name.
    """
    if not emitter.plain or not emitter.is_read(fill.target):
        return fill
    match fill.block:
        case (*before, Call(target=target) as call) if target == fill.result and emitter.reads[target.name] == 1:
            return replace(fill, block=(*before, replace(call, target=fill.target)), result=fill.target)
    return fill


def _computed(emitter: Emitter, fill: Fill) -> tuple[list[Statement], Expression]:
    """What computes an input, and its value."""
    match fill.block:
        case (Inject(target=target) as one,) if target == fill.result and emitter.reads[target.name] == 1:
            return [], injection(emitter, one)
    straight = write_block(emitter, fill.block)
    straight.take(fill.result)
    return straight.statements, emitter.read(fill.result)
