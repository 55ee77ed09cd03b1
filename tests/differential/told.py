"""What the oracle speaks in: values of nodes and reasons in their stead, states of loops, errors of Cascade's own."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import cascade as cs
from cascade_gen.lang import Inject

from .graphs import holds_lazy

SEQUENCE, DATA, CONDITION, UNCONDITIONED = (
    "UpstreamSkipped_Sequence",
    "UpstreamSkipped_Data",
    "ConditionFalse",
    "UpstreamSkipped_Condition",
)


class CascadeOwnError(Exception):
    """Stands for an error whose text is Cascade's own: its class, and words that the text must contain."""

    def __init__(self, kind: type[Exception], *words: str) -> None:
        super().__init__(f"{kind.__name__} with {', '.join(map(repr, words))}")
        self.kind = kind
        self.words = words


class Told(NamedTuple):
    """A node's value, or what stands in for it when it was skipped; `nothing`: nothing does."""

    value: Any
    skipped: str = ""
    nothing: bool = False


class State(NamedTuple):
    """A call of a loop: its task, the node with its policies (None: a task met by a tail call), its inputs.

    Those in `lazy` are computed in the round, those in `kept` once. `amounts` are its constraints'.
    """

    task: Any
    node: Any
    inputs: dict[str, Any]
    kept: dict[int, Any]
    amounts: dict[str, Any]
    lazy: frozenset[str]

    @property
    def injected(self) -> dict[str, Any]:
        """The parameters that are given a resource anew each round."""
        values = defaults(self.task) if self.node is None else bound(self.node)
        return {name: value for name, value in values.items() if isinstance(value, Inject)}


def state_of(named: Any) -> State:
    """The state of a task or of a call with what it starts from."""
    if isinstance(named, cs.Task):
        return State(named, None, defaults(named), {}, {}, lazy_ones(defaults(named)))
    return State(named.task, named, bound(named), {}, {}, lazy_ones(bound(named)))


def lazy_ones(inputs: dict[str, Any]) -> frozenset[str]:
    """The names of those inputs that are to be computed."""
    return frozenset(name for name, value in inputs.items() if holds_lazy(value))


def bound(node: Any) -> dict[str, Any]:
    """A call's value for each parameter."""
    return dict(zip(node.task.signature.parameters, node.values, strict=True))


def defaults(task: Any) -> dict[str, Any]:
    """A task's default for each parameter."""
    empty = {inspect.Parameter.VAR_POSITIONAL: (), inspect.Parameter.VAR_KEYWORD: {}}
    return {key: empty.get(one.kind, one.default) for key, one in task.signature.parameters.items()}


def rebind(target: State, args: list[Any], kwargs: dict[str, Any]) -> State:
    """The target with the inputs of the next round: what the call names, resources, and else those of the target."""
    signature, inputs = target.task.signature, {**target.inputs, **target.injected}
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError:
        raise CascadeOwnError(TypeError, target.task.func.__qualname__) from None
    for name, value in given.items():
        merged = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        inputs[name] = {**inputs[name], **value} if merged else value
    if any(value is inspect.Parameter.empty for value in inputs.values()):
        raise CascadeOwnError(TypeError, target.task.func.__qualname__)
    return target._replace(inputs=inputs, lazy=(target.lazy | frozenset(target.injected)) - given.keys())


def convert(node: Any, value: Any) -> Any:
    """The value of a Param or an Env: text becomes its type."""
    if repr(value) == "MISSING":
        raise CascadeOwnError(cs.MissingParamError, node.name)
    if not isinstance(value, str):
        return value
    try:
        if node.type is bool:
            return {"yes": True, "off": False, "true": True, "1": True}[value.lower()]
        return node.type(value)
    except (ValueError, KeyError):
        raise CascadeOwnError(ValueError, node.name) from None
