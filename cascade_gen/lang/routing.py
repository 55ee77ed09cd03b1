"""Choosing by value: `Router`, and the jumps of a step machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cascade_gen.runtime.containers import check_keys
from cascade_gen.runtime.redirects import Redirect

from .compose import called, uncalled
from .lazy import LazyResult
from .policies import check_called
from .symbolic import Later, here

T = TypeVar("T")


class Router(Later[Any], Redirect):
    """Stands for the route that `selector` names; only that route runs, and what it alone needs.

    A route that is a task or a workflow function is its call, as it is among targets.
    """

    __slots__ = ("__weakref__", "routes", "selector")

    def __init__(self, selector: Any, routes: Mapping[Any, Any]) -> None:
        super().__init__(here())
        if not isinstance(routes, Mapping):
            raise TypeError(f"the routes of a Router are a dict from key to workflow; got {routes!r}")
        check_keys(routes)
        check_called("selector", selector)
        self.selector = selector
        self.routes = _called(routes)

    def _label(self) -> str:
        return _keys(self.routes)


def _called(routes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Routes with the tasks among them called; one under several keys is one call."""
    calls = {id(route): called(route) for route in routes.values() if uncalled(route)}
    return {key: calls.get(id(route), route) for key, route in routes.items()}


class JumpSelector:
    """The routes of a step's jumps: a key for each, and the step that follows; `None` ends the loop."""

    __slots__ = ("routes",)

    def __init__(self, routes: Mapping[Any, Any]) -> None:
        if not isinstance(routes, Mapping):
            raise TypeError(f"select_jump takes a dict from key to step, or None to end; got {routes!r}")
        check_keys(routes)
        self.routes: dict[Any, Any] = dict(routes)

    def __repr__(self) -> str:
        return f"<select_jump {_keys(self.routes)}>"


def _keys(routes: Mapping[Any, Any]) -> str:
    return "{" + ", ".join(map(repr, routes)) + "}"


def select_jump(routes: Mapping[Any, Any]) -> JumpSelector:
    """Which step follows each key of a `Jump`; a `None` route ends the loop with the jump's data."""
    return JumpSelector(routes)


def bind(step: LazyResult[T], selector: JumpSelector) -> LazyResult[T]:
    """Let `step` jump by `selector`; gives `step` back. The routes may point back to it."""
    if not isinstance(step, LazyResult):
        raise TypeError(f"bind takes the call of a task; got {step!r}")
    if not isinstance(selector, JumpSelector):
        raise TypeError(f"bind takes a select_jump(...); got {selector!r}")
    step._own().jumps = selector
    return step
