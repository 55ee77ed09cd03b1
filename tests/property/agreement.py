"""Runs a program on every path, each in a fresh import of its module, and compares what can be told apart."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import linecache
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

from hypothesis import assume

import cascade as cs

from .bodies import Program
from .prelude import PRELUDE, PRELUDE_CODE, PRELUDE_FILE
from .trampoline import Trampoline

_numbers = itertools.count(1)
_ADDRESS = re.compile(" at 0x[0-9a-f]+")


Prepare = Callable[[dict[str, Any]], tuple[Any, Callable[[], Any]]]
"""From a module's globals to a compiled function, if there is one, and what runs it."""


class Outcome(NamedTuple):
    """What a run ended with and what it left behind."""

    end: tuple[str, ...]
    log: list[str]
    remains: dict[str, str]

    def without_deaths(self) -> Outcome:
        """The same, but for when objects die."""
        return self._replace(log=[line for line in self.log if not line.startswith("dies ")])

    def as_far_as_deep(self) -> Outcome:
        """The same, but for what a program did that called itself until Python had enough.

        How often that was depends on the frames around it, of which a compiled function has fewer.
        """
        return self._replace(log=[], remains={}) if self.end[:2] == ("raised", "RecursionError") else self

    def __str__(self) -> str:
        return "\n".join(["  " + " / ".join(self.end), f"  {self.remains}", *(f"    {line}" for line in self.log)])


class Module:
    """A program's module, compiled once, imported anew for each run under one name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.name = f"random_program_{next(_numbers)}"
        self.file = f"{self.name}.py"
        self.code = _compiled(program.text, self.file)
        for file, text in ((self.file, program.text), (PRELUDE_FILE, PRELUDE)):
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)

    def fresh(self) -> dict[str, Any]:
        """The globals of a new import."""
        module = sys.modules[self.name] = ModuleType(self.name)
        module.__file__ = self.file
        exec(PRELUDE_CODE, vars(module))
        exec(self.code, vars(module))
        return vars(module)

    def forget(self) -> None:
        """Leave nothing behind."""
        sys.modules.pop(self.name, None)
        linecache.cache.pop(self.file, None)


def _compiled(text: str, file: str) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a number that is called, an assertion of a tuple: random programs do that
        return compile(text, file, "exec", dont_inherit=True)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Have objects die when their last reference goes, and at no other time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _finish(awaitable: Any) -> Any:
    async def main() -> Any:
        return await awaitable

    return asyncio.run(main())


def _failure(error: BaseException | None, depth: int = 0) -> tuple[str, ...]:
    """An exception and what it came from, as types and texts; of Cascade's own the type alone."""
    if error is None or depth == 4:
        return ()
    text = "" if isinstance(error, cs.CascadeError) else str(error)
    inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return (type(error).__name__, text, *_failure(inner, depth + 1))


def outcome(names: dict[str, Any], run: Callable[[], Any], is_async: bool) -> Outcome:
    """Run it, and note its end, its log and the module's globals."""
    log, shown = names["LOG"], names["shown"]
    try:
        result = run()
        if inspect.isawaitable(result):
            result = _finish(result)
        if inspect.isgenerator(result):
            result = list(itertools.islice(result, 20))
        end: tuple[str, ...] = ("value", shown(result))
        at_end = list(log)
        del result
    except Exception as error:
        end, at_end = ("raised", *_failure(error)), list(log)
    # an event loop keeps a failed task's frames for a while
    log_of_rest = [] if is_async else sorted(log[len(at_end) :])
    kinds = (int, list, str)
    remains = {
        name: _ADDRESS.sub("", shown(value))
        for name, value in names.items()
        if isinstance(value, kinds) and name != "LOG"
    }
    remains["SPENT"] = str(names["SPENT"])
    told = [_ADDRESS.sub("", line) for line in (*at_end, "-- ended --", *log_of_rest)]
    if end[0] == "raised":  # how long objects live is up to the frames in its traceback
        told = [line for line in told if not line.startswith("dies ")]
    return Outcome(tuple(_ADDRESS.sub("", one) for one in end), told, remains)


def expected(module: Module) -> Outcome:
    """What plain functions do. A program that never ends is none."""
    names = module.fresh()
    root, linked = _workflow(module.program, names)
    trampoline = Trampoline(names, _finish, linked)
    try:
        return outcome(names, lambda: trampoline.run(root), module.program.is_async)
    except BaseException as error:
        if _ran_on(error):
            assume(False)
        raise


def _ran_on(error: BaseException) -> bool:
    """Whether a program was stopped because it doesn't end; `except*` puts what it is stopped with in a group."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(_ran_on, error.exceptions))
    return type(error).__name__ == "OutOfFuel"


def _workflow(program: Program, names: dict[str, Any]) -> tuple[Any, list[Any]]:
    return eval(program.root, names), eval(f"[{program.linked}]", names)


def _inputs(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs


def _runs(program: Program) -> dict[str, Prepare]:
    """The paths to take."""

    def compiled(names: dict[str, Any], **options: Any) -> tuple[Any, Callable[[], Any]]:
        root, linked = _workflow(program, names)
        function = cs.aot(root, blueprints=linked, **options)
        return function, function

    def called_with_inputs(names: dict[str, Any]) -> tuple[Any, Callable[[], Any]]:
        args, kwargs = eval(f"_inputs({program.inputs})", {**names, "_inputs": _inputs})
        function = cs.aot(names[program.task], blueprints=_workflow(program, names)[1])
        return function, lambda: function(*args, **kwargs)

    def waited_for(names: dict[str, Any]) -> tuple[Any, Callable[[], Any]]:
        function, _ = compiled(names)
        return function, function.run

    def interpreted(names: dict[str, Any]) -> tuple[Any, Callable[[], Any]]:
        return None, lambda: cs.run(_workflow(program, names)[0])

    runs: dict[str, Prepare] = {"compiled": compiled}
    if not program.linked:
        runs["interpreted"] = interpreted
    if program.way == 1:
        runs["not inlined"] = lambda names: compiled(names, inline=False)
    elif program.way == 3:
        runs["waited for"] = waited_for
    elif program.inputs:
        runs["called with inputs"] = called_with_inputs
    return runs


def agree(program: Program) -> None:
    """Run a program on its paths and compare each with plain functions."""
    module = Module(program)
    try:
        with _no_collection():
            wanted = expected(module)
            for path, prepare in _runs(program).items():
                names = module.fresh()
                function, run = prepare(names)
                got = outcome(names, run, program.is_async)
                del run
                if got != wanted and _leaves_cycles(module, prepare):
                    got, wanted = got.without_deaths(), wanted.without_deaths()
                assert got.as_far_as_deep() == wanted.as_far_as_deep(), _report(program, path, wanted, got, function)
                del function
    finally:
        module.forget()


def _leaves_cycles(module: Module, prepare: Prepare) -> bool:
    """Whether a run leaves a frame in a cycle: it keeps the frames around it alive, and so their variables."""
    names = module.fresh()
    run = prepare(names)[1]
    gc.collect()
    outcome(names, run, module.program.is_async)
    return any(isinstance(one, FrameType) for one in _garbage())


def _garbage() -> list[Any]:
    """What is in cycles that nobody refers to."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def _report(program: Program, path: str, wanted: Outcome, got: Outcome, function: Any) -> str:
    source = getattr(function, "source", "")
    return f"{path}\nexpected\n{wanted}\nactual\n{got}\n{program!r}\n{source}"
