"""Where a trampoline goes on: binds tail calls, jumps and returned calls to the inputs of the next round."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple, Protocol

from .binding import make_binder
from .containers import glance, holds_lazy
from .errors import CascadeError, JumpError, Location, UnknownBlueprintError
from .grow import growing
from .redirects import Jump, Lazy, Redirect, TailCall, lazies_made
from .run import Run
from .sentinels import KEEP

_VARARGS, _VARKEYWORDS = 4, 8
_ATOMS = frozenset((int, str, float, bool, type(None), bytes))

Inputs = tuple[Any, ...]


class Foreign(Protocol):
    """Runs what a loop can't: lazies among the new inputs, and calls of a shape it doesn't have."""

    def run(self, workflow: Any, root: bool, run: Run) -> Any:
        """The result of a workflow; a root's may be another redirect. For sync loops."""

    async def run_async(self, workflow: Any, root: bool, run: Run) -> Any:
        """Likewise, for async loops."""


class State:
    """A workflow that a loop can run: its inputs, how calls bind to them, and where its jumps lead.

    `enter` binds the call from another state: KEEP for what has a bound or default value. `again` binds the
    tail call to itself: KEEP for what isn't named.
    """

    __slots__ = ("again", "enter", "func", "injected", "jumps", "name", "names", "natural", "star", "stars")

    def __init__(
        self,
        enter: FunctionType,
        func: Callable[..., Any],
        name: str,
        called: str,
        jumps: Mapping[Any, int | None] | None,
        natural: bool,
        injected: tuple[str, ...],
    ) -> None:
        code = enter.__code__
        positional, keyword = code.co_argcount, code.co_kwonlyargcount
        keep_keywords = dict.fromkeys(code.co_varnames[positional : positional + keyword], KEEP)
        self.again = FunctionType(code, enter.__globals__, enter.__name__, (KEEP,) * positional)
        self.again.__kwdefaults__ = keep_keywords
        self.again.__qualname__ = enter.__qualname__ = called
        self.enter = enter
        self.func = func
        self.name = name
        self.jumps = jumps
        self.natural = natural
        after = positional + keyword
        star = code.co_varnames[after] if code.co_flags & _VARARGS else None
        after += star is not None
        stars = code.co_varnames[after] if code.co_flags & _VARKEYWORDS else None
        order = self.names = self._order(positional, keyword, star, stars)
        self.star = -1 if star is None else order.index(star)
        self.stars = -1 if stars is None else order.index(stars)
        self.injected = frozenset(order.index(one) for one in injected)

    def _order(self, positional: int, keyword: int, star: str | None, stars: str | None) -> tuple[str, ...]:
        """The names in the order of the signature; `co_varnames` has `*args` behind the keyword-only ones."""
        names = self.enter.__code__.co_varnames
        found = list(names[:positional])
        if star is not None:
            found.append(star)
        found.extend(names[positional : positional + keyword])
        if stars is not None:
            found.append(stars)
        return tuple(found)

    @property
    def simple(self) -> bool:
        """Whether every input is positional and takes one value."""
        code = self.enter.__code__
        return code.co_argcount == len(self.names)

    def copy(self) -> FunctionType:
        """A binder like `again` whose defaults may be changed."""
        again = FunctionType(self.enter.__code__, self.enter.__globals__, self.enter.__name__)
        again.__qualname__ = self.again.__qualname__
        return again

    def call(self, inputs: Inputs) -> Any:
        """The function called with the inputs of a round."""
        code = self.enter.__code__
        args = list(inputs[: code.co_argcount])
        kwargs: dict[str, Any] = {}
        for index in range(code.co_argcount, len(inputs)):
            if index == self.star:
                args.extend(inputs[index])
            elif index == self.stars:
                kwargs.update(inputs[index])
            else:
                kwargs[self.names[index]] = inputs[index]
        return self.func(*args, **kwargs)

    def merged(self, new: Inputs, old: Inputs) -> Inputs:
        """The inputs of a round: the old ones where the new ones say KEEP."""
        values = [before if value is KEEP else value for value, before in zip(new, old, strict=True)]
        if self.star >= 0 and new[self.star] == ():
            values[self.star] = old[self.star]
        if self.stars >= 0:
            values[self.stars] = {**old[self.stars], **new[self.stars]}
        return tuple(values)


def binds(
    name: str,
    func: Callable[..., Any],
    called: str = "",
    jumps: Mapping[Any, int | None] | None = None,
    natural: bool = True,
    injected: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], State]:
    """Make a function that gives its parameters as a tuple the inputs of a state named `name`.

    `called` is what Python's errors call it, `natural` whether a plain returned call of `func` is this state,
    `injected` the parameters that are resources.
    """

    def decorate(enter: Callable[..., Any]) -> State:
        assert isinstance(enter, FunctionType)
        return State(enter, func, name, called or getattr(func, "__qualname__", name), jumps, natural, injected)

    return decorate


class _Run(NamedTuple):
    """A request of `_steps`: the result of a workflow, as a root or as a plain value."""

    workflow: Any
    root: bool


