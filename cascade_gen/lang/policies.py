"""What a chain method sets on a node: condition, predecessors, retry, cache, constraints, timeout, jumps."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import getattr_static, isfunction, isroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from cascade_gen.runtime.containers import is_container
from cascade_gen.runtime.redirects import Lazy

_Self = TypeVar("_Self", bound="Governed")
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and when, a failed call is tried again (seconds; `max_attempts` counts every attempt)."""

    max_attempts: int
    delay: float
    backoff: float
    retry_on: type[BaseException] | tuple[type[BaseException], ...]
    max_delay: float | None
    jitter: float

    def __post_init__(self) -> None:
        if not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise ValueError(f"max_attempts counts every attempt, at least 1; got {self.max_attempts!r}")
        for name in ("delay", "backoff", "jitter", "max_delay"):
            value = getattr(self, name)
            if name == "max_delay" and value is None:
                continue
            if isinstance(value, bool) or not (isinstance(value, int | float) and 0 <= value < math.inf):
                raise ValueError(f"{name} is a number from 0 up; got {value!r}")
        kinds = self.retry_on if isinstance(self.retry_on, tuple) else (self.retry_on,)
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError(f"retry_on takes an exception class or a tuple of them; got {kind!r}")


@runtime_checkable
class CachePolicy(Protocol):
    """What `.with_cache` takes; both methods may be sync or async."""

    def check(self, key: str, inputs: Mapping[str, Any], /) -> Any | Awaitable[Any]:
        """The value kept under `key`, or `cs.MISS`."""

    def save(self, key: str, inputs: Mapping[str, Any], value: Any, /) -> Awaitable[None] | None:
        """Keep `value` under `key`."""


class Policies:
    """The policies of one node; unset ones are None or empty."""

    __slots__ = ("after", "cache", "condition", "constraints", "jumps", "retry", "timeout")

    def __init__(self) -> None:
        self.condition: Any = _UNSET
        self.after: tuple[Any, ...] = ()
        self.retry: Retry | None = None
        self.cache: CachePolicy | None = None
        self.constraints: dict[str, Any] = {}
        self.timeout: float | None = None
        self.jumps: Any = None

    @property
    def has_condition(self) -> bool:
        """Whether `.run_if` was called: any value may be the condition, None too."""
        return self.condition is not _UNSET


_UNSET: Any = object()
_NONE = Policies()


def check_called(what: str, value: Any) -> None:
    """`TypeError` for a task or a workflow function in the place of its call: it is always true, and never runs."""
    from .compose import is_uncalled

    for one in value if type(value) in (list, tuple) else (value,):
        if is_uncalled(one):
            raise TypeError(f"the {what} is {one!r}, which hasn't been called: {one.name}(...)")


def _check_predecessor(value: Any) -> None:
    """`TypeError` for what never runs: neither lazy nor a container of what is. None, and none at all, will do."""
    check_called("predecessor", value)
    for one in value if type(value) in (list, tuple) else (value,):
        if one is not None and not isinstance(one, Lazy) and not is_container(one):
            raise TypeError(f"a predecessor is what has to run before, or a list of that; got {one!r}")


def _plainly_named(method: _F) -> _F:
    """Have Python's errors name a method without its class, which users don't know."""
    method.__qualname__ = method.__name__
    return method


class Governed:
    """A node that chain methods set policies on; each gives the node back."""

    __slots__ = ()

    if TYPE_CHECKING:  # the classes that have policies have the slot for them

        @property
        def _policies(self) -> Policies | None: ...
        @_policies.setter
        def _policies(self, policies: Policies | None) -> None: ...

    @property
    def policies(self) -> Policies:
        """The node's policies, to be read only."""
        return self._policies or _NONE

    def _own(self) -> Policies:
        if self._policies is None:
            self._policies = Policies()
        return self._policies

    @_plainly_named
    def run_if(self: _Self, condition: Any) -> _Self:
        """Call only when `condition` (lazy or not) is true; otherwise the node is skipped."""
        check_called("condition", condition)
        if isroutine(condition):
            raise TypeError(f"the condition is {condition!r}, which is always true: make it a task, and call it")
        self._own().condition = condition
        return self

    @_plainly_named
    def after(self: _Self, *predecessors: Any) -> _Self:
        """Run only after `predecessors` (lazies, mapped results, Routers or lists of them) have run."""
        for one in predecessors:
            _check_predecessor(one)
        own = self._own()
        own.after += predecessors
        return self

    @_plainly_named
    def with_retry(
        self: _Self,
        max_attempts: int = 3,
        delay: float = 0.0,
        backoff: float = 1.0,
        *,
        retry_on: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        max_delay: float | None = None,
        jitter: float = 0.0,
    ) -> _Self:
        """Call up to `max_attempts` times in all, sleeping `delay`, `delay * backoff`, ... seconds between."""
        self._own().retry = Retry(max_attempts, delay, backoff, retry_on, max_delay, jitter)
        return self

    @_plainly_named
    def with_cache(self: _Self, policy: CachePolicy) -> _Self:
        """Ask `policy` before each call, and give it each result."""
        for method in ("check", "save"):
            if isinstance(policy, type) and isfunction(getattr_static(policy, method, None)):
                raise TypeError(
                    f"a cache policy is an object, and {policy.__name__} is its class: {policy.__name__}(...)"
                )
            if not callable(getattr(policy, method, None)):
                raise TypeError(f"a cache policy has the methods check and save; {policy!r} has no {method}")
        self._own().cache = policy
        return self

    @_plainly_named
    def with_constraints(self: _Self, /, **amounts: Any) -> _Self:
        """Hold `amounts` of the system's resources (numbers, lazy or not) during the call."""
        self._own().constraints |= amounts
        return self

    @_plainly_named
    def with_timeout(self: _Self, seconds: float) -> _Self:
        """Raise `TimeoutError` when one attempt takes more than `seconds`."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
            raise ValueError(f"a timeout is a number of seconds above 0; got {seconds!r}")
        self._own().timeout = seconds
        return self
