"""Which registers have one value wherever they are read, and which are read under their very names."""

from __future__ import annotations

from collections import Counter

from cascade_gen.blueprint import Block, Defer, Fill, Force, Loop, ReadParam, Register, targets, walk


class Steady:
    """What is known of the registers of a block."""

    def __init__(self, block: Block) -> None:
        self._written = _writes(block)
        self._fixed = _fixed(block)

    def is_steady(self, register: Register) -> bool:
        """Whether a register has the same value wherever it is read."""
        return self._written[register.name] <= 1

    def is_free(self, register: Register) -> bool:
        """Whether another register may be read everywhere in the place of one."""
        return self.is_steady(register) and register.name not in self._fixed


def _writes(block: Block) -> Counter[str]:
    """In how many places each register is written; what a loop carries it writes again and again."""
    found: Counter[str] = Counter()
    for one in walk(block):
        found.update(register.name for register in targets(one))
        if isinstance(one, Loop):
            found.update(2 * [item.register.name for state in one.states for item in state.inputs])
    return found


def _fixed(block: Block) -> set[str]:
    """The registers that instructions read under that very name."""
    found: set[str] = set()
    for one in walk(block):
        match one:
            case Loop(states=states):
                found.update(state.result.name for state in states)
            case Defer(results=results) | Force(results=results):
                found.update(register.name for register in results)
            case ReadParam(source=source) | Fill(source=source):
                found.add(source.name)
            case _:
                pass
    return found
