"""`@cs.task`: a Python function whose call gives a `LazyResult`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator
from functools import update_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, ParamSpec, TypeVar, overload

from cascade_gen.runtime.binding import make_binder, plain_binder
from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.runtime.sentinels import EMPTY

from .lazy import LazyResult, MappedLazyResult
from .methods import BoundTask, note_method
from .symbolic import Symbolic, global_name, here

if TYPE_CHECKING:
    from .typed import AsyncTask, Decorator, Plain

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

MODES = ("inline", "blocking", "compute")


class Task(Generic[P, R_co]):
    """A function that a workflow calls: `func` is the plain function, `name` what names it everywhere.

    `pure` promises that it has no side effects; `mode` says where a sync function runs: "inline" (where it
    stands), "blocking" (a worker thread) or "compute" (a process pool).
    """

    def __init__(self, func: Callable[P, Any], name: str | None, pure: bool, mode: str) -> None:
        if isinstance(func, Symbolic) or not (callable(func) and isinstance(name, str | None) and mode in MODES):
            raise _wrong(func, name, mode)
        _dress(self, func)
        self.func: Plain[P] = func
        self.name: str = name if name is not None else getattr(func, "__name__", type(func).__name__)
        self.pure = bool(pure)
        self.mode = mode
        self.is_async = _is_async(func)
        if self.is_async and mode != "inline":
            raise TypeError(f"mode={mode!r} is for plain functions; {self.name!r} is async already")
        self._bind: Callable[..., tuple[Any, ...]] | None = None
        self._signature: inspect.Signature | None = None
        self._lazy_defaults: tuple[tuple[int, str], ...] | None = None
        self._is_method = False

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def __reduce__(self) -> str:
        return global_name(self, getattr(self.func, "__module__", None) or "", self.called)

    def __set_name__(self, owner: type, name: str) -> None:
        note_method(name)
        self._is_method = True

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else BoundTask(self, instance)

    @property
    def signature(self) -> inspect.Signature:
        """The signature of `func`; anything goes where Python can't tell."""
        if self._signature is None:
            self._signature = _signature(self.func)
        return self._signature

    @property
    def lazy_defaults(self) -> tuple[tuple[int, str], ...]:
        """Index and name of each parameter whose default is lazy or an injected resource."""
        if self._lazy_defaults is None:
            self._lazy_defaults = _lazy_defaults(self.signature)
        return self._lazy_defaults

    @property
    def called(self) -> str:
        """What Python calls the function in its errors."""
        return str(getattr(self.func, "__qualname__", self.name))

    @property
    def bind(self) -> Callable[..., tuple[Any, ...]]:
        """Binds arguments to the signature: one value for each parameter, or `TypeError` in Python's words."""
        if self._bind is None:
            self._bind = plain_binder(self.called, self.func) or make_binder(self.called, self.signature)
        return self._bind

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> LazyResult[R_co]:
        values = self.bind(*args, **kwargs)
        return LazyResult(self, args, kwargs, values, here())

    def map(self, /, **iterables: Any) -> MappedLazyResult[R_co]:
        """Run the task once for each position of `iterables`; the results are a list in that order.

        Each value is an iterable, something lazy or a list of lazies; an iterator is read now, once. Lengths
        that differ are a `ValueError` when it runs; no iterables at all give `[]`.
        """
        return self.mapped((), iterables)

    def mapped(self, bound: tuple[Any, ...], iterables: dict[str, Any]) -> MappedLazyResult[R_co]:
        """`map` with arguments that are the same for every call."""
        if iterables:
            self._check_mapped(bound, iterables)
        read = {name: _iterable(self, name, value) for name, value in iterables.items()}
        return MappedLazyResult(self, read, here(3), bound)

    def _check_mapped(self, bound: tuple[Any, ...], iterables: dict[str, Any]) -> None:
        """`TypeError` where a call could not be given these; that of a method is mapped over its instances too."""
        try:
            self.bind(*bound, **iterables)
        except TypeError as error:
            first = next(iter(self.signature.parameters), "")
            if bound or not self._is_method or not first or first in iterables:
                raise
            hint = f"; the map of a method takes an instance for each position: {first}=[...]"
            raise TypeError(f"{error}{hint}") from None


