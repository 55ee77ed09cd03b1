"""Calls that have not happened yet: `LazyResult` and the mapped form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from cascade_gen.runtime.binding import make_binder
from cascade_gen.runtime.containers import glance, holds_lazy
from cascade_gen.runtime.redirects import Redirect
from cascade_gen.runtime.sentinels import KEEP

from .inputs import Inject
from .policies import Governed, Policies
from .symbolic import Later, Origin, T_co

if TYPE_CHECKING:
    from .task import Task

T = TypeVar("T")


class LazyResult(Later[T_co], Governed, Redirect):
    """The call of a task, to happen when the workflow runs.

    `args` and `kwargs` are the arguments as written, `values` one value for each parameter of the signature,
    defaults included. Returned by a root it is natural recursion: the trampoline goes round with it. `of_instance`:
    it is the call of a method, by the instance that is its first argument.
    """

    __slots__ = ("__weakref__", "_policies", "args", "holds_lazies", "kwargs", "of_instance", "task", "values")

    def __init__(
        self,
        task: Task[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        values: tuple[Any, ...],
        origin: Origin,
    ) -> None:
        super().__init__(origin)
        self.task = task
        self.args = args
        self.kwargs = kwargs
        self.values = values
        glances = [glance(value) for value in values]
        self.holds_lazies: bool | None = True if True in glances else None if None in glances else False
        self.of_instance = False
        self._policies: Policies | None = None

    def _label(self) -> str:
        return self.task.name

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the call itself is asked for, with no resource among its arguments and no default that
        has to be computed."""
        return self._policies is None and _is_plain(self)

    def with_values(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the parameters for arguments that have been computed, and its injected resources."""
        return self.task(*args, **kwargs).values

    def carried(self, trust: bool = False) -> tuple[Any, ...] | None:
        """The values of a plain call with its injected resources; None where policies or other lazies are involved.

        With `trust`, values too large to be looked through at a glance are taken to hold no lazies.
        """
        if self._policies is not None:
            return None
        if self.holds_lazies is False or (self.holds_lazies is None and trust):
            return self.values
        return None if _holds_other_lazies(self.values) else self.values

    def rebound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> LazyResult[T_co]:
        """The same call, its policies included, with the inputs that `args` and `kwargs` name replaced."""
        return _rebound(self, args, kwargs)


def _is_plain(call: LazyResult[Any]) -> bool:
    if any(isinstance(one, Inject) for one in (*call.args, *call.kwargs.values())):
        return False
    parameters = call.task.signature.parameters
    return all(isinstance(parameters[name].default, Inject) for _, name in call.task.lazy_defaults)


def _holds_other_lazies(values: tuple[Any, ...]) -> bool:
    """Whether there are lazies that aren't resources."""
    return holds_lazy([value for value in values if not isinstance(value, Inject)])


class MappedLazyResult(Later[list[T]], Governed, Redirect):
    """A task run once for each position of `iterables`; the results as a list, in that order.

    `bound` are arguments that every call has before these: the instance of a method.
    """

    __slots__ = ("__weakref__", "_policies", "bound", "iterables", "task")

    def __init__(
        self, task: Task[..., Any], iterables: dict[str, Any], origin: Origin, bound: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(origin)
        self.task = task
        self.bound = bound
        self.iterables = iterables
        self._policies: Policies | None = None

    def _label(self) -> str:
        return f"{self.task.name}.map"


def _rebound(call: LazyResult[T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> LazyResult[T]:
    """A call with some of its inputs replaced."""
    keep = make_binder(call.task.called, call.task.signature, KEEP)
    new = keep(*args, **kwargs)
    values = tuple(old if value is KEEP else value for old, value in zip(call.values, new, strict=True))
    parameters = call.task.signature.parameters.values()
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for parameter, old, value in zip(parameters, call.values, values, strict=True):
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(value or old)
        elif parameter.kind is parameter.VAR_KEYWORD:
            keywords.update({**old, **value})
        elif parameter.kind is parameter.KEYWORD_ONLY:
            keywords[parameter.name] = value
        else:
            positional.append(value)
    again = LazyResult[T](call.task, tuple(positional), keywords, values, call.origin)
    again.of_instance = call.of_instance
    again._policies = call._policies
    return again
