"""The rounds of one run: binds what a task has returned to the inputs of the next round."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .astray import no_select_jump, no_such_jump, unknown_blueprint
from .containers import holds_lazy, may_hold_lazy
from .errors import CascadeError
from .grow import growing
from .redirects import Jump, Lazy, Redirect, TailCall, lazies_made
from .run import Run
from .sentinels import KEEP
from .states import Inputs, State, afresh, bound, merged, overridden, rebinder
from .strides import drive, drive_async

if TYPE_CHECKING:
    from types import FunctionType

    from .loops import Loop

ATOMS: frozenset[type] = frozenset((int, str, float, bool, type(None), bytes))
PLAIN_DATA = ATOMS - {type(None)}
"""The atoms that are a value where they are the data of a jump; None keeps all inputs as bound."""


class Foreign(Protocol):
    """Runs what a loop can't: lazies among the new inputs, and calls of a shape it doesn't have."""

    def run(self, workflow: Any, outer: frozenset[str] | None, run: Run) -> Any:
        """The result of a workflow, for sync loops.

        It may be another redirect, one to what has a name of `outer` in any case; with None it is a plain value.
        """

    async def run_async(self, workflow: Any, outer: frozenset[str] | None, run: Run, sync: bool = False) -> Any:
        """Likewise, for async loops; with `sync` async work is refused all the same."""


class _Run(NamedTuple):
    """A request of `_steps`: the result of a workflow, as `Foreign.run` has it."""

    workflow: Any
    outer: frozenset[str] | None


class Rounds:
    """Binds the redirects of one run of a loop to the inputs of the next round."""

    __slots__ = ("_again", "_every", "_given", "_initials", "_loop", "_made", "_run", "_states", "number")

    def __init__(self, loop: Loop, initials: tuple[Inputs, ...], run: Run | None, every: float = 0.005) -> None:
        self._loop = loop
        self._states = loop.states
        self._initials = initials
        self._run = run
        self._every = every  # seconds, in which the event loop has its turn
        self._made = 0
        self._given: Container[int] = ()  # what a returned call has values for where its state injects resources
        self.number = 1  # of the round that runs: for notes on failures
        self._again: list[FunctionType | None] = [None] * len(loop.states)

    def go_on(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """The next state and its inputs, or None and the value that ends the loop."""
        known = self._plain(result, index, inputs) or _known(self, result, index, inputs)
        found = _computed(self, result, index, inputs) if known is None else known
        self.number += 1
        return found

    async def go_on_async(self, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
        """`go_on` for async loops."""
        known = self._plain(result, index, inputs) or _known(self, result, index, inputs)
        found = await _computed_async(self, result, index, inputs) if known is None else known
        self.number += 1
        return found

    def _plain(self, result: Any, index: int, inputs: Inputs) -> tuple[int, Inputs] | None:
        """Where a tail call with nothing but plain values leads: the case that has to be fast.

        The current inputs are the defaults of a binder of these rounds' own, so that Python merges old and new.
        """
        if type(result) is not TailCall:
            return None
        state, args, kwargs = self._states[index], result.args, result.kwargs
        if not (ATOMS.issuperset(map(type, args)) and ATOMS.issuperset(map(type, kwargs.values()))):
            return None
        named = result.target_blueprint_id
        if named is not None and named != state.name:
            return _elsewhere(self, result)
        again = self._again[index]
        if again is None:
            if not state.simple:
                return None
            again = self._again[index] = rebinder(state.enter)
        again.__defaults__ = afresh(state, inputs, self._given) if state.injected else inputs
        return index, bound(again, state, args, kwargs)


def _elsewhere(rounds: Rounds, call: TailCall) -> tuple[int, Inputs] | None:
    """Where a tail call with nothing but plain values leads that names another workflow."""
    named, loop = call.target_blueprint_id, rounds._loop
    if loop.by_name is None:
        loop.by_name = {one.name: index for index, one in reversed(list(enumerate(loop.states)))}  # first of a name
    target = loop.by_name.get(named) if type(named) is str else None
    if target is None or not loop.states[target].simple:
        return None
    state = loop.states[target]
    rounds._given = ()
    return target, merged(state, bound(state.enter, state, call.args, call.kwargs), rounds._initials[target])


def _known(rounds: Rounds, result: Redirect, index: int, inputs: Inputs | None) -> tuple[int | None, Any] | None:
    """Where a redirect leads without anything to be computed, or None.

    `inputs` are those of the state that gave it, None where it comes out of a workflow that is no state. Where the
    round has made no lazies, large values aren't searched for them again and again.
    """
    made = lazies_made()
    others = made - rounds._made - isinstance(result, Lazy)
    rounds._made = made
    if isinstance(result, TailCall):
        return _tail_call(rounds, result, index, inputs, others == 0)
    if isinstance(result, Jump):
        return _jump(rounds, result, index, others == 0)
    return _call(rounds, result, others == 0)


def _tail_call(
    rounds: Rounds, call: TailCall, index: int, inputs: Inputs | None, trust: bool
) -> tuple[int | None, Any] | None:
    target = _index(rounds, call.target_blueprint_id, index)
    if target is None:
        if rounds._loop.inner:
            return None, call
        if _link(rounds, call.target_blueprint_id, index) is None:
            names = [*(state.name for state in rounds._states), *rounds._loop.links]
            raise unknown_blueprint(rounds._states[index], call.target_blueprint_id, names)
        return None
    if may_hold_lazy(call.args, trust) or may_hold_lazy(call.kwargs.values(), trust):
        return None
    return target, _bound(rounds, call, target, index, inputs)


def _bound(rounds: Rounds, call: TailCall, target: int, index: int, inputs: Inputs | None) -> Inputs:
    """The inputs of the next round, for a tail call without lazies."""
    state = rounds._states[target]
    if target == index and inputs is not None:
        return merged(state, bound(state.again, state, call.args, call.kwargs), inputs, rounds._given)
    rounds._given = ()
    return merged(state, bound(state.enter, state, call.args, call.kwargs), rounds._initials[target])


def _call(rounds: Rounds, result: Any, trust: bool) -> tuple[int | None, Any] | None:
    for index in _led_to(rounds, result):
        values = result.carried(trust)
        entering = None if values is None else _entering(rounds, values, rounds._states[index])
        if entering is not None:
            return index, entering
    return (None, result) if rounds._loop.inner else None


def _led_to(rounds: Rounds, result: Any) -> Iterator[int]:
    """The states that a call may lead to."""
    if result.carried is not None:
        for index, state in enumerate(rounds._states):
            if state.natural and _is_of(state, result.task):
                yield index


def _jump(rounds: Rounds, jump: Jump, index: int, trust: bool) -> tuple[int | None, Any] | None:
    jumps = rounds._states[index].jumps
    if jumps is None:
        raise no_select_jump(rounds._states[index], jump)
    try:
        known = jump.target_key in jumps
    except TypeError:
        known = False
    if not known:
        raise no_such_jump(rounds._states[index], jump)
    if may_hold_lazy((jump.data,), trust):
        return None
    return _jumped(rounds, jump, index)


def _jumped(rounds: Rounds, jump: Jump, index: int) -> tuple[int | None, Any]:
    """Where a jump leads, for a known key and data without lazies."""
    target = (rounds._states[index].jumps or {})[jump.target_key]
    if target is None:
        return None, jump.data
    rounds._given = ()
    return target, overridden(rounds._states[target], jump.data, rounds._initials[target])


def _steps(rounds: Rounds, result: Any, index: int, inputs: Inputs) -> Generator[_Run, Any, tuple[int | None, Any]]:
    """Have lazies computed and foreign calls run until it is known where to go on."""
    current: Inputs | None = inputs
    while True:
        if isinstance(result, Jump):
            data = yield _Run([result.data], None)
            return _jumped(rounds, Jump(result.target_key, data[0]), index)
        if not isinstance(result, TailCall):
            target = next(_led_to(rounds, result), None)
            if target is not None and result.is_plain:
                args, kwargs = yield _Run([list(result.args), dict(result.kwargs)], None)
                values = _entering(rounds, result.with_values(args, kwargs), rounds._states[target])
                if values is not None:
                    return target, values
                result = result.task(*args, **kwargs)
            result = yield _Run(result, _names(rounds._loop))
        else:
            args, kwargs = result.args, result.kwargs
            if holds_lazy([*args, *kwargs.values()]):
                args, kwargs = yield _Run([list(args), dict(kwargs)], None)
            call = TailCall(args, kwargs, result.target_blueprint_id)
            target = _index(rounds, call.target_blueprint_id, index)
            if target is not None:
                return target, _bound(rounds, call, target, index, current)
            link = _link(rounds, call.target_blueprint_id, index)
            result = yield _Run(_entered(link, call), _names(rounds._loop))
        if not isinstance(result, Redirect):
            return None, result
        rounds._made = lazies_made()
        current = None if rounds._initials else inputs  # where nothing was known to come back
        known = _known(rounds, result, index, current)
        if known is not None:
            return known


def _names(loop: Loop) -> frozenset[str]:
    """The names by which tail calls find the states and links."""
    if loop.known is None:
        tasks = [getattr(link, "task", None) for link in loop.links.values()]
        names = [task.name for task in tasks if task is not None]
        loop.known = frozenset((*(state.name for state in loop.states), *loop.links, *names))
    return loop.known


def _index(rounds: Rounds, target: Any, index: int) -> int | None:
    """The state that a tail call names; None where it is none of them."""
    current = rounds._states[index]
    if target is None or target == current.name:
        return index
    if _is_of(current, target):
        return index
    for number, one in enumerate(rounds._states):
        if one.name == target or _is_of(one, target):
            return number
    return None


def _is_of(state: State, target: Any) -> bool:
    """Whether a state is of the task that a tail call or a call names; another task may have the same function."""
    return getattr(target, "func", None) is state.func and getattr(target, "name", state.name) == state.name


def _link(rounds: Rounds, target: Any, index: int) -> Any:
    """The workflow that a tail call names and that is no state: a link, or a task of the same module."""
    links = rounds._loop.links
    if not isinstance(target, str):
        other = target if callable(target) or isinstance(target, Redirect) else None
        return next((one for one in links.values() if _is_task_of(one, target)), other)
    if target in links:
        return links[target]
    namespace = getattr(rounds._states[index].func, "__globals__", {})
    bound = namespace.get(target)
    if _is_task(bound, target):
        return bound
    return next((value for value in list(namespace.values()) if _is_task(value, target)), None)


def _is_task_of(workflow: Any, target: Any) -> bool:
    """Whether a linked workflow is a call of the task that a tail call gives."""
    task = getattr(workflow, "task", None)
    named = getattr(target, "func", None), getattr(target, "name", None)
    return task is not None and (task.func, task.name) == named


def _computed(rounds: Rounds, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
    """Where to go on, for what takes the loop's helper."""
    helper, run = _helper(rounds._loop), rounds._run or Run()
    steps = _steps(rounds, result, index, inputs)
    found: tuple[Any, Any] = drive(steps, lambda one: helper.run(one.workflow, one.outer, run))
    return found


