"""The rounds of one run: binds what a task has returned to the inputs of the next round."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .containers import glance, holds_lazy
from .errors import CascadeError, JumpError, Location, UnknownBlueprintError, shown_path
from .redirects import Jump, Lazy, Redirect, TailCall, lazies_made
from .run import Run
from .sentinels import KEEP
from .states import Inputs, State, bound, overridden

if TYPE_CHECKING:
    from .loops import Loop

ATOMS = frozenset((int, str, float, bool, type(None), bytes))


class Foreign(Protocol):
    """Runs what a loop can't: lazies among the new inputs, and calls of a shape it doesn't have."""

    def run(self, workflow: Any, root: bool, run: Run) -> Any:
        """The result of a workflow; a root's may be another redirect. For sync loops."""

    async def run_async(self, workflow: Any, root: bool, run: Run) -> Any:
        """Likewise, for async loops."""


class _Run(NamedTuple):
    """A request of `_steps`: the result of a workflow, as a root or as a plain value."""

    workflow: Any
    root: bool


class Rounds:
    """Binds the redirects of one run of a loop to the inputs of the next round."""

    __slots__ = ("_again", "_initials", "_inner", "_links", "_loop", "_made", "_run", "_states", "number")

    def __init__(self, loop: Loop, initials: tuple[Inputs, ...], run: Run | None) -> None:
        self._loop = loop
        self._states = loop.states
        self._links = loop.links
        self._inner = loop.inner
        self._initials = initials
        self._run = Run() if run is None else run
        self._made = 0
        self.number = 1  # of the round that runs: for notes on failures
        self._again: list[FunctionType | None] = [None] * len(loop.states)

    def go_on(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """The next state and its inputs, or None and the value that ends the loop."""
        known = self._plain(result, index, inputs) or self._known(result, index, inputs)
        self.number += 1
        if known is not None:
            return known
        helper = self._loop.helper()
        steps = self._steps(result, index, inputs)
        request = next(steps)
        while True:
            value = helper.run(request.workflow, request.root, self._run)
            try:
                request = steps.send(value)
            except StopIteration as end:
                found: tuple[int | None, Any] = end.value
                return found

    def settled(self, values: Inputs) -> Inputs:
        """The values of a round, with what is lazy in them computed."""
        if not holds_lazy(values):
            return values
        computed: list[Any] = self._loop.helper().run(list(values), False, self._run)
        return tuple(computed)

    async def settled_async(self, values: Inputs) -> Inputs:
        """`settled` for async loops."""
        if not holds_lazy(values):
            return values
        computed: list[Any] = await self._loop.helper().run_async(list(values), False, self._run)
        return tuple(computed)

    async def go_on_async(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """`go_on` for async loops."""
        known = self._plain(result, index, inputs) or self._known(result, index, inputs)
        self.number += 1
        if known is not None:
            return known
        helper = self._loop.helper()
        steps = self._steps(result, index, inputs)
        request = next(steps)
        while True:
            value = await helper.run_async(request.workflow, request.root, self._run)
            try:
                request = steps.send(value)
            except StopIteration as end:
                found: tuple[int | None, Any] = end.value
                return found

    def _plain(self, result: Any, index: int, inputs: Inputs) -> tuple[int, Inputs] | None:
        """Where a tail call with nothing but plain values leads: the case that has to be fast.

        The current inputs are the defaults of a binder of these rounds' own, so that Python merges old and new.
        """
        if type(result) is not TailCall:
            return None
        named = result.target_blueprint_id
        target = index if named is None else self._loop.by_name.get(named) if type(named) is str else None
        if target is None:
            return None
        args, kwargs = result.args, result.kwargs
        if not (ATOMS.issuperset(map(type, args)) and ATOMS.issuperset(map(type, kwargs.values()))):
            return None
        if target != index:
            if not self._states[target].simple:
                return None
            state = self._states[target]
            return target, state.merged(bound(state.enter, state, args, kwargs), self._initials[target])
        again = self._again[index]
        if again is None:
            if not self._states[index].simple:
                return None
            again = self._again[index] = self._states[index].copy()
        state = self._states[index]
        again.__defaults__ = state.afresh(inputs) if state.injected else inputs
        return index, bound(again, state, args, kwargs)

    def _known(self, result: Redirect, index: int, inputs: Inputs) -> tuple[int | None, Any] | None:
        """Where a redirect leads without anything to be computed, or None.

        Where the round has made no lazies, large values aren't searched for them again and again.
        """
        made = lazies_made()
        others = made - self._made - isinstance(result, Lazy)
        self._made = made
        if isinstance(result, TailCall):
            return self._tail_call(result, index, inputs, others == 0)
        if isinstance(result, Jump):
            return self._jump(result, index, others == 0)
        return self._call(result, others == 0)

    def _tail_call(self, call: TailCall, index: int, inputs: Inputs, trust: bool) -> tuple[int | None, Any] | None:
        target = self._index(call.target_blueprint_id, index)
        if target is None:
            if self._inner:
                return None, call
            if self._link(call.target_blueprint_id, index) is None:
                raise self._unknown(call.target_blueprint_id, index)
            return None
        if _may_hold_lazy(call.args, trust) or _may_hold_lazy(call.kwargs.values(), trust):
            return None
        return target, self._bound(call, target, index, inputs)

    def _bound(self, call: TailCall, target: int, index: int, inputs: Inputs) -> Inputs:
        """The inputs of the next round, for a tail call without lazies."""
        state = self._states[target]
        if target == index:
            return state.merged(bound(state.again, state, call.args, call.kwargs), inputs)
        return state.merged(bound(state.enter, state, call.args, call.kwargs), self._initials[target])

    def _call(self, result: Any, trust: bool) -> tuple[int | None, Any] | None:
        task = getattr(result, "task", None)
        carried = getattr(result, "carried", None)
        if task is not None and carried is not None:
            for index, state in enumerate(self._states):
                if state.natural and state.func is task.func:
                    values = carried(trust)
                    if values is not None and _injects(values, state):
                        return index, values
        return (None, result) if self._inner else None

    def _jump(self, jump: Jump, index: int, trust: bool) -> tuple[int | None, Any] | None:
        jumps = self._states[index].jumps
        if jumps is None:
            raise JumpError(
                f"{self._states[index].name!r} returned {jump!r}, but it has no select_jump:"
                " use cs.bind(step, cs.select_jump({...}))"
            )
        try:
            known = jump.target_key in jumps
        except TypeError:
            known = False
        if not known:
            keys = ", ".join(map(repr, jumps))
            raise JumpError(f"{self._states[index].name!r} has no jump {jump.target_key!r}; it has {keys}")
        if _may_hold_lazy((jump.data,), trust):
            return None
        return self._jumped(jump, index)

    def _jumped(self, jump: Jump, index: int) -> tuple[int | None, Any]:
        """Where a jump leads, for a known key and data without lazies."""
        target = (self._states[index].jumps or {})[jump.target_key]
        if target is None:
            return None, jump.data
        return target, overridden(self._states[target], jump.data, self._initials[target])

    def _steps(self, result: Any, index: int, inputs: Inputs) -> Generator[_Run, Any, tuple[int | None, Any]]:
        """Have lazies computed and foreign calls run until it is known where to go on."""
        while True:
            if isinstance(result, Jump):
                data = yield _Run([result.data], False)
                return self._jumped(Jump(result.target_key, data[0]), index)
            if not isinstance(result, TailCall):
                result = yield _Run(result, True)
            else:
                args, kwargs = result.args, result.kwargs
                if holds_lazy([*args, *kwargs.values()]):
                    args, kwargs = yield _Run([list(args), dict(kwargs)], False)
                call = TailCall(args, kwargs, result.target_blueprint_id)
                target = self._index(call.target_blueprint_id, index)
                if target is not None:
                    return target, self._bound(call, target, index, inputs)
                link = self._link(call.target_blueprint_id, index)
                result = yield _Run(_entered(link, call), True)
            if not isinstance(result, Redirect):
                return None, result
            self._made = lazies_made()
            known = self._known(result, index, inputs)
            if known is not None:
                return known

    def _index(self, target: Any, index: int) -> int | None:
        """The state that a tail call names; None where it is none of them."""
        current = self._states[index]
        if target is None or target == current.name:
            return index
        func = getattr(target, "func", None)
        if func is not None and func is current.func:
            return index
        for number, one in enumerate(self._states):
            if one.name == target or (func is not None and one.func is func):
                return number
        return None

    def _link(self, target: Any, index: int) -> Any:
        """The workflow that a tail call names and that is no state: a link, or a task of the same module."""
        if not isinstance(target, str):
            return target
        if target in self._links:
            return self._links[target]
        namespace = getattr(self._states[index].func, "__globals__", {})
        bound = namespace.get(target)
        if _is_task(bound, target):
            return bound
        return next((value for value in list(namespace.values()) if _is_task(value, target)), None)

    def _unknown(self, target: Any, index: int) -> UnknownBlueprintError:
        known = ", ".join(repr(one) for one in (*(state.name for state in self._states), *self._links))
        func = self._states[index].func
        code = getattr(func, "__code__", None)
        where = None
        if code is not None:
            file = code.co_filename
            where = Location(shown_path(file, func.__module__ or ""), code.co_firstlineno, path=file)
        return UnknownBlueprintError(
            f"a tail call names {target!r}, which is no workflow of this compilation; it has {known}",
            where,
            "pass it in blueprints=[...], or name a task of the same module",
        )


def _may_hold_lazy(values: Iterable[Any], trust: bool) -> bool:
    """Whether something lazy is in the values; with `trust` only at a glance."""
    for value in values:
        if type(value) is int or type(value) is str:
            continue
        seen = glance(value)
        if seen or (seen is None and not trust and holds_lazy(value)):
            return True
    return False


def _is_task(value: Any, name: str) -> bool:
    return getattr(value, "name", None) == name and hasattr(value, "func") and callable(value)


def _injects(values: Inputs, state: State) -> bool:
    return all(value is not KEEP or index in state.injected for index, value in enumerate(values))


def _entered(target: Any, call: TailCall) -> Any:
    """The graph of a linked workflow with the tail call's inputs."""
    rebound = getattr(target, "rebound", None)
    if rebound is not None:
        return rebound(call.args, call.kwargs)
    if callable(target) and not isinstance(target, Redirect):
        return target(*call.args, **call.kwargs)
    if call.args or call.kwargs:
        raise CascadeError(f"the workflow {call.target_blueprint_id!r} takes no inputs; a tail call gives some")
    return target
