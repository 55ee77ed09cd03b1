"""What fills the registers of a module, and what is known of their values for that."""

from __future__ import annotations

from collections.abc import Collection, Sized
from functools import cached_property

from cascade_gen.blueprint import (
    Blueprint,
    Call,
    Instruction,
    Map,
    Object,
    Operand,
    Pack,
    ReadEnv,
    ReadParam,
    Register,
    targets,
    walk,
)
from cascade_gen.bodies.ways import Ways

from .movable import Movable, Moves

_A_MAP = "a map"
_PLAIN_KINDS = (str, int, float, bool)
"""What converts inputs to something that can't be lazy."""


class Givers:
    """Knows of a register that is an input, or that tasks fill whose bodies can be read."""

    def __init__(self, blueprint: Blueprint, moves: Moves) -> None:
        self._blueprint = blueprint
        self._moves = moves

    def is_settled(self, operand: Operand | None) -> bool:
        """Whether nothing lazy can be in a value: written down, an input, or given by a task that gives none."""
        return _is_among(operand, self._settled)

    def is_sized(self, operand: Operand) -> bool:
        """Whether a value is proven to be a builtin container: written down, of a map, or all that its tasks give."""
        if isinstance(operand, Object):
            return isinstance(self._blueprint.objects.get(operand.name), Sized)
        if not isinstance(operand, Register):
            return True
        keys = self._keys.get(operand.name, set())
        tasks = [self._moves.get(key) for key in keys - {_A_MAP}]
        return bool(keys) and all(task is not None and task.ways.gives_sized for task in tasks)

    def is_bool(self, operand: Operand) -> bool:
        """Whether a value is proven to be True or False: all that its tasks give."""
        keys = self._keys.get(operand.name, set()) if isinstance(operand, Register) else set()
        tasks = [self._moves.get(key) for key in keys]
        return bool(keys) and all(task is not None and task.ways.gives_bool for task in tasks)

    def is_one_of(self, operand: Operand, values: Collection[object]) -> bool:
        """Whether a value is proven to be one of some texts: all that its tasks give is written down."""
        keys = self._keys.get(operand.name, set()) if isinstance(operand, Register) else set()
        tasks = [self._moves.get(key) for key in keys]
        return bool(keys) and all(task is not None and task.body.gives_texts_of(values) for task in tasks)

    @cached_property
    def _keys(self) -> dict[str, set[str]]:
        """What fills the registers that are no inputs: the keys of tasks, `_A_MAP`, "" for the rest."""
        found: dict[str, set[str]] = {}
        for one in walk(self._blueprint.body):
            key = one.task if isinstance(one, Call) else _A_MAP if isinstance(one, Map) else ""
            for register in targets(one):
                found.setdefault(register.name, set()).add(key)
        return found

    @cached_property
    def _settled(self) -> set[str]:
        """The registers in which nothing lazy can be; what is read stands before where it is read."""
        found = {one.register.name for one in self._blueprint.inputs}
        doubtful: set[str] = set()
        for one in walk(self._blueprint.body):
            names = {register.name for register in targets(one)}
            if (isinstance(one, Call) and self._gives_settled(one, found)) or self._reads_settled(one, found):
                found |= names - doubtful
            else:
                found -= names
                doubtful |= names
        return found

    def _reads_settled(self, one: Instruction, settled: set[str]) -> bool:
        """Whether an instruction reads a text or a number from outside, or an input as it is."""
        if not isinstance(one, ReadParam | ReadEnv) or not isinstance(one.type, Object):
            return False
        plain = self._blueprint.objects.get(one.type.name) in _PLAIN_KINDS
        return plain and (isinstance(one, ReadEnv) or one.source.name in settled)

    def _gives_settled(self, call: Call, settled: set[str]) -> bool:
        task = self._moves.get(call.task)
        if task is None or not task.ways.gives_settled:
            return False
        given = all(_is_among(argument.value, settled) for argument in call.arguments)
        return given or _gives_settled_of_anything(task)


def _is_among(operand: Operand | None, settled: set[str]) -> bool:
    if isinstance(operand, Pack):
        return all(_is_among(item, settled) for item in operand.items)
    return not isinstance(operand, Register) or operand.name in settled


def _gives_settled_of_anything(task: Movable) -> bool:
    """Whether nothing lazy can be in what a task gives even if there is in all it is given."""
    return Ways(task.body, task.function, frozenset(task.parameters)).gives_settled
