"""What standalone files have in the place of parts that need the compiler, or that are slow to import.

Only the tool that writes standalone files imports this module's text; `artifact/standalone` says what replaces what.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Generator, Iterable, Mapping
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from .containers import holds_lazy, is_container, remade
from .errors import CascadeError
from .redirects import Jump, Lazy, Redirect, TailCall
from .results import misplaced
from .strands import once_async, together
from .strides import drive, drive_async
from .workers import blocking, compute

if TYPE_CHECKING:
    from .command import PlainKinds

_COROUTINE = 0x80  # `inspect.CO_COROUTINE`


class _Call:
    """A request: the result of a task for these arguments."""

    __slots__ = ("args", "kwargs", "task")

    def __init__(self, task: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.task = task
        self.args = args
        self.kwargs = kwargs


class _Row:
    """A request: values that stand side by side, with what is lazy in them computed."""

    __slots__ = ("values",)

    def __init__(self, values: list[Any]) -> None:
        self.values = values


class _Once:
    """A request: the result of a call that may be used in several places, and runs once."""

    __slots__ = ("call",)

    def __init__(self, call: Any) -> None:
        self.call = call


Steps = Generator[_Call | _Row | _Once, Any, Any]
"""Yields requests, is sent what comes of them, and returns a value."""


def growing() -> Any:
    """What runs the calls that a sync loop has no code for, where there is no compiler."""
    return PlainCalls()


def growing_async() -> Any:
    """Likewise, for async loops."""
    return PlainAsyncCalls()


def growing_workers() -> Any:
    """Likewise, for async loops that meet calls for worker threads and processes."""
    return PlainWorkerCalls()


def refusing() -> Any:
    """What there is where no call can be met that a loop has no code for, but for names of other workflows."""
    raise _refused()


class PlainCalls:
    """Runs calls without policies, one after the other as they are nested; anything else takes the compiler.

    What it runs means the same as if it were compiled: `CascadeError` where it would not.
    """

    def run(self, workflow: Any, outer: frozenset[str] | None, run: Any) -> Any:
        """The result of a call, or a container with the results in it."""
        _check_unobserved(run)
        return _Calls().done(_value(workflow) if outer is None else _root(workflow))


class PlainAsyncCalls:
    """`PlainCalls` for async loops: what awaits side by side overlaps."""

    async def run_async(self, workflow: Any, outer: frozenset[str] | None, run: Any, sync: bool = False) -> Any:
        """The result of a call, or a container with the results in it."""
        _check_unobserved(run)
        return await _AsyncCalls().done(_value(workflow) if outer is None else _root(workflow))


class PlainWorkerCalls:
    """`PlainAsyncCalls` where tasks run in worker threads and processes, too."""

    async def run_async(self, workflow: Any, outer: frozenset[str] | None, run: Any, sync: bool = False) -> Any:
        """The result of a call, or a container with the results in it."""
        _check_unobserved(run)
        return await _WorkerCalls().done(_value(workflow) if outer is None else _root(workflow))


class _Calls:
    """The calls of one request. What is computed is kept, since a call used twice runs once."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def done(self, steps: Steps) -> Any:
        """What steps return."""
        return drive(steps, self._answer)

    def _answer(self, request: _Call | _Row | _Once) -> Any:
        if isinstance(request, _Row):
            return [self.done(_value(one)) for one in request.values]
        if isinstance(request, _Once):
            key = id(request.call)
            if key not in self._known:
                self._known[key] = self.done(_result(request.call))
            return self._known[key]
        task = request.task
        if task.is_async:
            raise CascadeError(
                f"{task.name!r} is async, and the workflow that meets it is not:"
                f" compile it with blueprints=[{task.name}]"
            )
        _check_inline(task)
        return task.func(*request.args, **request.kwargs)


