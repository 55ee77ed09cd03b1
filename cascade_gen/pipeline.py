"""Read this first: how a declared workflow becomes a function, stage by stage.

workflow --lower--> Blueprint --optimize--> Blueprint --emit--> Python module --load--> function
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, overload

from cascade_gen.artifact import kept_or_made, load
from cascade_gen.blueprint import Blueprint, Emitted
from cascade_gen.check import known_bus, known_seconds
from cascade_gen.debug import show_stage
from cascade_gen.errors import NestingError, caller, edge
from cascade_gen.lang import Later, LazyResult, ResourceDefinition, Task, Workflow
from cascade_gen.lower import BlueprintBuilder
from cascade_gen.lower.kinds import told_kinds
from cascade_gen.optimize import optimise
from cascade_gen.tasks.looking import one_look

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Unpack

    from cascade_gen.artifact.typed import AotOptions, Compiled, Outcome, P, R
    from cascade_gen.emit import Options
    from cascade_gen.lang.typed import AsyncTask, Targets
    from cascade_gen.runtime.events import MessageBus
    from cascade_gen.runtime.governor import Governor


# A lazy result comes first: to a type checker it fits everywhere.
@overload
def aot(workflow: Later[R], **options: Unpack[AotOptions]) -> Compiled[..., Outcome[R]]: ...
@overload
def aot(workflow: AsyncTask[P, R], **options: Unpack[AotOptions]) -> Compiled[P, Coroutine[Any, Any, R]]: ...
@overload
def aot(workflow: Task[P, R], **options: Unpack[AotOptions]) -> Compiled[P, R]: ...
@overload
def aot(workflow: Workflow[P, Later[R]], **options: Unpack[AotOptions]) -> Compiled[P, Outcome[R]]: ...
@overload
def aot(workflow: Workflow[P, R], **options: Unpack[AotOptions]) -> Compiled[P, Outcome[R]]: ...
@overload
def aot(workflow: Targets, **options: Unpack[AotOptions]) -> Compiled[..., Any]: ...
def aot(
    workflow: Any,
    *,
    name: str | None = None,
    blueprints: Iterable[Any] = (),
    inline: bool = True,
    resources: Iterable[ResourceDefinition] = (),
    system_resources: Mapping[str, float] | None = None,
    observer: MessageBus | None = None,
    yield_every: float = 0.005,
) -> Any:
    """Compile a workflow ahead of time to a function with its inputs as the signature.

    `name` names it; `blueprints` are further workflows that tail calls may name; `inline=False` has every task
    called; `resources` are what `inject` may name; `system_resources` is what constraints are held against;
    `observer` is a `MessageBus` to tell; `yield_every` are the seconds that an async loop may keep the event
    loop, 0 for ever. The function carries `source`, `blueprint`, `run`, `save` and `explain`.
    Raises `CompileError`.
    """
    with edge(), one_look():
        known_bus("observer", observer)
        known_seconds("yield_every", yield_every)
        function = wrapped(workflow)
        blueprint = build(workflow, name, blueprints, resources, system_resources)
        module = _module(
            blueprint,
            doc=documentation(function),
            kinds=told_kinds(workflow, blueprint),
            yield_every=yield_every,
            inline=inline,
            observed=observer is not None,
            governed=system_resources is not None,
            system_resources=tuple((system_resources or {}).items()),
        )
        return _loaded(blueprint, module, function, observer)


def compile_for(
    workflow: Any, resources: Iterable[ResourceDefinition], capacity: Mapping[str, float], governor: Governor
) -> Any:
    """`aot` for an engine: constraints are held against the engine's governor."""
    from cascade_gen.engine import awaited  # which only engines need, and they have it

    function = wrapped(workflow)
    options: dict[str, Any] = {"governed": True, "system_resources": tuple(capacity.items())}
    with one_look():
        built = build(workflow, None, (), resources, capacity)
        blueprint = awaited(built, governor)
        options |= {"doc": documentation(function), "sync": blueprint.is_async and not built.is_async}
        return _loaded(blueprint, _module(blueprint, **options), function, None, governor)


def build(
    workflow: Any,
    name: str | None = None,
    blueprints: Iterable[Any] = (),
    resources: Iterable[ResourceDefinition] = (),
    system_resources: Mapping[str, float] | None = None,
) -> Blueprint:
    """The Blueprint of a workflow in template mode, lowered and optimised."""
    builder = BlueprintBuilder(resources, blueprints, system_resources)
    return optimise(builder.build(workflow, template=True, name=name))


def _module(blueprint: Blueprint, **options: Any) -> Emitted:
    """The Python module of a Blueprint, from the cache on disk if it is there; the generator's options by name.

    The generator is imported where it is needed: that takes longer than all else.
    """

    def make() -> Emitted:
        from cascade_gen.emit import Options

        return generate(blueprint, Options(**options))

    module = kept_or_made(blueprint, options, make)
    show_stage("module", module.text)
    return module


def generate(blueprint: Blueprint, options: Options) -> Emitted:
    """The Python module of a Blueprint, made anew."""
    from cascade_gen.emit import emit_module

    try:
        return emit_module(blueprint, options)
    except RecursionError:
        raise _nested_too_deeply() from None


def _nested_too_deeply() -> NestingError:
    return NestingError(
        "containers are nested too deeply in an argument", caller(), "build the inner ones inside a task"
    )


def _loaded(
    blueprint: Blueprint, module: Emitted, wraps: Callable[..., Any] | None, observer: Any, governor: Any = None
) -> Any:
    """The function of a module; its text may have more brackets in one another than Python reads."""
    try:
        return load(blueprint, module, wraps, observer, governor)
    except SyntaxError as error:
        if "nested" not in str(error.msg):
            raise
        raise _nested_too_deeply() from None


def wrapped(workflow: Any) -> Callable[..., Any] | None:
    """The user's function that a compiled workflow stands for, if it is one function's."""
    match workflow:
        case Task() | Workflow():
            return workflow.func
        case LazyResult():
            return workflow.task.func
    return None


def documentation(function: Callable[..., Any] | None) -> str:
    """The docstring of the user's function, empty where there is none."""
    text = function.__doc__ if isinstance(function, FunctionType | MethodType) else None
    return text if type(text) is str else ""