class Loop:
    """The states that a trampoline goes round.

    `links` are further workflows that tail calls may name. An `inner` loop gives back what it can't go on
    with; any other has `foreign` run it.
    """

    __slots__ = ("by_name", "foreign", "inner", "links", "states")

    def __init__(
        self,
        *states: State,
        links: Mapping[str, Any] | None = None,
        foreign: Foreign | None = None,
        inner: bool = False,
    ) -> None:
        self.states = states
        self.by_name = {one.name: index for index, one in enumerate(states)}
        self.links = dict(links or {})
        self.foreign = foreign
        self.inner = inner

    def start(self, initials: tuple[Inputs, ...] = (), run: Run | None = None) -> Rounds:
        """The rounds of one run.

        `initials` are the bound and default values of each state's inputs, KEEP where the state computes them;
        `run` is what a graph that a task has returned shares with this run.
        """
        return Rounds(self, initials, run)

    def finish(self, result: Any, inputs: Inputs, run: Run | None = None) -> Any:
        """The end of a run whose first round, with `inputs`, gave `result`: for roots that go round rarely."""
        rounds = Rounds(self, (), run)
        index: int | None = 0
        while isinstance(result, Redirect):
            index, inputs = rounds.go_on(result, index or 0, inputs)
            if index is None:
                return inputs
            result = self.states[index].call(inputs)
        return result

    async def finish_async(self, result: Any, inputs: Inputs, run: Run | None = None, every: float = 0.005) -> Any:
        """`finish` for async runs; the event loop has its turn every so many seconds."""
        from .pace import Pace  # asyncio, which sync modules do without

        rounds = Rounds(self, (), run)
        index: int | None = 0
        with Pace(every) as pace:
            while isinstance(result, Redirect):
                index, inputs = await rounds.go_on_async(result, index or 0, inputs)
                if index is None:
                    return inputs
                result = self.states[index].call(inputs)
                if inspect.isawaitable(result):
                    result = await result
                if pace.due():
                    await pace.turn()
        return result

    def helper(self) -> Foreign:
        """What runs graphs that this loop has no code for."""
        if self.foreign is None:
            self.foreign = growing()
        return self.foreign


class Rounds:
    """Binds the redirects of one run of a loop to the inputs of the next round."""

    __slots__ = ("_again", "_initials", "_inner", "_links", "_loop", "_made", "_run", "_states")

    def __init__(self, loop: Loop, initials: tuple[Inputs, ...], run: Run | None) -> None:
        self._loop = loop
        self._states = loop.states
        self._links = loop.links
        self._inner = loop.inner
        self._initials = initials
        self._run = Run() if run is None else run
        self._made = 0
        self._again: list[FunctionType | None] = [None] * len(loop.states)

    def go_on(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """The next state and its inputs, or None and the value that ends the loop."""
        known = self._plain(result, index, inputs) or self._known(result, index, inputs)
        if known is not None:
            return known
        helper = self._loop.helper()
        steps = self._steps(result, index, inputs)
        request = next(steps)
        try:
            while True:
                request = steps.send(helper.run(request.workflow, request.root, self._run))
        except StopIteration as end:
            found: tuple[int | None, Any] = end.value
            return found

    async def go_on_async(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """`go_on` for async loops."""
        known = self._plain(result, index, inputs) or self._known(result, index, inputs)
        if known is not None:
            return known
        helper = self._loop.helper()
        steps = self._steps(result, index, inputs)
        request = next(steps)
        try:
            while True:
                request = steps.send(await helper.run_async(request.workflow, request.root, self._run))
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
        if not (_ATOMS.issuperset(map(type, args)) and _ATOMS.issuperset(map(type, kwargs.values()))):
            return None
        if target != index:
            if not self._states[target].simple:
                return None
            bound = _call(self._states[target].enter, self._states[target], args, kwargs)
            return target, self._states[target].merged(bound, self._initials[target])
        again = self._again[index]
        if again is None:
            if not self._states[index].simple:
                return None
            again = self._again[index] = self._states[index].copy()
        again.__defaults__ = inputs
        return index, _call(again, self._states[index], args, kwargs)

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
            return state.merged(_call(state.again, state, call.args, call.kwargs), inputs)
        return state.merged(_call(state.enter, state, call.args, call.kwargs), self._initials[target])

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
        return target, _override(self._states[target], jump.data, self._initials[target])

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
        code = getattr(self._states[index].func, "__code__", None)
        where = None
        if code is not None:
            file = code.co_filename
            where = Location(os.path.basename(file), code.co_firstlineno, path=file)
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


def _call(binder: FunctionType, state: State, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Inputs:
    """What `binder` gives; where the arguments don't bind, `TypeError` in the words of the task's signature."""
    try:
        inputs: Inputs = binder(*args, **kwargs)
    except TypeError as error:
        _raise_exact(binder, state, args, kwargs)
        raise error from None
    return inputs


def _raise_exact(binder: FunctionType, state: State, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Bind to the task's own signature, what may be left out being given, and raise what Python says."""
    names = binder.__code__.co_varnames[: binder.__code__.co_argcount]
    optional = names[len(names) - len(binder.__defaults__ or ()) :]
    filled = dict.fromkeys((*optional, *(binder.__kwdefaults__ or ())), KEEP)
    rest = {name: KEEP for name in filled if name not in names[: len(args)] and name not in kwargs}
    strict = make_binder(binder.__qualname__, inspect.signature(state.func))
    try:
        strict(*args, **rest, **kwargs)
    except TypeError as error:
        raise error from None


def _override(state: State, data: Any, initial: Inputs) -> Inputs:
    """The inputs of a jump's target: as bound, but for those that the data overrides."""
    if data is None:
        return initial
    if type(data) is dict:
        return state.merged(_call(state.again, state, (), data), initial)
    return state.merged(_call(state.again, state, (data,), {}), initial)


def _pair(value: tuple[int | None, Any]) -> tuple[int | None, Any]:
    return value
