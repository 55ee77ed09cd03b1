"""Resources: every injected one must be registered, and live as long as what injects it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from cascade_gen.errors import (
    CompileError,
    Location,
    ResourceNotFoundError,
    ResourceScopeError,
    did_you_mean,
)
from cascade_gen.lang import Inject, ResourceDefinition, locate


def resource_errors(marker: Inject, resources: Mapping[str, ResourceDefinition]) -> list[CompileError]:
    """What is wrong with the resource that a marker names, and with those that it injects itself.

    Each is looked at once, so that however many share one, the time is that of their number.
    """
    found: list[CompileError] = []
    done: set[str] = set()
    stack: list[ResourceDefinition] = []

    def look_at(name: str, where: Location) -> None:
        definition = resources.get(name)
        if definition is None:
            found.append(_unknown(name, where, resources))
            return
        if stack and stack[-1].scope == "run" and definition.scope == "task":
            found.append(_outlives(stack[-1], definition, where))
        if any(one is definition for one in stack):
            found.append(_circle(stack, definition, where))
        elif name not in done:
            done.add(name)
            stack.append(definition)
            for inner in injected(definition):
                look_at(inner.name, locate(inner.origin))
            stack.pop()

    look_at(marker.name, locate(marker.origin))
    return found


def injected(definition: ResourceDefinition) -> list[Inject]:
    """The markers in a resource's signature."""
    parameters = inspect.signature(definition.func).parameters.values()
    return [parameter.default for parameter in parameters if isinstance(parameter.default, Inject)]


def _unknown(name: str, where: Location, resources: Mapping[str, ResourceDefinition]) -> ResourceNotFoundError:
    names = ", ".join(map(repr, sorted(resources))) or "none"
    return ResourceNotFoundError(
        f"no resource is registered as {name!r}",
        where,
        f"{did_you_mean(name, resources)}pass it in resources=[...], or register it with the engine;"
        f" registered: {names}",
    )


def _outlives(outer: ResourceDefinition, inner: ResourceDefinition, where: Location) -> ResourceScopeError:
    return ResourceScopeError(
        f"the resource {outer.name!r} of scope 'run' injects {inner.name!r} of scope 'task'",
        where,
        f"make {outer.name!r} scope='task' too, or {inner.name!r} scope='run'",
    )


def _circle(stack: list[ResourceDefinition], again: ResourceDefinition, where: Location) -> ResourceScopeError:
    start = next(index for index, one in enumerate(stack) if one is again)
    names = [one.name for one in (*stack[start:], again)]
    if len(names) == 2:
        message = f"the resource {again.name!r} injects itself"
    else:
        message = f"resources inject one another in a circle: {' -> '.join(map(repr, names))}"
    return ResourceScopeError(message, where, "take one of the cs.inject(...) out of the circle")
