"""What `cs.aot` gives, as type checkers see it: `Compiled`, and `Outcome`, what its calls give."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypedDict, TypeVar, overload

from cascade_gen.runtime.redirects import Anything

if TYPE_CHECKING:
    from inspect import Signature
    from pathlib import Path
    from types import CodeType

    from cascade_gen.blueprint import Blueprint
    from cascade_gen.lang import ResourceDefinition
    from cascade_gen.runtime.events import MessageBus
    from cascade_gen.runtime.governor import Governor

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Outcome(Coroutine[Any, Any, R_co], Anything):  # type: ignore[misc]
    """An `R`, or a coroutine of it where the workflow turns out to be async.

    Which of them, no type says: anything reachable may be async. To a type checker it fits wherever a value is
    wanted, and awaiting it gives an `R`. Nothing is ever an instance of it.
    """


class Compiled(Protocol[P, R_co]):
    """The function that `cs.aot` gives: called with `P` it gives `R_co`.

    That is the result of a sync workflow, a coroutine of the result of an async one, and an `Outcome` of it
    where types don't say which. The parameters are `...` where the workflow is no function.
    """

    __name__: str
    __qualname__: str
    __signature__: Signature

    @property
    def __code__(self) -> CodeType: ...

    @property
    def source(self) -> str:
        """The text of the module, as it runs."""

    @property
    def blueprint(self) -> Blueprint:
        """The intermediate representation that it was made of."""

    @property
    def governor(self) -> Governor:
        """What constraints are held against; only a function compiled with `system_resources` has it."""

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def run(self: Compiled[P, Coroutine[Any, Any, R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def run(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it and wait for its result, inside a running event loop too (in a helper thread)."""

    def save(self, path: str | Path, standalone: bool = False) -> None:
        """Write the module to `path`, whole or not at all. `NotShippableError` where it can't be imported."""

    def explain(self) -> str:
        """For each task: inlined, or called and why."""


class AotOptions(TypedDict, total=False):
    """The options of `cs.aot`, for its overloads."""

    name: str | None
    blueprints: Iterable[Any]
    inline: bool
    resources: Iterable[ResourceDefinition]
    system_resources: Mapping[str, float] | None
    observer: MessageBus | None
    yield_every: float
