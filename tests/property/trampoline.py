"""What a program does by the contract: plain functions, called by a trampoline of a few lines."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import cascade as cs

_KEEP = object()
Wait = Callable[[Any], Any]
Inputs = dict[str, Any]


class State(NamedTuple):
    """A task and its inputs, by name."""

    task: Any
    inputs: Inputs


class Trampoline:
    """Runs the workflows of one module. `wait` finishes a coroutine; `bound` are the states of known inputs."""

    def __init__(self, names: Mapping[str, Any], wait: Wait, linked: Sequence[Any] = ()) -> None:
        self.names, self.wait = names, wait
        self.bound = {one.task.name: self.state(one) for one in linked}

    def run(self, workflow: Any) -> Any:
        """The result of a call of a task, or of each of a list of them."""
        if isinstance(workflow, list):
            return [self.run(one) for one in workflow]
        return self.loop(self.state(workflow))

    def loop(self, start: State) -> Any:
        """Go round until a task returns a value."""
        bound = {**self.bound, start.task.name: start}
        task, inputs = start
        while True:
            result = self.call(task, inputs)
            if isinstance(result, cs.LazyResult):
                task, inputs = self.state(result)
            elif isinstance(result, cs.TailCall):
                task, inputs = self.onward(result, State(task, inputs), bound)
            else:
                return result

    def onward(self, call: Any, current: State, bound: Mapping[str, State]) -> State:
        """The state that a tail call leads to."""
        target = self.target(call.target_blueprint_id, current, bound)
        return State(target.task, self.merged(target, call))

    def target(self, named: Any, current: State, bound: Mapping[str, State]) -> State:
        """The state that a tail call names: the running one, one with bound inputs, or a task of the module."""
        name = getattr(named, "name", named)
        if name is None or name == current.task.name:
            return current
        if name in bound:
            return bound[name]
        task = self.names.get(name) if isinstance(name, str) else None
        if not isinstance(task, cs.Task):
            raise cs.UnknownBlueprintError(repr(name), None, "")
        return State(task, {key: one.default for key, one in task.signature.parameters.items()})

    def merged(self, target: State, call: Any) -> Inputs:
        """The inputs that a tail call names, and those of the target for the rest."""
        known: dict[int, Any] = {}
        args = [self.plain(one, known) for one in call.args]
        kwargs = {name: self.plain(one, known) for name, one in call.kwargs.items()}
        inputs = dict(target.inputs)
        parameters = target.task.signature.parameters
        needed = {name for name, value in inputs.items() if value is inspect.Parameter.empty}
        for name, value in _bound(target.task, needed, args, kwargs).items():
            kind = parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                inputs[name] = {**_given(inputs[name], {}), **value}
            elif kind is inspect.Parameter.VAR_POSITIONAL:
                inputs[name] = value or _given(inputs[name], ())
            elif value is not _KEEP:
                inputs[name] = value
        return inputs

    def call(self, task: Any, inputs: Inputs) -> Any:
        """Call the plain function."""
        given = inspect.BoundArguments(task.signature, dict(inputs))
        result = task.func(*given.args, **given.kwargs)
        return self.wait(result) if inspect.iscoroutine(result) else result

    def state(self, lazy: Any, known: dict[int, Any] | None = None) -> State:
        """The task and the inputs of a call, lazy ones computed."""
        known = {} if known is None else known
        names = lazy.task.signature.parameters
        return State(lazy.task, {name: self.plain(one, known) for name, one in zip(names, lazy.values, strict=True)})

    def plain(self, value: Any, known: dict[int, Any]) -> Any:
        """The value of an argument; a container with calls in it is a new one of what they give.

        Each call is run once: `known` are the results of those that have been, by the ids of the calls.
        """
        if type(value) in (list, tuple, dict):
            for key in value if isinstance(value, dict) else ():
                if isinstance(key, cs.LazyResult):
                    raise TypeError(
                        f"{key!r} has no value yet, so it can't be a dict key; build the dict inside a task"
                    )
            parts = value.values() if isinstance(value, dict) else value
            found = [self.plain(one, known) for one in parts]
            if all(new is old for new, old in zip(found, parts, strict=True)):
                return value
            return dict(zip(value, found, strict=True)) if isinstance(value, dict) else type(value)(found)
        if not isinstance(value, cs.LazyResult):
            return value
        if id(value) not in known:
            known[id(value)] = self.call(*self.state(value, known))
        if isinstance(known[id(value)], cs.LazyResult | cs.TailCall):
            raise cs.MisplacedTailCallError(value.task.name)
        return known[id(value)]


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is inspect.Parameter.empty else value


def _bound(task: Any, needed: set[str], args: list[Any], kwargs: Inputs) -> Inputs:
    """What the parameters get; a wrong call fails in the words for the function as it was written."""
    try:
        return _binder(task, needed)(*args, **kwargs)
    except TypeError as error:
        required = {one.name for one in task.signature.parameters.values() if one.default is one.empty}
        try:
            _binder(task, required)(*args, **kwargs)
        except TypeError as written:
            if "missing" not in str(written):
                raise written from None
        raise error from None


def _binder(task: Any, needed: set[str]) -> Callable[..., Inputs]:
    """A function with the parameters of a task, optional but for those needed, that gives what they got."""
    parameters = task.signature.parameters.values()
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    optional = [
        one.replace(annotation=one.empty, default=one.empty if one.kind in fixed or one.name in needed else _KEEP)
        for one in parameters
    ]
    text = str(inspect.Signature(optional)).replace(repr(_KEEP), "_KEEP")
    names: dict[str, Any] = {"_KEEP": _KEEP}
    exec(f"def binder{text}: return locals()", names)
    binder = names["binder"]
    binder.__qualname__ = binder.__name__ = task.func.__qualname__
    binder.__code__ = binder.__code__.replace(co_name=task.func.__name__, co_qualname=task.func.__qualname__)
    return binder  # type: ignore[no-any-return]
