"""What only type checkers know of tasks; nothing imports this when it runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Never, ParamSpec, Protocol, TypeVar, overload

from .task import Task

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Targets = list[Any] | tuple[Any, ...] | dict[Any, Any]
"""Several workflows in a container: what they give is in one of its type."""


class Plain(Protocol[P]):
    """The function of a task. Its result may be another's in a variable of several; one asks for its defaults."""

    __code__: Any
    __defaults__: Any
    __kwdefaults__: Any
    __name__: str
    __qualname__: str
    __module__: str

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...


class AsyncTask(Task[P, R_co]):
    """A task that makes async whatever calls it: of an `async def`, or with a mode of its own.

    `R_co` is what awaiting it gives. When it runs it is a `Task` like any other.
    """


class Decorator(Protocol):
    """What `@cs.task(...)` puts on a function that runs where it stands."""

    # A function of unknown result fits all three. Pyright takes the first, which mustn't be that of coroutines.
    @overload
    def __call__(self, func: Callable[P, Never], /) -> Task[P, Any]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, func: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncTask[P, R]: ...
    @overload
    def __call__(self, func: Callable[P, R], /) -> Task[P, R]: ...