async def _computed_async(rounds: Rounds, result: Redirect, index: int, inputs: Inputs) -> tuple[Any, Any]:
    """`_computed` for async loops."""
    from .pace import Pace  # asyncio, which sync modules do without

    helper, run = _helper(rounds._loop), rounds._run or Run()
    with Pace(rounds._every) as pace:

        async def answer(one: _Run) -> Any:
            answered = await helper.run_async(one.workflow, one.outer, run, rounds._loop.sync)
            if pace.due():
                await pace.turn()
            return answered

        found: tuple[Any, Any] = await drive_async(_steps(rounds, result, index, inputs), answer)
    return found


def settled(loop: Loop, values: Inputs, run: Run | None) -> Inputs:
    """Values that hold something lazy, with that computed."""
    computed: list[Any] = _helper(loop).run(list(values), None, run or Run())
    return tuple(computed)


async def settled_async(loop: Loop, values: Inputs, run: Run | None) -> Inputs:
    """`settled` for async loops."""
    computed: list[Any] = await _helper(loop).run_async(list(values), None, run or Run(), loop.sync)
    return tuple(computed)


def _helper(loop: Loop) -> Foreign:
    """What runs graphs that a loop has no code for."""
    if loop.foreign is None:
        loop.foreign = growing()
    return loop.foreign


def _is_task(value: Any, name: str) -> bool:
    return getattr(value, "name", None) == name and hasattr(value, "func") and callable(value)


def _entering(rounds: Rounds, values: Inputs, state: State) -> Inputs | None:
    """The values of a call as inputs of a state, KEEP for its resources; None where the call asks for others."""
    injected = [index for index, value in enumerate(values) if isinstance(value, Lazy)]
    if not injected and not state.injected:
        rounds._given = ()
        return values
    if any(values[index].name != state.injected.get(index) for index in injected):
        return None
    rounds._given = state.injected.keys() - injected
    return tuple(KEEP if index in injected else value for index, value in enumerate(values))


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
