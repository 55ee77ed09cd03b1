"""The loop of a single workflow as long as it takes plain values: all that most loops need that nobody could see.

A standalone file compiles this whenever it starts, in place of `Loop`, `State` and `Rounds`, which are many times as
much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .binding import plain_names
from .redirects import Redirect, TailCall
from .rounds import ATOMS
from .run import Run
from .states import Inputs


class PlainLoop:
    """The loop of a workflow whose inputs are the parameters of `func`, all of them with values.

    Made when a redirect is there, in sync runs of which nobody could see that they would go round. It follows tail
    calls and calls of the workflow to itself that give nothing but atoms to plain parameters; `Loop` does the rest.
    """

    __slots__ = ("_names", "func", "name", "number")

    def __init__(self, name: str, func: Callable[..., Any]) -> None:
        self.name = name
        self.func = func
        self.number = 1  # of the round that runs: for notes on failures
        self._names = plain_names(func)

    def finish(self, result: Any, inputs: Inputs, run: Run | None = None, initials: tuple[Inputs, ...] = ()) -> Any:
        """The end of a run of which a round with `inputs` gave `result`; see `Loop.finish`."""
        while (following := self._following(result, inputs)) is not None:
            inputs = following
            self.number += 1
            result = self.func(*inputs)
        if not isinstance(result, Redirect):
            return result
        from .loops import Loop  # which few loops need

        return Loop.of(self.name, self.func).finish(result, inputs, run, 0, initials, number=self.number)

    def _following(self, result: Any, inputs: Inputs) -> Inputs | None:
        """The inputs of the next round; None where there is none, or where it takes `Loop` to tell."""
        names = self._names
        if names is None or not isinstance(result, Redirect):
            return None
        is_call = result.carried is not None
        return _called(self, result) if is_call else _bound(self.name, names, result, inputs)


def _called(loop: PlainLoop, call: Any) -> Inputs | None:
    """The inputs that a call of the workflow gives."""
    if call.task.func is not loop.func or call.task.name != loop.name:
        return None
    values: Inputs | None = call.carried(True)
    return values if values is not None and ATOMS.issuperset(map(type, values)) else None


def _bound(name: str, names: tuple[str, ...], call: Any, inputs: Inputs) -> Inputs | None:
    """The inputs that a tail call gives; those it doesn't name stay. What is wrong with it `Loop` says."""
    if type(call) is not TailCall:
        return None
    named, args, kwargs = call.target_blueprint_id, call.args, call.kwargs
    if named is not None and (type(named) is not str or named != name):
        return None
    if not (ATOMS.issuperset(map(type, args)) and ATOMS.issuperset(map(type, kwargs.values()))):
        return None
    count = len(args)
    rest = inputs[count:]
    if kwargs:
        rest = tuple({**dict(zip(names[count:], rest, strict=True)), **kwargs}.values())
    return (*args, *rest) if count + len(rest) == len(names) else None
