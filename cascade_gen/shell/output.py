"""What the command line prints: results on stdout, everything else on stderr, and the exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer

from cascade_gen.debug import debug_level
from cascade_gen.errors import CascadeError, CompileWarning
from cascade_gen.runtime.shown import shown

FAILED = 1
WRONG_USAGE = 2
BREAKING = 3  # what `diff` has found may break a call
INTERRUPTED = 130  # what a shell gives for a command ended by Ctrl-C

_PACKAGE = Path(__file__).resolve().parents[1]
_HOUSE = (f"{_PACKAGE}{os.sep}", f"{_PACKAGE.with_name('cascade')}{os.sep}")
_LIBRARY = Path(os.__file__).resolve().parent
_MACHINERY = (
    "<frozen ",
    *(f"{_LIBRARY / name}{os.sep}" for name in ("asyncio", "concurrent", "importlib")),
    *(str(_LIBRARY / name) for name in ("contextlib.py", "runpy.py", "threading.py")),
)


class UsageError(Exception):
    """The command line asks for what isn't there or can't be; the message says what, and a way out."""


@contextmanager
def reported() -> Iterator[None]:
    """Turn what goes wrong in a command into a message on stderr and an exit code, and warnings into messages."""
    before = warnings.showwarning
    warnings.showwarning = partial(_show_warning, before)
    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except KeyboardInterrupt:
        complain("interrupted", title="")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError as error:
        _leave_unwritten(error)
    except (UsageError, CascadeError) as error:
        complain(str(error))
        raise typer.Exit(WRONG_USAGE) from None
    except Exception as error:
        complain_of(error)
        raise typer.Exit(WRONG_USAGE) from None
    finally:
        warnings.showwarning = before


def _show_warning(others: Callable[..., None], message: Warning | str, *rest: Any, **named: Any) -> None:
    """Print a warning of the compiler as its errors are printed; it shows the line that it is about itself."""
    if isinstance(message, CompileWarning):
        complain(str(message), title="warning: ", colour="yellow")
    else:
        others(message, *rest, **named)


@contextmanager
def workflow_failures() -> Iterator[None]:
    """Turn what a running workflow raises into a traceback on stderr and exit code 1."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        write_error(users_traceback(error))
        raise typer.Exit(FAILED) from None


def complain(message: str, title: str = "error: ", colour: str = "red") -> None:
    """Print a message to stderr, with colour on a terminal."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text.assemble((title, f"bold {colour}"), message), soft_wrap=True)


def complain_of(error: BaseException) -> None:
    """Print an error that wasn't meant to be read: where in the user's files it arose, or one line."""
    shown = _pruned(error)
    if shown.stack:
        write_error("".join(shown.format()))
    else:
        complain(f"{''.join(shown.format_exception_only()).strip()}\n(CASCADE_DEBUG=1 shows where)")


def users_traceback(error: BaseException) -> str:
    """The traceback of `error` without the frames of Cascade itself, unless CASCADE_DEBUG asks for them."""
    return "".join(_pruned(error).format())


def _pruned(error: BaseException) -> traceback.TracebackException:
    whole = traceback.TracebackException.from_exception(error)
    if debug_level():
        return whole
    pending: list[traceback.TracebackException | None] = [whole]
    while pending:
        part = pending.pop()
        if part is not None:
            _prune(part.stack)
            pending += [part.__cause__, part.__context__, *(part.exceptions or ())]
    return whole


def _prune(stack: traceback.StackSummary) -> None:
    """Drop the frames of Cascade, and what of the library stands above the first frame of the user."""
    frames = [frame for frame in stack if not frame.filename.startswith(_HOUSE)]
    first = 0
    while first < len(frames) and frames[first].filename.startswith(_MACHINERY):
        first += 1
    stack[:] = frames[first:]


def did_you_mean(name: str, names: list[str]) -> str:
    """`; did you mean 'report'?`, or nothing where no name is close."""
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def write_error(text: str) -> None:
    """Write `text` to stderr as it is."""
    typer.echo(text, nl=False, err=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal; one that was closed when the process began is None."""
    return stream is not None and stream.isatty()


def write(text: str, end: str = "\n") -> None:
    """Write `text` to stdout; what its encoding can't express is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    _write((text + end).encode(encoding, "backslashreplace"))


def _write(data: bytes) -> None:
    raw = getattr(sys.stdout, "buffer", None)
    try:
        if isinstance(raw, io.RawIOBase):
            _write_whole(raw, data)
        else:
            typer.echo(data, nl=False)
    except OSError as error:
        _leave_unwritten(error)


def _write_whole(raw: io.RawIOBase, data: bytes) -> None:
    """Write to a stream without a buffer, as PYTHONUNBUFFERED has it, which may take a part at a time."""
    rest = memoryview(data)
    while rest:
        written = raw.write(rest)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[written:]


def _leave_unwritten(error: OSError) -> NoReturn:
    """End where stdout takes no more; what is still buffered must not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):  # there whoever read the output has left
        complain(f"can't write to standard output: {error.strerror or error}")
    raise typer.Exit(FAILED) from None


def write_source(source: str) -> None:
    """Write Python source to stdout: coloured on a terminal, else the very bytes that would be saved."""
    if not is_terminal(sys.stdout):
        _write(source.encode())
        return
    from rich.console import Console
    from rich.syntax import Syntax

    text = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(source)
    Console().print(text, soft_wrap=True, end="")


def write_result(result: Any) -> None:
    """Write what a workflow gave: nothing for None, a str as it is, data as JSON, else as `print` does."""
    if result is not None:
        with workflow_failures():
            text = shown(result)
        write(text)
