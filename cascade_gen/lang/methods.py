"""Tasks that are methods: bound to an instance, and the names under which classes have them.

What a method of such a name gives may be lazy.
"""

from __future__ import annotations

import inspect
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lazy import LazyResult, MappedLazyResult
    from .task import Task

_names: set[str] = set()


def note_method(name: str) -> None:
    """Remember that a class has a task or workflow under this name."""
    _names.add(name)


def names_a_method(name: str) -> bool:
    """Whether any class of this process was ever given a task or workflow under a name."""
    return name in _names


class BoundTask:
    """A task as the method of an instance, which is the first argument of its calls; a `MethodType` with a `map`."""

    __slots__ = ("__func__", "__self__", "__weakref__")

    def __init__(self, task: Task[..., Any], instance: object) -> None:
        self.__func__ = task
        self.__self__ = instance

    def __call__(self, /, *args: Any, **kwargs: Any) -> LazyResult[Any]:
        call = self.__func__(self.__self__, *args, **kwargs)
        call.of_instance = True
        return call

    def map(self, /, **iterables: Any) -> MappedLazyResult[Any]:
        """Run the method once for each position of `iterables`, as `Task.map` does, all of the one instance."""
        return self.__func__.mapped((self.__self__,), iterables)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundTask):
            return NotImplemented
        return self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self) -> int:
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self) -> str:
        return f"<bound task {self.__func__.called} of {self.__self__!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self.__self__, self.__name__)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.__func__.__doc__

    @property
    def __signature__(self) -> inspect.Signature:
        """What is left to be given."""
        return inspect.signature(MethodType(self.__func__, self.__self__))
