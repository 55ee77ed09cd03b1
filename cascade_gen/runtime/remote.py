"""What a worker process is sent and what it answers: calls by name, values and exceptions pickled.

Tracebacks can't be pickled. The lines that an exception has passed in the worker are sent along, and stand-ins for
them are the end of its traceback here; its cause has them as text, with the causes that it had there.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import NotPicklableError
from .frames import entries, position

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .stand_ins import Passed

_VALUE, _RAISED, _UNREADABLE, _UNSENDABLE = range(4)  # kinds of answers


class RemoteTraceback(Exception):
    """The traceback, as text, of an exception that comes from a worker process: shown as its cause."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


def describe(func: Callable[..., Any]) -> str:
    """The name of a function in messages."""
    name = getattr(func, "__qualname__", None)
    return f"{getattr(func, '__module__', '?')}.{name}" if name else repr(func)


# in the process that calls


def pack(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
    """The request to call `func`. Raises `NotPicklableError` for what a worker process couldn't be sent."""
    address = _address(func)
    try:
        cwd = os.getcwd()
    except OSError:  # it was removed
        cwd = None
    try:
        return pickle.dumps((cwd, dict(os.environ), address, args, kwargs), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise NotPicklableError(
            f"{_culprit(args, kwargs)} of {describe(func)} cannot be sent to a worker process"
            f' (mode="compute"): {_line(error)}'
        ) from error


def unpack(reply: bytes, name: str) -> Any:
    """What the function called `name` gave; raises what it raised, or `NotPicklableError`."""
    try:
        kind, data, text, lines = pickle.loads(reply)
        content = pickle.loads(data)
    except Exception as error:
        raise NotPicklableError(
            f'what a worker process sent back from {name} (mode="compute") cannot be read: {_line(error)}'
        ) from error
    if kind == _VALUE:
        return content
    if kind == _RAISED:
        from .stand_ins import passed  # failures alone take it

        try:
            raise BaseException.with_traceback(content, passed(lines)) from RemoteTraceback(text)
        finally:
            del content
    what = "make the call" if kind == _UNREADABLE else "send back the outcome"
    raise NotPicklableError(f'the worker process of {name} (mode="compute") could not {what}: {content}')


def _address(func: Callable[..., Any]) -> tuple[str, str, bool]:
    """Where a worker process finds `func`: module, qualified name, and whether at `.func` of that."""
    module, name = getattr(func, "__module__", None), getattr(func, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise _not_found(func, "it has no module and name")
    main = sys.modules.get("__main__")
    if module == "__main__" and not (getattr(main, "__spec__", None) or getattr(main, "__file__", None)):
        raise _not_found(func, "its module is an interactive session")
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is func:
        return module, name, False
    if found is not None and getattr(found, "func", None) is func:
        return module, name, True
    raise _not_found(func, "it is not what that name stands for" if found else "that name leads nowhere")


def _not_found(func: Callable[..., Any], reason: str) -> NotPicklableError:
    return NotPicklableError(
        f'{describe(func)} cannot run in a worker process (mode="compute"), which finds functions by their'
        f" names: {reason}. Define it at the top level of a module"
    )


def _culprit(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The first argument that can't be pickled, in words."""
    named = [(f"argument {number}", value) for number, value in enumerate(args, 1)]
    named += [(f"argument {name!r}", value) for name, value in kwargs.items()]
    for name, value in named:
        try:
            pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except Exception:
            return name
    return "an argument"


def _line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()  # whatever its own `__str__` does


# in the worker process


def serve(pipe: Connection[bytes, bytes]) -> None:
    """Answer requests until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of the terminal; the caller decides
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))  # held back while this started
    with suppress(EOFError, OSError):
        pipe.send_bytes(b"ready")
        while True:
            reply = answer(pipe.recv_bytes())
            for stream in (sys.stdout, sys.stderr):
                with suppress(AttributeError, ValueError, OSError):  # none, or closed
                    stream.flush()
            pipe.send_bytes(reply)


def answer(request: bytes) -> bytes:
    """Make the requested call; gives the reply, whatever happens."""
    try:
        cwd, environ, (module, name, wrapped), args, kwargs = pickle.loads(request)
        _move(cwd, environ)
        func: Any = import_module(module)
        for part in name.split("."):
            func = getattr(func, part)
        if wrapped:
            func = func.func
    except BaseException as error:
        return _reply(_UNREADABLE, pickle.dumps(_line(error)))
    try:
        value = func(*args, **kwargs)
    except BaseException as error:
        return _failure(error)
    try:
        return _reply(_VALUE, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except Exception as error:
        return _reply(_UNSENDABLE, pickle.dumps(f"the result, {_line(error)}"))


def _move(cwd: str | None, environ: dict[str, str]) -> None:
    """Take the caller's working directory and environment: both are those of the time the worker started."""
    if cwd is not None and os.path.realpath(cwd) != os.path.realpath("."):
        os.chdir(cwd)
    if dict(os.environ) != environ:
        os.environ.clear()
        os.environ.update(environ)


def _reply(kind: int, data: bytes, text: str = "", lines: Sequence[Passed] = ()) -> bytes:
    return pickle.dumps((kind, data, text, lines), pickle.HIGHEST_PROTOCOL)


class _Parts:
    """An exception that is pickled by its parts, since its own way loses something on the way back."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuild, (type(self.error), self.error.args, vars(self.error))


def rebuild(kind: type[BaseException], args: tuple[Any, ...], attributes: dict[str, Any]) -> BaseException:
    """An exception as it was, without a call of its `__init__`, which may want other arguments."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(attributes)
    return error


def _passed(entry: TracebackType) -> Passed:
    """What there is to tell of an entry elsewhere."""
    code = entry.tb_frame.f_code
    first, last, start, end = position(entry)
    columns = None if last != first or start is None or end is None else (start, end)
    module = str(entry.tb_frame.f_globals.get("__name__", ""))
    return code.co_filename, module, code.co_name, code.co_qualname, entry.tb_lineno, columns


def _failure(error: BaseException) -> bytes:
    trace = error.__traceback__.tb_next if error.__traceback__ else None  # less the frame of `answer`
    text = "".join(traceback.format_exception(type(error), error, trace))
    for form in (error, _Parts(error)):
        with suppress(Exception):
            data = pickle.dumps(form, pickle.HIGHEST_PROTOCOL)
            copy = pickle.loads(data)
            if type(copy) is type(error) and copy.args == error.args:
                return _reply(_RAISED, data, text, [_passed(entry) for entry in islice(entries(error), 1, None)])
    return _reply(_UNSENDABLE, pickle.dumps(f"it raised\n{text}"))
