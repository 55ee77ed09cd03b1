"""The instructions of a Blueprint: final, frozen, slotted; some own blocks of further instructions.

What each reads, writes and owns is in `traversal.py`. Where one stands for something the user wrote, it has a
`location`. A block is a tuple of instructions; registers written in the blocks of an instruction are written
when it ends, if every way through it writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cascade_gen.runtime.errors import Location

from .operands import Object, Operand, Register

Block = tuple["Instruction", ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: positional, by `keyword`, or spread (`stars` 1 for `*value`, 2 for `**value`)."""

    value: Operand
    keyword: str = ""
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """`target = call task(arguments)`.

    `checked`: the result must not be a redirect (the task is no root and may return anything).
    """

    target: Register
    task: str
    arguments: tuple[Argument, ...]
    checked: bool = False
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """`target = source`."""

    target: Register
    source: Operand
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ReadParam:
    """`target = param name`: the input `source`, converted to `type`; `MissingParamError` if nobody gave it."""

    target: Register
    source: Register
    name: str
    type: Operand
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ReadEnv:
    """`target = env name`: the environment's value converted to `type`, else `default` (None: it must be set)."""

    target: Register
    name: str
    default: Operand | None
    type: Operand
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Inject:
    """`target = inject resource`: made at first use in its scope."""

    target: Register
    resource: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of a `Choose`: `block` runs when `test` is the first true one."""

    test: Operand
    block: Block


@dataclass(frozen=True, slots=True)
class Choose:
    """The block of the first arm whose test is true, or else `otherwise`."""

    arms: tuple[Arm, ...]
    otherwise: Block = ()
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A route of a `Route`, which one of the `keys` selects: `block` runs, and `result` is the value."""

    keys: tuple[Operand, ...]
    block: Block
    result: Operand


@dataclass(frozen=True, slots=True)
class Route:
    """`target = route selector`: the result of the case with a key that equals the selector's value.

    No such case is `RouteNotFoundError`.
    """

    target: Register
    selector: Operand
    cases: tuple[Case, ...]
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class MapInput:
    """One iterable of a `Map`: the parameter's name, what is iterated over, and the register of each item."""

    name: str
    iterable: Operand
    item: Register


@dataclass(frozen=True, slots=True)
class Map:
    """`target = map`: `block` runs for each position of the inputs, and gives `result`; a list in order.

    `overlap`: the items contain async work and run side by side.
    """

    target: Register
    inputs: tuple[MapInput, ...]
    block: Block
    result: Operand
    overlap: bool = False
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """`block` again and again until it succeeds, at most `max_attempts` times; `task` is what fails."""

    task: str
    max_attempts: int
    delay: float
    backoff: float
    retry_on: tuple[Operand, ...]
    max_delay: float | None
    jitter: float
    block: Block
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Timeout:
    """`block`, cancelled with `TimeoutError` after `seconds`."""

    seconds: float
    block: Block
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """`block` while holding `amounts` (name, operand) of the system's resources, for `task`."""

    task: str
    amounts: tuple[tuple[str, Operand], ...]
    block: Block
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Cached:
    """`target` from the cache `policy`, or else `block`, whose value is saved.

    `inputs` are the parameters of `task` with their values, resources left out. `final` is false where the
    value may be a redirect, which is not saved.
    """

    target: Register
    task: str
    policy: Object
    inputs: tuple[tuple[str, Operand], ...]
    block: Block
    final: bool = True
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Parallel:
    """The blocks side by side, started in their order; the first failure cancels the rest."""

    branches: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Defer:
    """Set `block` aside under `name`: the first `Force` runs it, and every one gives its `results`."""

    name: str
    results: tuple[Register, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Force:
    """Write the `results` of what was deferred as `name`, running it if nobody has."""

    name: str
    results: tuple[Register, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """A mark for observers: the call of `task` that would fill `node` doesn't happen, for `reason`."""

    task: str
    node: str
    reason: Operand
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Raise `DependencyMissingError`: the final target shown as `name` was skipped for `reason`."""

    name: str
    reason: Operand
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """`target = source`, or the `result` of `block` where `source` holds no value (KEEP).

    `kept`: computed once, at first need, and kept for later rounds.
    """

    target: Register
    source: Register
    block: Block
    result: Operand
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """An input of a loop's state: the register that carries it from round to round, and the parameter it is.

    `initial` is its bound or default value. Where that is None, KEEP is carried until a `Fill` computes it,
    or, if `required`, a tail call from another state has to name it. `first` is the value of the first round
    where that is another one.
    """

    register: Register
    parameter: str
    kind: str
    initial: Operand | None
    required: bool = False
    first: Operand | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One workflow of a `Loop`: its carried inputs, the block of a round, and the value that may go round.

    `name` is what tail calls name; `task` the task they may name instead. `jumps` are the routes of a
    `select_jump`: key and index of the state that follows, None to end; `jumps` is None where there is none.
    `method`: its first input is an instance, which the data of a jump leaves alone.
    """

    name: str
    task: str
    inputs: tuple[Carried, ...]
    block: Block
    result: Register
    jumps: tuple[tuple[Operand, int | None], ...] | None = None
    method: bool = False

    @property
    def fills(self) -> list[Fill]:
        """What a round computes where it isn't given it, that which runs side by side too."""
        rows = [one.branches if isinstance(one, Parallel) else ((one,),) for one in self.block]
        return [one for row in rows for branch in row for one in branch if isinstance(one, Fill)]

    @property
    def is_plain(self) -> bool:
        """Whether a round is its inputs and the call, without policies."""
        return all(isinstance(one, Fill | Call | Parallel) for one in self.block)

    @property
    def call(self) -> Call | None:
        """The call that a round is, but for resources that it asks for before; None where it is more than that."""
        *asked, last = self.block
        return last if isinstance(last, Call) and all(isinstance(one, Inject) for one in asked) else None

    @property
    def injected(self) -> dict[str, str]:
        """The resources that each round of tail calls is given anew, by the parameters that take them."""
        fills = [one for one in self.fills if not one.kept and self.jumps is None]
        made = {fill.source.name: one.resource for fill in fills for one in fill.block if isinstance(one, Inject)}
        return {item.parameter: made[item.register.name] for item in self.inputs if item.register.name in made}


@dataclass(frozen=True, slots=True)
class Loop:
    """`target = loop`: rounds of the states, the first one first, until a result is no redirect.

    `visible`: whether a tail call can be seen in the source; if not it may still come, and rarely does.
    `links` are further workflows that tail calls may name. `others`: the first state may go on with workflows that
    are no states, and that may come back to it.
    """

    target: Register
    states: tuple[State, ...]
    visible: bool = True
    links: tuple[tuple[str, Object], ...] = ()
    others: bool = False
    location: Location | None = None

    @property
    def comes_back(self) -> bool:
        """Whether a state may be entered from elsewhere, with what its inputs are bound to."""
        return self.others or bool(self.links) or len(self.states) > 1 or self.states[0].jumps is not None


Instruction = (
    Call
    | Copy
    | ReadParam
    | ReadEnv
    | Inject
    | Choose
    | Route
    | Map
    | Retry
    | Timeout
    | Hold
    | Cached
    | Parallel
    | Defer
    | Force
    | Skip
    | Missing
    | Fill
    | Loop
)
