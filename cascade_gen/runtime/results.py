"""What a result may be: the errors of values that are out of place."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import Any, TypeVar

from .errors import DependencyMissingError, MisplacedTailCallError, RouteNotFoundError

T = TypeVar("T")


def misplaced(task: str, value: object) -> MisplacedTailCallError:
    """The error for a redirect returned by a task that is no root."""
    kind = type(value).__name__
    return MisplacedTailCallError(
        f"the task {task!r} returned a {kind}, but it is no root: its result is used by other tasks;"
        " only the call that ends a workflow may go round"
    )


def no_route(key: object, keys: Iterable[object]) -> RouteNotFoundError:
    """The error for a selector's value that has no route."""
    return RouteNotFoundError(f"no route for {key!r}; there are {', '.join(map(repr, keys)) or 'none'}")


def missing(task: str, reason: str) -> DependencyMissingError:
    """The error for a final target that was skipped."""
    return DependencyMissingError(f"{task!r} was skipped ({reason}), so there is no result")


def all_of(iterable: Iterable[T]) -> Iterable[T]:
    """A mapped input as it is, or a list of all that an iterator gives: inputs come first, then the items."""
    return iterable if isinstance(iterable, Sized) else list(iterable)


def aligned(**iterables: Any) -> zip[tuple[Any, ...]]:
    """The positions of mapped inputs; `ValueError` if their lengths differ. Iterators are read first."""
    read: dict[str, Any] = {name: all_of(one) for name, one in iterables.items()}
    lengths = {name: len(one) for name, one in read.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Mapped inputs have mismatched lengths: {lengths}")
    return zip(*read.values(), strict=True)


def route_index(routes: dict[Any, int], key: Any) -> int:
    """The number of the route for `key`; `RouteNotFoundError` where there is none."""
    try:
        return routes[key]
    except (KeyError, TypeError):
        raise no_route(key, routes) from None