class _AsyncCalls:
    """`_Calls` for async loops."""

    def __init__(self) -> None:
        self._known: dict[int, once_async[Any]] = {}

    async def done(self, steps: Steps) -> Any:
        """What steps return."""
        return await drive_async(steps, self._answer)

    async def _answer(self, request: _Call | _Row | _Once) -> Any:
        if isinstance(request, _Row):
            works = [partial(self.done, _value(one)) for one in request.values]
            if sum(map(_awaits, request.values)) > 1:
                return await together(*(work() for work in works))
            return [await work() for work in works]
        if isinstance(request, _Once):
            key = id(request.call)
            if key not in self._known:
                self._known[key] = once_async(lambda: self.done(_result(request.call)))
            return await self._known[key]()
        return await self._run(request)

    async def _run(self, request: _Call) -> Any:
        _check_inline(request.task)
        result = request.task.func(*request.args, **request.kwargs)
        return await result if request.task.is_async else result


class _WorkerCalls(_AsyncCalls):
    """`_AsyncCalls` that hands to workers what says so."""

    async def _run(self, request: _Call) -> Any:
        if request.task.mode == "inline":
            return await super()._run(request)
        work = compute if request.task.mode == "compute" else blocking
        return await work(request.task.func, *request.args, **request.kwargs)


def _refused() -> CascadeError:
    return CascadeError(
        "a task returned a graph that this standalone file was not compiled for;"
        " compile it with blueprints=[...], or save it without standalone=True"
    )


def _check_inline(task: Any) -> None:
    if task.mode != "inline":
        raise _refused()


def _check_unobserved(run: Any) -> None:
    if run.events is not None:
        raise _refused()


def _root(call: Any) -> Steps:
    """The result of a call whose result may go round, in a loop that has it."""
    result = yield from _called(call)
    if isinstance(result, Jump) or (isinstance(result, TailCall) and _is_own(result.target_blueprint_id, call.task)):
        raise _refused()  # it goes round with inputs of its own, not with those of the loop
    return result


def _is_own(target: Any, task: Any) -> bool:
    """Whether a tail call of a task leads to the same task."""
    return target is None or target == task.name or getattr(target, "func", None) is task.func


def _value(value: Any) -> Steps:
    """A value with all that is lazy in it computed; containers keep their type."""
    if isinstance(value, Lazy):
        result = yield _Once(value)
        return result
    if not is_container(value) or not holds_lazy(value):
        return value
    kind = type(value)
    if kind is dict:
        items = yield _Row(list(value.values()))
        return dict(zip(value, items, strict=True))
    if kind in (set, frozenset):
        items = yield _Row(sorted(value, key=lambda one: getattr(one, "serial", 0)))
        return kind(items)
    items = yield _Row(list(value))
    return remade(kind, items)


def _result(call: Any) -> Steps:
    """The result of a call that is an argument, or in one."""
    result = yield from _called(call)
    if isinstance(result, Redirect):
        raise misplaced(_name(call), result)
    return result


def _called(call: Any) -> Steps:
    task: Any = getattr(call, "task", None)
    values = getattr(call, "values", None)
    plain = task is not None and values is not None and getattr(call, "_policies", None) is None
    if not plain or task.lazy_defaults:
        raise _refused()
    given = yield _Row([*call.args, *call.kwargs.values()])
    count = len(call.args)
    result: Any = yield _Call(task, given[:count], dict(zip(call.kwargs, given[count:], strict=True)))
    return result


def _name(call: Any) -> str:
    return str(call.task.name)


def _awaits(value: Any) -> bool:
    """Whether computing a value awaits something."""
    if isinstance(value, Lazy):
        task = getattr(value, "task", None)
        inner = [*getattr(value, "args", ()), *getattr(value, "kwargs", {}).values()]
        return getattr(task, "is_async", True) or any(map(_awaits, inner))
    if not is_container(value):
        return False
    return any(map(_awaits, value.values() if type(value) is dict else value))


def tail(task: Any, /, *args: Any, **kwargs: Any) -> TailCall:
    """The tail call of `task`; inputs left out keep their value. The instance of a method is its first input."""
    goal = task
    if hasattr(task, "__func__"):
        goal, args = task.__func__, (task.__self__, *args)
    if not hasattr(goal, "func"):
        raise TypeError(f"tail takes a task or a workflow as its first argument; got {task!r}")
    return TailCall(args, kwargs, goal)


