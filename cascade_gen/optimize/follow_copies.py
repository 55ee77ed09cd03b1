"""Reads a register itself where one was read that is but its copy.

before: page = call fetch(url)               after: page = call fetch(url)
        words = call count(page)                    words = call count(page)
        result = page                               return [page, words]
        return [result, words]
"""

from __future__ import annotations

from dataclasses import replace

from cascade_gen.blueprint import Block, Blueprint, Copy, Register, walk
from cascade_gen.blueprint.rewrite import renamed, rewrite_blocks, rewrite_operands

from .steady import Steady


def follow_copies(blueprint: Blueprint) -> Blueprint:
    """The Blueprint without copies of registers that have one value wherever they are read, as their copies have."""
    if not any(isinstance(one, Copy) and isinstance(one.source, Register) for one in walk(blueprint.body)):
        return blueprint
    same = _copies(blueprint.body)
    if not same:
        return blueprint

    def read(register: Register) -> Register:
        return same.get(register.name, register)

    def rewrite(block: Block) -> Block:
        kept = (one for one in block if not (isinstance(one, Copy) and one.target.name in same))
        return tuple(rewrite_operands(rewrite_blocks(one, rewrite), read) for one in kept)

    return replace(blueprint, body=rewrite(blueprint.body), result=renamed(blueprint.result, read))


def _copies(block: Block) -> dict[str, Register]:
    """What is read in the place of each register that is but a copy."""
    steady = Steady(block)
    found: dict[str, Register] = {}
    for one in walk(block):
        if isinstance(one, Copy) and steady.is_free(one.target):
            source = one.source
            if isinstance(source, Register) and steady.is_steady(source):
                found[one.target.name] = found.get(source.name, source)
    return found
