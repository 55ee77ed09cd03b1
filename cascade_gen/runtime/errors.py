"""The errors a running workflow can raise; shipped modules carry those they need."""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from dataclasses import dataclass, field


class CascadeError(Exception):
    """Base of every error of Cascade's own."""


class MissingParamError(CascadeError, TypeError):
    """A `Param` or `Env` without a default was given no value."""


class DependencyMissingError(CascadeError):
    """A final target was skipped, so that there is no result to give."""


class RouteNotFoundError(CascadeError, LookupError):
    """A `Router`'s selector gave a value that has no route."""


class JumpError(CascadeError, LookupError):
    """A `Jump` names a key that its `select_jump` does not have, or there is no `select_jump`."""


class MisplacedTailCallError(CascadeError, TypeError):
    """A task that is no root returned a `TailCall`, a `Jump` or a lazy result."""


class ResourceError(CascadeError):
    """A resource can't be used as asked, or its generator yielded nothing, or more than once."""


class UncacheableError(CascadeError, TypeError):
    """An input can't be part of a cache key, or a value can't be stored in a cache."""


class CacheError(CascadeError):
    """A cache can't be used safely: its signing key is damaged, not ours, or others can read it."""


class NotPicklableError(CascadeError, TypeError):
    """A task of mode "compute", its arguments or its result cannot be sent to or from a worker process."""


class WorkerDiedError(CascadeError, RuntimeError):
    """A worker process ended in the midst of a task of mode "compute", or could not start."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's source: `file` as shown, `line` from 1, columns from 0 (0, 0 when unknown).

    Columns count the bytes of the line in UTF-8, as Python's own positions do. An expression that goes on over
    more lines has 0 as its end: it is marked to the end of its first line.

    `path` is where the file can be read on this machine; it doesn't count when locations are compared.
    """

    file: str
    line: int
    column: int = 0
    end_column: int = 0
    path: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def shown_path(filename: str, module: str) -> str:
    """A file's name that doesn't depend on where the package is installed: `agents/crawl.py`."""
    parts = filename.replace("\\", "/").split("/")
    depth = module.count(".") + 1
    if parts[-1] == "__init__.py":
        depth += 1
    return "/".join(parts[-depth:])


class CompileError(CascadeError):
    """An error found before anything runs: a code, the user's file and line, and a way out.

    `str()` of it shows the message, the place with a caret under the expression, and the hint. Where one
    compilation has found several errors, the first is raised; `errors` has all of them, and so has the text.
    """

    code = "CS100"

    def __init__(self, message: str, location: Location | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint
        self._more: tuple[CompileError, ...] = ()

    @property
    def errors(self) -> tuple[CompileError, ...]:
        """This error and those found along with it, in the order in which they were found."""
        return (self, *self._more)

    def with_more(self, more: Iterable[CompileError]) -> CompileError:
        """This very error, with others that the same compilation has found."""
        self._more = tuple(more)
        return self

    def __str__(self) -> str:
        texts = [diagnostic(one.code, one.message, one.location, one.hint) for one in self.errors]
        if self._more:
            texts.append(f"{len(texts)} errors")
        return "\n\n".join(texts)


class UnknownBlueprintError(CompileError, LookupError):
    """A tail call names a workflow that is not of the same compilation."""

    code = "CS106"


def did_you_mean(name: object, names: Iterable[object]) -> str:
    """`did you mean 'db'? ` in front of a way out, or nothing where none of `names` is close to `name`."""
    known = [one for one in names if isinstance(one, str)]
    if not isinstance(name, str) or name in known:
        return ""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}? " if close else ""


def diagnostic(code: str, message: str, location: Location | None, hint: str) -> str:
    """What an error or a warning of compile time says: the message, the place with a caret, the way out."""
    lines = [f"{code}: {message}"]
    if location is not None:
        lines.extend(_excerpt(location))
    if hint:
        lines.append(f"  = help: {hint}")
    return "\n".join(lines)


_WIDEST = 140
_AROUND = 40


def _excerpt(location: Location) -> list[str]:
    """The place and, where the file can be read, its line with carets under the expression."""
    lines = [f"  --> {_printed(str(location))}"]
    try:
        text = linecache.getline(location.path or location.file, location.line).rstrip()
    except ValueError:  # a name that no file can have
        return lines
    if text:
        number = str(location.line)
        text, start, end = _window(text, *_span(text, location))
        lines.append(f"{number} | {_printed(text)}")
        carets = "^" * max(1, _width(text[start:end]))
        lines.append(f"{' ' * len(number)} | {_blank(text[:start])}{carets}")
    return lines


def _span(text: str, location: Location) -> tuple[int, int]:
    """The characters of a line from the first to behind the last that a location means."""
    encoded = text.encode("utf-8", "surrogatepass")

    def characters(column: int) -> int:
        return len(encoded[:column].decode("utf-8", "ignore"))

    start = characters(location.column) if location.column else len(text) - len(text.lstrip())
    end = characters(location.end_column) if location.end_column > location.column else len(text)
    return min(start, len(text)), max(start, end)


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """A line cut to what fits, around the characters from `start` to `end`, and where those are now."""
    if len(text) <= _WIDEST:
        return text, start, end
    first = max(0, min(start - _AROUND, len(text) - _WIDEST))
    last = min(len(text), first + _WIDEST)
    head, rest = "..." if first else "", "..." if last < len(text) else ""
    moved = len(head) - first
    return f"{head}{text[first:last]}{rest}", start + moved, min(end, last) + moved


def _printed(text: str) -> str:
    """A line of source with what could steer a terminal made visible."""
    return "".join(one if one.isprintable() or one == "\t" else ascii(one)[1:-1] for one in text)


def _blank(text: str) -> str:
    """As many columns of nothing as `text` takes; tabs stay tabs, however wide they are shown."""
    return "".join("\t" if one == "\t" else " " * _width(one) for one in text)


def _width(text: str) -> int:
    """The columns that a terminal shows `text` in."""
    if text.isascii() and text.isprintable():
        return len(text)
    import unicodedata

    width = 0
    for one in _printed(text):
        if not unicodedata.combining(one):
            width += 2 if unicodedata.east_asian_width(one) in "WF" else 1
    return width