def target(func: Any) -> Any:
    """Make a function what tail calls name."""
    func.func = func
    return func


def dress(task: Any, func: Any) -> None:
    """`functools.update_wrapper`, without importing functools; annotations are text in a standalone file."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__", "__type_params__"):
        if hasattr(func, name):
            setattr(task, name, getattr(func, name))
    vars(task).update(getattr(func, "__dict__", ()))
    task.__wrapped__ = func


def is_async(func: Any) -> bool:
    """Whether a function, or what calling an object runs, is an `async def`."""
    code = getattr(func, "__code__", None) or getattr(vars(type(func)).get("__call__"), "__code__", None)
    return code is not None and bool(code.co_flags & _COROUTINE)


def later(name: str) -> Any:
    """What few runs need, by its name: the pieces of text with it are compiled when the first one does."""
    if name not in _compiled:
        with _compiling:
            code = later_text.__code__
            line = code.co_firstlineno + 1  # before the text; each piece has the lines of where it stands
            for piece in later_text().split(_PIECE):
                users, _, text = piece.partition("\n")
                if name in users.split() and users not in _compiled:
                    exec("\n" * line + _PLACED.format(code.co_filename) + text, later.__globals__)
                    _compiled.add(users)
                line += piece.count("\n") + 1
            _compiled.add(name)
    return later.__globals__[name]


_PIECE = "\n# needed by: "
_PLACED = "__import__('_imp')._fix_co_filename(__import__('sys')._getframe().f_code, {!r})\n"
"""Tells code, and all that it defines, the file where it stands, as importing does with bytecode.

`compile` would, but makes the classes of Python's syntax trees first, in a quarter of the interpreter's own time.
"""
_compiling = allocate_lock()
_compiled: set[str] = set()


def later_text() -> str:
    """What few runs need, in pieces that begin with the names of those who need them."""
    return ""


def called(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What the function of a command returns, where nothing is async."""
    return function(*args, **kwargs)


def plain_kinds(function: Any) -> PlainKinds:
    """What reads the inputs of a command, by their options, and the names of those that must be given."""
    return KINDS


KINDS: PlainKinds = {}, set()
"""Those of a command whose inputs are numbers and texts, which the writer of the file knows."""


def optional(defaults: Mapping[str, Any]) -> Iterable[str]:
    """Which of the parameters with these defaults may be left out: all, where no `Param` must be given."""
    return defaults


def nobody(place: Any) -> Any:
    """The task whose redirect can't be followed, where nothing follows redirects."""
    return None


def is_carried(frame: FrameType) -> bool:
    """Whether a frame runs what is Cascade's in a standalone file."""
    code = frame.f_code
    return code.co_filename == is_carried.__code__.co_filename and code.co_qualname.partition(".")[0] in CARRIED


CARRIED: list[str] = []
"""The names of Cascade's functions and classes in the file, which the writer of it knows."""


class Location:
    """A place in the user's source; `path` is where the file can be read on this machine."""

    __slots__ = ("column", "end_column", "file", "line", "path")

    def __init__(self, file: str, line: int, column: int = 0, end_column: int = 0, path: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self.end_column = end_column
        self.path = path

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Run:
    """What a run hands on to the graphs that its tasks return."""

    __slots__ = ("events", "governor", "params", "scope")

    def __init__(
        self, scope: Any = None, params: Mapping[str, Any] | None = None, events: Any = None, governor: Any = None
    ) -> None:
        self.scope = scope
        self.params = {} if params is None else params
        self.events = events
        self.governor = governor


class Request:
    """The result of a workflow that is asked for, from what has the names `outer` or as a plain value."""

    __slots__ = ("outer", "workflow")

    def __init__(self, workflow: Any, outer: frozenset[str] | None) -> None:
        self.workflow = workflow
        self.outer = outer
