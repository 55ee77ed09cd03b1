"""The rounds of a single workflow as long as they take plain values: all that most loops need that nobody could see.

A standalone file compiles this whenever it starts, in place of `State` and `Rounds`, which are several times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from .binding import names_binder, plain_names
from .redirects import TailCall
from .rounds import ATOMS
from .states import Inputs


class PlainRounds:
    """Binds tail calls and calls of a workflow to itself, in one run, where they give it nothing but atoms.

    Its function is called with the inputs in order, so that any but plain parameters are left to `Rounds`. So are
    rounds that are more than a call, whose state is `told` something.
    """

    __slots__ = ("_bind", "_names", "func", "name", "number", "told")

    def __init__(self, name: str, func: Callable[..., Any], told: Mapping[str, Any]) -> None:
        self.name = name
        self.func = func
        self.told = told
        self.number = 1  # of the round that runs: for notes on failures
        self._names = None if told else plain_names(func)
        self._bind: FunctionType | None = None

    def next_inputs(self, result: Any, inputs: Inputs) -> Inputs | None:
        """The inputs of the next round; None where there is none, or where it takes `Rounds` to tell."""
        names = self._names
        if names is None:
            return None
        if type(result) is TailCall:
            found = self._bound(names, result, inputs)
        elif hasattr(type(result), "carried") and result.task.func is self.func and result.task.name == self.name:
            values = result.carried(True)
            found = values if values is not None and ATOMS.issuperset(map(type, values)) else None
        else:
            return None
        self.number += found is not None
        return found

    def _bound(self, names: tuple[str, ...], call: TailCall, inputs: Inputs) -> Inputs | None:
        """The inputs that a tail call gives; the current ones are the defaults, so that Python merges old and new."""
        named, args, kwargs = call.target_blueprint_id, call.args, call.kwargs
        if named is not None and (type(named) is not str or named != self.name):
            return None
        if not (ATOMS.issuperset(map(type, args)) and ATOMS.issuperset(map(type, kwargs.values()))):
            return None
        if self._bind is None:
            self._bind = names_binder(self.name, names)
        self._bind.__defaults__ = inputs
        try:
            found: Inputs = self._bind(*args, **kwargs)
        except TypeError:  # which `Rounds` puts in the words of the task's signature
            return None
        return found
