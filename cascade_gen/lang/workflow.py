"""`@cs.workflow`: a function that declares a graph, its arguments being the inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType, MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

from cascade_gen.errors import SignatureError, caller
from cascade_gen.runtime.errors import Location

from .inputs import check_text
from .methods import note_method
from .symbolic import Origin, global_name

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


_NAMELESS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Workflow(Generic[P, R_co]):
    """A function that gives a graph. Compiling traces it once with symbolic arguments.

    Calling it gives its graph with the arguments put in, so that workflows nest; `CompileError` where its signature
    takes any number of them.
    """

    def __init__(self, func: Callable[P, R_co], name: str | None) -> None:
        if not inspect.isfunction(func):
            raise TypeError(f"@cs.workflow goes on a function; got {func!r}")
        _check_plain(func)
        update_wrapper(self, func)
        self.func: Callable[P, R_co] = func
        self.name = check_text("the name of a workflow", func.__name__ if name is None else name)

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"

    def __reduce__(self) -> str:
        return global_name(self, self.func.__module__, self.func.__qualname__)

    def __set_name__(self, owner: type, name: str) -> None:
        note_method(name)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        if self.func.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
            for parameter in self.nameless:
                raise nameless_error(self, parameter, caller())
        return self.func(*args, **kwargs)

    @property
    def nameless(self) -> list[inspect.Parameter]:
        """The `*args` and `**kwargs` of the signature, which has no room for them."""
        return [one for one in self.signature.parameters.values() if one.kind in _NAMELESS]

    @property
    def signature(self) -> inspect.Signature:
        """The signature of `func`: the inputs."""
        return inspect.signature(self.func)

    @property
    def origin(self) -> Origin:
        """Where `func` was written."""
        return self.func.__code__, -1, self.func.__module__


def _check_plain(func: FunctionType) -> None:
    """`TypeError` for a function whose call gives no graph, but a coroutine or a generator."""
    flags = func.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        kind = "an async generator"
    elif flags & inspect.CO_COROUTINE:
        kind = "async"
    elif flags & (inspect.CO_GENERATOR | inspect.CO_ITERABLE_COROUTINE):
        kind = "a generator"
    else:
        return
    raise TypeError(
        f"@cs.workflow goes on a plain function, which declares the graph; {func.__name__!r} is {kind}:"
        " return the calls of tasks; what awaits or yields goes into a task, and a task may be async"
    )


def nameless_error(one: Workflow[..., Any], parameter: inspect.Parameter, where: Location | None) -> SignatureError:
    """The error of a workflow whose inputs have no names."""
    return SignatureError(
        f"the workflow {one.name!r} has {parameter} in its signature",
        where,
        "name every argument; a list can be one of them",
    )


@overload
def workflow(func: Callable[P, R], /) -> Workflow[P, R]: ...
@overload
def workflow(*, name: str | None = None) -> Callable[[Callable[P, R]], Workflow[P, R]]: ...
def workflow(func: Callable[..., Any] | None = None, /, *, name: str | None = None) -> Any:
    """Make a function a workflow: `@cs.workflow`. It returns a graph of lazy calls over its arguments."""
    if func is not None:
        return Workflow(func, name)
    return lambda function: Workflow(function, name)
