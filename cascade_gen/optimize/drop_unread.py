"""Drops copies to registers that nobody reads.

before: x_skipped = copy ""        after: (nothing)
        x_waived = copy False
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from cascade_gen.blueprint import Block, Blueprint, Copy
from cascade_gen.blueprint.rewrite import drop_results, read_counts, rewrite_blocks


def drop_unread(blueprint: Blueprint) -> Blueprint:
    """The Blueprint without copies that nobody reads, until none is left."""
    counts = read_counts(blueprint)
    while True:
        dropped: Counter[str] = Counter()
        body = _without(blueprint.body, counts, dropped)
        if not dropped:
            return blueprint
        blueprint = replace(blueprint, body=body)
        counts = read_counts(blueprint)


def _without(block: Block, counts: Counter[str], dropped: Counter[str]) -> Block:
    kept = []
    for instruction in block:
        if isinstance(instruction, Copy) and not counts[instruction.target.name]:
            dropped[instruction.target.name] += 1
            continue
        trimmed = drop_results(instruction, counts)
        kept.append(rewrite_blocks(trimmed, lambda inner: _without(inner, counts, dropped)))
    return tuple(kept)
