"""The workflows that a loop can run: their inputs, and how tail calls and jumps bind to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .binding import make_binder
from .sentinels import KEEP

if TYPE_CHECKING:
    from types import CodeType, FunctionType

_VARARGS, _VARKEYWORDS = 4, 8

Inputs = tuple[Any, ...]


class State:
    """A workflow that a loop can run: its inputs, how calls bind to them, and where its jumps lead.

    `enter` binds the call from another state: KEEP for what has a bound or default value. `again` binds the
    tail call to itself: KEEP for what isn't named. `called` is what Python's errors call it, `natural` whether a
    plain returned call of `func` is this state, `injected` the resources by the parameters that are given them (by
    their indices, once it is made); `simple`: every input is positional and takes one value; `method`: the first one
    is an instance.
    """

    __slots__ = (
        "again",
        "enter",
        "func",
        "injected",
        "jumps",
        "method",
        "name",
        "names",
        "natural",
        "simple",
        "star",
        "stars",
    )

    def __init__(
        self,
        enter: FunctionType,
        name: str,
        func: Callable[..., Any],
        called: str = "",
        jumps: Mapping[Any, int | None] | None = None,
        natural: bool = True,
        injected: Mapping[str, str] | None = None,
        method: bool = False,
    ) -> None:
        code = enter.__code__
        enter.__qualname__ = called or getattr(func, "__qualname__", name)
        self.enter = enter
        self.again = rebinder(enter, (KEEP,) * code.co_argcount)
        self.func = func
        self.name = name
        self.jumps = jumps
        self.method = method
        self.natural = natural and jumps is None
        self.names = code.co_varnames[: code.co_argcount]
        self.star = self.stars = -1
        self.simple = not (code.co_kwonlyargcount or code.co_flags & (_VARARGS | _VARKEYWORDS))
        if not self.simple:
            _fill(self, code)
        self.injected = {self.names.index(name): resource for name, resource in (injected or {}).items()}

    def call(self, inputs: Inputs) -> Any:
        """The function called with the inputs of a round."""
        return self.func(*inputs) if self.simple else _called(self, inputs)


def rebinder(enter: FunctionType, defaults: Inputs | None = None) -> FunctionType:
    """A function that binds as `enter` does, with defaults of its own."""
    made: FunctionType = type(enter)(enter.__code__, enter.__globals__, enter.__name__, defaults)
    made.__qualname__ = enter.__qualname__
    return made


def _called(state: State, inputs: Inputs) -> Any:
    code = state.enter.__code__
    args = list(inputs[: code.co_argcount])
    kwargs: dict[str, Any] = {}
    for index in range(code.co_argcount, len(inputs)):
        if index == state.star:
            args.extend(inputs[index])
        elif index == state.stars:
            kwargs.update(inputs[index])
        else:
            kwargs[state.names[index]] = inputs[index]
    return state.func(*args, **kwargs)


def afresh(state: State, inputs: Inputs, given: Container[int] = ()) -> Inputs:
    """Inputs for a round that names none of them: those that are injected are so once more.

    But for those that a returned call was `given` values for, by their indices: it injects nothing there.
    """
    return tuple(
        KEEP if index in state.injected and index not in given else value for index, value in enumerate(inputs)
    )


def merged(state: State, new: Inputs, old: Inputs, given: Container[int] = ()) -> Inputs:
    """The inputs of a round: the old ones where the new ones say KEEP; resources as `afresh` has them."""
    kept = afresh(state, old, given) if state.injected else old
    values = [before if value is KEEP else value for value, before in zip(new, kept, strict=True)]
    if state.star >= 0 and new[state.star] == ():
        values[state.star] = old[state.star]
    if state.stars >= 0:
        values[state.stars] = _joined(state, old[state.stars], new[state.stars])
    return tuple(values)


def _joined(state: State, old: Any, new: dict[str, Any]) -> Any:
    """What `**kwargs` takes in all; KEEP where it is bound to something lazy, which a round computes."""
    if old is not KEEP:
        return {**old, **new}
    if new:
        from .astray import not_merged

        raise not_merged(state, new)
    return KEEP


def _fill(state: State, code: CodeType) -> None:
    """What a state knows of inputs that aren't plain positional ones, with their names in the signature's order.

    `co_varnames` has `*args` behind the keyword-only ones.
    """
    names, positional = code.co_varnames, code.co_argcount
    after = positional + code.co_kwonlyargcount
    keywords = names[positional:after]
    state.again.__kwdefaults__ = dict.fromkeys(keywords, KEEP)
    found = list(names[:positional])
    if code.co_flags & _VARARGS:
        state.star = len(found)
        found.append(names[after])
        after += 1
    found.extend(keywords)
    if code.co_flags & _VARKEYWORDS:
        state.stars = len(found)
        found.append(names[after])
    state.names = tuple(found)


def binds(*told: Any, **more: Any) -> Callable[[Any], State]:
    """Make a function that gives its parameters as a tuple the inputs of a state, which is told the rest."""
    return lambda enter: State(enter, *told, **more)


def bound(binder: FunctionType, state: State, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Inputs:
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
    if len(args) > len(names):
        rest = {}  # that there are too many is said first, with the keywords that were given
    import inspect

    strict = make_binder(binder.__qualname__, inspect.signature(state.func))
    try:
        strict(*args, **rest, **kwargs)
    except TypeError as error:
        raise error from None


def overridden(state: State, data: Any, initial: Inputs) -> Inputs:
    """The inputs of a jump's target: as bound, but for those that the data overrides. No instance of a method is."""
    if data is None:
        return initial
    if isinstance(data, dict):
        return merged(state, bound(state.again, state, (), data), initial)
    before = (KEEP,) * state.method
    if state.again.__code__.co_argcount == len(before) and state.star < 0 and state.again.__kwdefaults__:
        return merged(state, bound(state.again, state, (), {state.names[len(before)]: data}), initial)
    return merged(state, bound(state.again, state, (*before, data), {}), initial)
