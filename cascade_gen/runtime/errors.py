"""The errors a running workflow can raise; shipped modules carry those they need."""

from __future__ import annotations

import linecache
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

    `str()` of it shows the message, the place with a caret under the expression, and the hint.
    """

    code = "CS100"

    def __init__(self, message: str, location: Location | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.code}: {self.message}"]
        if self.location is not None:
            lines.extend(_excerpt(self.location))
        if self.hint:
            lines.append(f"  = help: {self.hint}")
        return "\n".join(lines)


class UnknownBlueprintError(CompileError, LookupError):
    """A tail call names a workflow that is not of the same compilation."""

    code = "CS106"


def _excerpt(location: Location) -> list[str]:
    """The place and, where the file can be read, its line with carets under the expression."""
    lines = [f"  --> {location}"]
    text = linecache.getline(location.path or location.file, location.line).rstrip()
    if text:
        number = str(location.line)
        lines.append(f"{number} | {text}")
        start = location.column or len(text) - len(text.lstrip())
        end = location.end_column if location.end_column > start else len(text)
        lines.append(f"{' ' * len(number)} | {' ' * start}{'^' * max(1, end - start)}")
    return lines
