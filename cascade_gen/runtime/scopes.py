"""Resources of a sync workflow: made at first use, shared within their scope, torn down last in, first out.

The errors of teardown are those of nested `with` statements, but for one thing: a generator that swallows the
exception it is shown doesn't keep it from going on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from .errors import ResourceError


class Resource:
    """What a scope makes values of.

    `func` is a generator function, or an async one if `is_async`; `scope` is "run" or "task"; `injects` maps
    its parameters to the names of the resources that they are given.
    """

    __slots__ = ("func", "injects", "is_async", "name", "scope")

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        scope: str = "run",
        injects: Mapping[str, str] | None = None,
        is_async: bool = False,
    ) -> None:
        self.name = name
        self.func = func
        self.scope = scope
        self.injects: Mapping[str, str] = injects or {}
        self.is_async = is_async

    def __repr__(self) -> str:
        return f"Resource({self.name!r}, scope={self.scope!r})"


class Scope:
    """The time in which resources live: `with Scope(table) as scope: ... scope.use("database") ...`.

    `table` holds the resources by name. A scope without a `parent` is that of the run; `fresh` gives one for
    a round of a loop. `acquired` and `released` are told the name of each resource made and torn down.
    """

    __slots__ = ("_acquired", "_closed", "_open", "_parent", "_released", "_values", "table")

    def __init__(
        self,
        table: Mapping[str, Resource],
        parent: Scope | None = None,
        acquired: Callable[[str], object] | None = None,
        released: Callable[[str], object] | None = None,
    ) -> None:
        self.table = table
        self._parent = parent
        self._acquired = acquired
        self._released = released
        self._values: dict[str, Any] = {}
        self._open: list[tuple[str, Generator[Any, None, None]]] = []
        self._closed = False

    def fresh(self) -> Scope:
        """A scope within this one: "run" resources are this one's, "task" resources its own."""
        return Scope(self.table, self, self._acquired, self._released)

    def use(self, name: str) -> Any:
        """The value of the resource, which is made if this is its first use, after those it injects.

        `ResourceError` if there is no such resource, if it yields nothing, is async, needs itself, or if the
        scope is over.
        """
        try:
            return self._values[name]
        except KeyError:
            pass  # and no exception hangs on to those of the generator
        return self._first_use(name)

    def _first_use(self, name: str) -> Any:
        resource = find(self.table, name)
        if self._parent is not None and resource.scope == "run":
            value = self._values[name] = self._parent.use(name)
            return value
        if self._closed or resource.is_async:
            raise over(name) if self._closed else _never_awaited(name)
        injected = {parameter: self.use(needed) for parameter, needed in resource.injects.items()}
        generator = resource.func(**injected)
        value = start(name, generator)
        self._open.append((name, generator))
        self._values[name] = value
        if self._acquired is not None:
            self._acquired(name)
        return value

    def __enter__(self) -> Scope:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Tear down what was made here, showing each generator the exception, if there is one."""
        self._closed = True
        self._close(error)

    def _close(self, error: BaseException | None) -> None:
        while self._open:
            name, generator = self._open.pop()
            try:
                try:
                    finish(name, generator, error)
                finally:
                    if self._released is not None:
                        self._released(name)
            except BaseException as raised:
                # From within the handler, so that errors still to come have this one as their context.
                self._close(raised)
                raise


def find(table: Mapping[str, Resource], name: str) -> Resource:
    """The resource of that name; `ResourceError` if there is none, or if what it injects leads back to it."""
    resource = table.get(name)
    if resource is None:
        raise _unknown(name, table)
    if resource.injects:
        _check_circle(name, resource, table)
    return resource


def _check_circle(name: str, resource: Resource, table: Mapping[str, Resource]) -> None:
    """`ResourceError` if what a resource injects leads back to it."""
    todo, seen = list(resource.injects.values()), set()
    while todo:
        needed = todo.pop()
        if needed == name:
            raise ResourceError(f"resource {name!r} injects itself, directly or by way of others")
        if needed in table and needed not in seen:
            seen.add(needed)
            todo.extend(table[needed].injects.values())


def start(name: str, generator: Generator[Any, None, None]) -> Any:
    """What a resource's generator yields; `ResourceError` if it ends without yielding."""
    try:
        return next(generator)
    except StopIteration:
        raise nothing(name) from None


def finish(name: str, generator: Generator[Any, None, None], error: BaseException | None) -> None:
    """Resume a resource's generator for its teardown, by throwing `error` into it if there is one.

    What it raises is raised, unless that is `error` itself; `ResourceError` if it yields again.
    """
    if error is None:
        try:
            next(generator)
        except StopIteration:
            return
    elif _is_ended_by(error, generator):
        return
    _close(name, generator)


def _is_ended_by(error: BaseException, generator: Generator[Any, None, None]) -> bool:
    """Throw an error into a generator, and tell whether it is over then; what else it raises is raised."""
    trace = error.__traceback__
    try:
        generator.throw(error)
    except StopIteration:
        return True
    except BaseException as raised:
        if not is_same(raised, error):
            raise
        return True
    finally:
        error.__traceback__ = trace  # without the generator's frames, which it has left
    return False


def _close(name: str, generator: Generator[Any, None, None]) -> None:
    """Close a generator that has yielded again, for which `ResourceError` is raised."""
    try:
        raise twice(name)
    finally:
        generator.close()


def is_same(raised: BaseException, error: BaseException | None) -> bool:
    """Whether a generator that was thrown `error` has let it through.

    A generator can't let a `StopIteration` through: Python turns it into a `RuntimeError` (PEP 479).
    """
    if raised is error:
        return True
    stops = isinstance(error, (StopIteration, StopAsyncIteration))
    return stops and isinstance(raised, RuntimeError) and raised.__cause__ is error


def over(name: str) -> ResourceError:
    """The error of a resource that is to be made when the scope is over."""
    return ResourceError(f"resource {name!r} is asked for after the end of its scope")


def _never_awaited(name: str) -> ResourceError:
    return ResourceError(f"resource {name!r} is async, but the workflow is not")


def _unknown(name: str, table: Mapping[str, Resource]) -> ResourceError:
    return ResourceError(f"there is no resource {name!r}; there are: {', '.join(sorted(table)) or 'none'}")


def nothing(name: str) -> ResourceError:
    """The error of a generator that yields nothing."""
    return ResourceError(f"resource {name!r} yielded nothing")


def twice(name: str) -> ResourceError:
    """The error of a generator that yields again when it is to end."""
    return ResourceError(f"resource {name!r} yielded more than once")
