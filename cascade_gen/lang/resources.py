"""`@cs.resource`: what tasks share for a run or a round, made at first use and torn down at the end."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import update_wrapper
from typing import Any, Literal, cast, overload

from .inputs import Inject, check_text
from .symbolic import Origin

SCOPES = ("run", "task")


class ResourceDefinition:
    """A generator function that yields the resource once; what follows the `yield` is its teardown."""

    def __init__(self, func: Callable[..., Any], name: str | None, scope: str) -> None:
        if not (inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func)):
            raise TypeError(f"@cs.resource goes on a generator function; got {func!r}")
        if scope not in SCOPES:
            raise ValueError(f"scope is one of {', '.join(map(repr, SCOPES))}; got {scope!r}")
        update_wrapper(cast(Callable[..., Any], self), func)
        self.func = func
        self.name = check_text("the name of a resource", func.__name__ if name is None else name)
        self.scope = scope
        self.is_async = inspect.isasyncgenfunction(func)

    def __repr__(self) -> str:
        return f"<resource {self.name}>"

    @property
    def injects(self) -> dict[str, str]:
        """The parameters that are resources themselves: parameter name to resource name."""
        return {
            name: parameter.default.name
            for name, parameter in inspect.signature(self.func).parameters.items()
            if isinstance(parameter.default, Inject)
        }

    @property
    def origin(self) -> Origin:
        """Where `func` was written."""
        return self.func.__code__, -1, self.func.__module__


Factory = Callable[..., Iterator[Any]] | Callable[..., AsyncIterator[Any]]
"""A generator function, or an async one."""


@overload
def resource(func: Factory, /) -> ResourceDefinition: ...
@overload
def resource(
    *, name: str | None = None, scope: Literal["run", "task"] = "run"
) -> Callable[[Factory], ResourceDefinition]: ...
def resource(func: Callable[..., Any] | None = None, /, *, name: str | None = None, scope: str = "run") -> Any:
    """Make a (async) generator function a resource: `@cs.resource`, or `@cs.resource(name=None, scope="run")`.

    `scope="run"`: one for the run; `scope="task"`: one for the tasks of a round of a loop.
    """
    if func is not None:
        return ResourceDefinition(func, name, scope)
    return lambda function: ResourceDefinition(function, name, scope)