def _wrong(func: object, name: object, mode: str) -> Exception:
    """The error for what can't be a task."""
    if isinstance(func, Symbolic) or not callable(func):
        return TypeError(f"@cs.task goes on a function; got {func!r}")
    if mode not in MODES:
        return ValueError(f"mode is one of {', '.join(map(repr, MODES))}; got {mode!r}")
    return TypeError(f"the name of a task is a str; got {name!r}")


def _lazy_defaults(signature: inspect.Signature) -> tuple[tuple[int, str], ...]:
    return tuple(
        (index, parameter.name)
        for index, parameter in enumerate(signature.parameters.values())
        if holds_lazy(parameter.default)
    )


def _iterable(task: Task[..., Any], name: str, value: Any) -> Any:
    if isinstance(value, Symbolic):
        return value
    try:
        iterator = iter(value)
    except TypeError:
        raise TypeError(f"{task.name}.map needs an iterable for {name!r}; got {value!r}") from None
    if isinstance(value, Iterator):
        value = list(iterator)
    holds_lazy(value)
    return value


def _dress(task: Task[..., Any], func: Callable[..., Any]) -> None:
    """Give a task the names, the docstring and the attributes of its function."""
    update_wrapper(task, func)


def _is_async(func: Callable[..., Any]) -> bool:
    if inspect.iscoroutinefunction(func):
        return True
    call = vars(type(func)).get("__call__")
    return not inspect.isfunction(func) and inspect.iscoroutinefunction(call)


def _signature(func: Callable[..., Any]) -> inspect.Signature:
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):
        kinds = (("args", inspect.Parameter.VAR_POSITIONAL), ("kwargs", inspect.Parameter.VAR_KEYWORD))
        return inspect.Signature([inspect.Parameter(name, kind) for name, kind in kinds])
    optional = _optional(func)
    if not optional:
        return signature
    empty = inspect.Parameter.empty
    return signature.replace(
        parameters=[
            one.replace(default=EMPTY) if one.default is empty and name in optional else one
            for name, one in signature.parameters.items()
        ]
    )


def _optional(func: Callable[..., Any]) -> set[str]:
    """The parameters whose default is `inspect.Parameter.empty`: a signature takes them for required ones."""
    empty = inspect.Parameter.empty
    if not isinstance(func, FunctionType) or hasattr(func, "__wrapped__") or hasattr(func, "__signature__"):
        return set()
    named = (func.__kwdefaults__ or {}).items()
    code, defaults = func.__code__, func.__defaults__ or ()
    placed = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return {name for name, value in (*zip(placed, defaults, strict=True), *named) if value is empty}


# The first overload is for functions of unknown result, as in `typed.Decorator`.
@overload
def task(func: Callable[P, Never], /) -> Task[P, Any]: ...  # type: ignore[overload-overlap]
@overload
def task(func: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncTask[P, R]: ...
@overload
def task(func: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *, name: str | None = None, pure: bool = False, mode: Literal["blocking", "compute"]
) -> Callable[[Callable[P, R]], AsyncTask[P, R]]: ...
@overload
def task(*, name: str | None = None, pure: bool = False, mode: Literal["inline"] = "inline") -> Decorator: ...
def task(
    func: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    pure: bool = False,
    mode: str = "inline",
) -> Any:
    """Make a function a task: `@cs.task`, or `@cs.task(name=None, pure=False, mode="inline")`.

    Calling it runs nothing: it checks the arguments against the signature (`TypeError`, like Python) and
    gives a `LazyResult`. `.func` is the plain function.
    """
    if func is not None:
        return Task(func, name, pure, mode)
    return lambda function: Task(function, name, pure, mode)
