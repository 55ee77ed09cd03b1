"""Walks the instructions of a Blueprint: the other executor of the IR, with events, and the oracle of tests.

One walker serves sync and async Blueprints: it is a coroutine that never suspends where nothing awaits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from cascade_gen.blueprint import (
    Argument,
    Block,
    Blueprint,
    Call,
    Choose,
    Copy,
    Force,
    Literal,
    Object,
    Operand,
    Pack,
    Register,
    Route,
    TaskRef,
)
from cascade_gen.runtime.redirects import Redirect
from cascade_gen.runtime.results import misplaced, no_route
from cascade_gen.runtime.workers import blocking, compute

from .aside import Aside
from .context import RunContext
from .drive import Showing, Stopped
from .lifetimes import Step, lifetimes

Handler = Callable[["Walker", Any], Coroutine[Any, Any, None]]


class Layer(dict[str, Any]):
    """Registers of an inner walk; what isn't written there is read from the walk around it."""

    __slots__ = ("_around",)

    def __init__(self, around: dict[str, Any]) -> None:
        self._around = around

    def __missing__(self, name: str) -> Any:
        return self._around[name]


class Walker:
    """The registers of one walk through a Blueprint, and what its instructions refer to."""

    __slots__ = ("blueprint", "deferred", "held", "kept", "lifetimes", "quiet", "run", "scope", "tasks", "values")

    def __init__(self, blueprint: Blueprint, run: RunContext, values: dict[str, Any]) -> None:
        self.blueprint = blueprint
        self.run = run
        self.values = values
        self.scope: Any = run.scope
        self.deferred: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}
        self.lifetimes = lifetimes(blueprint)
        self.quiet = self.held = False
        bound = blueprint.bound_tasks
        self.tasks: dict[str, tuple[TaskRef, Callable[..., Any]]] = {
            ref.key: (ref, bound[ref.key].func) for ref in blueprint.tasks
        }

    def inner(self) -> Walker:
        """A walker for a round, an item or an attempt: it sees these registers, and writes its own."""
        one = object.__new__(Walker)
        one.blueprint, one.run, one.scope, one.tasks = self.blueprint, self.run, self.scope, self.tasks
        one.values = Layer(self.values)
        one.deferred, one.kept, one.lifetimes = self.deferred, self.kept, self.lifetimes
        one.quiet = one.held = False
        return one

    def attempt(self) -> Walker:
        """A walker for the attempts of a retry: the same registers, its events told by the retry."""
        one = self.inner()
        one.values = self.values
        one.quiet = one.held = True
        return one

    def under_governor(self) -> Walker:
        """A walker for what runs while its constraints are held: the same registers."""
        one = self.inner()
        one.values = self.values
        one.quiet, one.held = self.quiet, True
        return one

    async def walk(self, block: Block) -> None:
        """Run the instructions of a block, and let each register go behind its last read."""
        values, steps, is_async = self.values, self.lifetimes.steps, self.blueprint.is_async
        stack: list[Iterator[Step | tuple[Aside, tuple[str, ...]]]] = [iter(steps[id(block)])]
        asides: list[Aside] = []  # those of which it is in the blocks, the innermost last
        try:
            while stack:
                for instruction, dying in stack[-1]:
                    kind = type(instruction)
                    if kind is Call:
                        waiting = self.call(instruction)  # type: ignore[arg-type]
                        if waiting is not None:
                            await waiting
                    elif kind is Copy:
                        values[instruction.target.name] = self.read(instruction.source)  # type: ignore[union-attr]
                    elif kind is Choose:
                        stack.append(iter(steps[id(self._chosen(instruction))]))  # type: ignore[arg-type]
                        break
                    elif kind is Route:
                        stack.extend(self._routed(instruction))  # type: ignore[arg-type]
                        break
                    elif kind is Force:
                        forced = self.deferred[instruction.name]  # type: ignore[union-attr]
                        if is_async:
                            await forced()
                        elif forced.is_due(self):
                            asides.append(forced)
                            stack.extend((iter(((forced, dying),)), iter(steps[id(forced.block)])))
                            break
                    elif kind is Aside:
                        asides.pop().finish()
                    elif instruction is not None:
                        await HANDLERS[kind](self, instruction)
                    for name in dying:
                        values.pop(name, None)
                else:
                    stack.pop()
        except BaseException as error:
            for one in asides:
                one.fail(error)
            raise

    def read(self, operand: Operand) -> Any:
        """The value of an operand; containers are built anew."""
        if type(operand) is Register:
            return self.values[operand.name]
        if type(operand) is Literal:
            return operand.value
        if type(operand) is Object:
            return self.blueprint.objects[operand.name]
        assert type(operand) is Pack
        return self._pack(operand)

    def _pack(self, pack: Pack) -> Any:
        """A container, with those in it built first: they may be deeper in one another than Python's stack."""
        building: list[tuple[Pack, Iterator[Operand], list[Any]]] = [(pack, iter(pack.items), [])]
        while True:
            pack, operands, items = building[-1]
            for one in operands:
                if type(one) is Pack:
                    building.append((one, iter(one.items), []))
                    break
                items.append(self.read(one))
            else:
                building.pop()
                made = self._made(pack, items)
                if not building:
                    return made
                building[-1][2].append(made)

    def _made(self, pack: Pack, items: list[Any]) -> Any:
        match pack.kind:
            case "list":
                return items
            case "tuple":
                return tuple(items)
            case "set":
                return set(items)
            case "frozenset":
                return frozenset(items)
            case "dict":
                return dict(zip(map(self.read, pack.keys), items, strict=True))
        assert pack.factory is not None
        return self.read(pack.factory)._make(items)

    def _chosen(self, choose: Choose) -> Block:
        for arm in choose.arms:
            if self.read(arm.test):
                return arm.block
        return choose.otherwise

    def _routed(self, route: Route) -> list[Iterator[Step]]:
        """What runs for the selected case, the last one first: its block, then the copy of its result."""
        key = self.read(route.selector)
        cases = {self.read(one): case for case in route.cases for one in case.keys}
        try:
            case = cases.get(key)
        except TypeError:
            case = None
        if case is None:
            raise no_route(key, cases)
        return [iter(((Copy(route.target, case.result), ()),)), iter(self.lifetimes.steps[id(case.block)])]

    # calls

    def call(self, call: Call) -> Awaitable[None] | None:
        """Call a task now, or give what awaits it."""
        ref, func = self.tasks[call.task]
        args, kwargs = self._arguments(call.arguments)
        if ref.awaits or self.run.events is not None or not self.run.governor.idle:
            work = partial(self._call_observed, call, ref, func, args, kwargs)
            return self.governed(ref.name, call.target.name, {}, work)
        try:
            result = func(*args, **kwargs)
        except StopIteration as error:
            raise Stopped(error) from None
        if call.checked and isinstance(result, Redirect):
            raise misplaced(ref.name, result)
        self.values[call.target.name] = result
        return None

    def _arguments(self, arguments: tuple[Argument, ...]) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for argument in arguments:
            value = self.read(argument.value)
            if argument.keyword:
                kwargs[argument.keyword] = value
            elif argument.stars == 1:
                args.extend(value)
            elif argument.stars == 2:
                kwargs.update(value)
            else:
                args.append(value)
        return args, kwargs

    async def _call_observed(
        self, call: Call, ref: TaskRef, func: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        events = self.run.events
        if events is None or self.quiet:
            self.values[call.target.name] = await self._attempt(call, ref, func, args, kwargs)
            return
        with Showing(events.task(ref.name, call.target.name)) as told:
            result = await self._attempt(call, ref, func, args, kwargs)
            self.values[call.target.name] = told(result)

    async def governed(
        self, task: str, node: str, amounts: dict[str, float], work: Callable[[], Awaitable[None]]
    ) -> None:
        """Do `work` while holding `amounts`, and under the global constraints."""
        run = self.run
        if self.held or (not amounts and run.governor.idle):
            return await work()
        blocked = None if run.events is None else partial(run.events.blocked, task, node)
        if self.blueprint.is_async:
            async with run.governor.hold_async(amounts, task, blocked):
                return await work()
        with run.governor.hold(amounts, task, blocked):
            return await work()

    async def _attempt(
        self, call: Call, ref: TaskRef, func: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        result = await _invoke(ref, func, args, kwargs)
        if call.checked and isinstance(result, Redirect):
            raise misplaced(ref.name, result)
        return result


async def _invoke(ref: TaskRef, func: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    if ref.mode == "blocking":
        return await blocking(func, *args, **kwargs)
    if ref.mode == "compute":
        return await compute(func, *args, **kwargs)
    try:
        result = func(*args, **kwargs)
    except StopIteration as error:
        raise Stopped(error) from None
    return await result if ref.is_async else result


HANDLERS: dict[type, Handler] = {}
"""How every other instruction is run; the modules beside this one add theirs."""


def handles(kind: type) -> Callable[[Handler], Handler]:
    """Register the handler of an instruction."""

    def add(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return add
