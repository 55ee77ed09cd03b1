"""Where in the user's source something of a Blueprint stands that can't be saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cascade_gen.blueprint import (
    Blueprint,
    Input,
    Instruction,
    Object,
    ReadParam,
    objects_of,
    operands,
    registers_of,
    walk,
)
from cascade_gen.check import defined_at
from cascade_gen.errors import Location
from cascade_gen.lang.symbolic import Symbolic, locate


def where_given(blueprint: Blueprint, name: str) -> Location | None:
    """The call that is given an object, or has it as a policy; a further workflow itself; else the whole.

    The arguments of the very call that is compiled are defaults of inputs. So are the defaults of a workflow's
    function, which stand in its `def`.
    """
    known, value = blueprint.objects.get(name), Object(name)
    if isinstance(known, Symbolic):
        return locate(known.origin)
    for one in walk(blueprint.body):
        if any(value in objects_of(operand) for operand in operands(one)):
            where = _location(one)
            if where is not None:
                return where
    of_call = _is_of_task(blueprint)
    for given in blueprint.inputs:
        if given.default is not None and value in objects_of(given.default):
            found = (_location(one) for one in _readers(blueprint, given) if of_call or isinstance(one, ReadParam))
            return next((where for where in found if where is not None), blueprint.location)
    return blueprint.location


def where_used(blueprint: Blueprint, kind: Literal["task", "resource"], name: str) -> Location | None:
    """The first call of the task with this key, or the first that is given this resource; None where none says it."""
    uses = (one for one in walk(blueprint.body) if getattr(one, kind, "") == name)
    return next((where for one in uses if (where := _location(one)) is not None), None)


def _readers(blueprint: Blueprint, given: Input) -> Iterator[Instruction]:
    """The instructions that read an input."""
    for one in walk(blueprint.body):
        if any(given.register in registers_of(operand) for operand in operands(one)):
            yield one


def _is_of_task(blueprint: Blueprint) -> bool:
    """Whether a task or a call of one was compiled, rather than a workflow's function."""
    whole = blueprint.location
    places = [defined_at(task.func) for task in blueprint.bound_tasks.values()]
    return whole is not None and (whole.file, whole.line) in [(one.file, one.line) for one in places if one]


def _location(one: Instruction) -> Location | None:
    found: Location | None = getattr(one, "location", None)
    return found
