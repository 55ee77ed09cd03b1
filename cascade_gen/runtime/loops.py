"""Trampolines: the states that a generated loop goes round, and what binds its rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from .binding import names_binder, plain_names
from .containers import is_inert, may_hold_lazy
from .redirects import MADE, Redirect
from .rounds import ATOMS, Foreign, Rounds, settled, settled_async
from .run import Run
from .sentinels import KEEP
from .states import Inputs, State, binds, overridden

__all__ = ["Loop", "binds"]

_MOST_KINDS = 64
"""So many types a loop remembers: a program may make ever new ones."""


class Loop:
    """The states that a trampoline goes round.

    `links` are further workflows that tail calls may name. An `inner` loop gives back what it can't go on
    with; any other has `foreign` run it. `sync`: that refuses async work, though the rounds are awaited.

    `inert` are types whose values need no `settle`: what that meets is remembered, up to so many types.
    """

    __slots__ = ("by_name", "foreign", "inert", "inner", "known", "links", "states", "sync")

    def __init__(
        self,
        *states: State,
        links: Mapping[str, Any] | None = None,
        foreign: Foreign | None = None,
        inner: bool = False,
        sync: bool = False,
    ) -> None:
        self.states = states
        self.by_name: dict[str, int] | None = None  # made when a tail call names another one
        self.known: frozenset[str] | None = None  # made when another workflow has to be run
        self.links = links or {}
        self.foreign = foreign
        self.inner = inner
        self.sync = sync
        self.inert: set[type] = set(ATOMS)

    @classmethod
    def of(cls, name: str, func: Callable[..., Any], **told: Any) -> Loop:
        """The loop of a single workflow whose inputs are the parameters of `func`, all of them with values.

        Made when a redirect is there, in runs of which nobody could see that they would go round. What its state
        is `told` may be `natural`, `injected` or `method`.
        """
        return cls(_state(name, func, told))

    def rounds_of(self, initials: tuple[Inputs, ...] = (), run: Run | None = None, every: float = 0.005) -> Rounds:
        """The rounds of one run.

        `initials` are the bound and default values of each state's inputs, KEEP where the state computes them;
        `run` is what a graph that a task has returned shares with this run. In async runs the event loop has its
        turn `every` so many seconds; 0 is never.
        """
        return Rounds(self, initials, run, every)

    def finish(
        self,
        result: Any,
        inputs: Inputs,
        run: Run | None = None,
        index: int = 0,
        initials: tuple[Inputs, ...] = (),
        calls: Callable[..., Any] | None = None,
        number: int = 1,
    ) -> Any:
        """The end of a run of which a round of the state `index`, with `inputs`, gave `result`.

        For what goes round rarely, or in a way that nobody could see; `initials` as for `rounds_of`. `calls` is what
        a round calls that is more than its function: it has the same inputs. `number` is that of the round.
        """
        rounds = _opened(self, initials, run, number=number)
        while isinstance(result, Redirect):
            target, inputs = rounds.go_on(result, index, inputs)
            if target is None:
                return inputs
            index = target
            result = calls(*inputs) if calls else self.states[index].call(_provided(self.states[index], inputs, run))
        return result

    def settle(self, values: Inputs, made: int, run: Run | None = None) -> tuple[Inputs, int]:
        """New inputs with what is lazy in them computed.

        `made` is the serial of the latest lazy value before the loop. It comes back as it is to be given next time:
        inverted once there are later ones, which may be anywhere, so that it never is the serial again, and each
        round's values are looked at.
        """
        if may_hold_lazy(values, MADE[0] == (made if made >= 0 else ~made)):
            values = settled(self, values, run)
        else:
            self._remember(values)
        return values, _next(made)

    async def settle_async(self, values: Inputs, made: int, run: Run | None = None) -> tuple[Inputs, int]:
        """`settle` for async loops."""
        if may_hold_lazy(values, MADE[0] == (made if made >= 0 else ~made)):
            values = await settled_async(self, values, run)
        else:
            self._remember(values)
        return values, _next(made)

    def _remember(self, values: Inputs) -> None:
        """Have the types of values that can't hold anything lazy looked up from now on."""
        for value in values:
            kind = type(value)
            if kind not in self.inert and len(self.inert) < _MOST_KINDS and is_inert(kind):
                self.inert.add(kind)

    def jump(self, index: int, data: Any, initial: Inputs, made: int, run: Run | None = None) -> tuple[Inputs, int]:
        """The inputs of the state `index` for the data of a jump to it; `initial` is what they are bound to.

        `made` as for `settle`. Raises `TypeError` for data that names an input that isn't there.
        """
        (data,), made = self.settle((data,), made, run)
        return overridden(self.states[index], data, initial), made

    async def jump_async(
        self, index: int, data: Any, initial: Inputs, made: int, run: Run | None = None
    ) -> tuple[Inputs, int]:
        """`jump` for async loops."""
        (data,), made = await self.settle_async((data,), made, run)
        return overridden(self.states[index], data, initial), made

    async def finish_async(
        self,
        result: Any,
        inputs: Inputs,
        run: Run | None = None,
        index: int = 0,
        initials: tuple[Inputs, ...] = (),
        every: float = 0.005,
        calls: Callable[..., Any] | None = None,
    ) -> Any:
        """`finish` for async runs; the event loop has its turn every so many seconds."""
        import inspect

        from .pace import Pace  # asyncio, which sync modules do without

        rounds = _opened(self, initials, run, every)
        with Pace(every) as pace:
            while isinstance(result, Redirect):
                target, inputs = await rounds.go_on_async(result, index, inputs)
                if target is None:
                    return inputs
                index = target
                state = self.states[index]
                result = calls(*inputs) if calls else state.call(await _provided_async(state, inputs, run))
                if inspect.isawaitable(result):
                    result = await result
                if pace.due():
                    await pace.turn()
        return result


def _opened(
    loop: Loop, initials: tuple[Inputs, ...], run: Run | None, every: float = 0.005, number: int = 1
) -> Rounds:
    """The rounds of a run, from that on which comes behind the one of this number."""
    rounds = Rounds(loop, initials, run, every)
    rounds.number = number
    return rounds


def _state(name: str, func: Callable[..., Any], told: Mapping[str, Any]) -> State:
    """The state whose inputs are the parameters of `func`."""
    return State(_entering(func, name), name, func, **told)


def _provided(state: State, inputs: Inputs, run: Run | None) -> Inputs:
    """The inputs of a round, with the resources that it takes and isn't given."""
    if not state.injected or run is None:
        return inputs
    use, names = run.scope.use, state.injected
    return tuple(use(names[index]) if value is KEEP else value for index, value in enumerate(inputs))


async def _provided_async(state: State, inputs: Inputs, run: Run | None) -> Inputs:
    """`_provided` for async loops."""
    if not state.injected or run is None:
        return inputs
    use, names = run.scope.use, state.injected
    return tuple([await use(names[index]) if value is KEEP else value for index, value in enumerate(inputs)])


def _entering(func: Callable[..., Any], name: str) -> FunctionType:
    """What binds the calls from other states to a state whose inputs are the parameters of `func`."""
    names = plain_names(func)
    if names is None:
        import inspect

        from .binding import make_binder

        enter: Any = make_binder(name, inspect.signature(func), KEEP)
        bound: FunctionType = enter
        return bound
    bind = names_binder(name, names)
    bind.__defaults__ = (KEEP,) * len(names)
    return bind


def _next(made: int) -> int:
    """What `Loop.settle` is given next."""
    now = MADE[0]
    return made if now in (made, ~made) else ~now
