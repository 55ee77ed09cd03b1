"""Every error and warning of compile time with its code; `inspect/codes` has what `cascade explain` says of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice

from cascade_gen.runtime.errors import (
    CascadeError,
    CompileError,
    DependencyMissingError,
    JumpError,
    Location,
    MisplacedTailCallError,
    MissingParamError,
    ResourceError,
    RouteNotFoundError,
    UnknownBlueprintError,
    diagnostic,
    shown_path,
)

__all__ = [
    "BlueprintError",
    "BlueprintNameError",
    "CapacityError",
    "CascadeError",
    "CompileError",
    "CompileWarning",
    "CycleError",
    "DependencyMissingError",
    "InputClashError",
    "JumpError",
    "JumpRouteError",
    "Location",
    "MisplacedTailCallError",
    "MissingParamError",
    "NestingError",
    "NotAWorkflowError",
    "NotShippableError",
    "ResourceError",
    "ResourceNotFoundError",
    "ResourceScopeError",
    "RouteNotFoundError",
    "SignatureError",
    "StaleFormatError",
    "UnknownBlueprintError",
    "caller",
    "did_you_mean",
]


def caller() -> Location | None:
    """The line outside of Cascade that has called into it."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "").partition(".")[0] in ("cascade", "cascade_gen"):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    code, module = frame.f_code, frame.f_globals.get("__name__", "")
    place = next(islice(code.co_positions(), frame.f_lasti // 2, None), (None,) * 4)
    columns = (place[2] or 0, place[3] or 0) if place[0] == place[1] else (place[2] or 0, 0)
    return Location(shown_path(code.co_filename, module), frame.f_lineno, *columns, path=code.co_filename)


def did_you_mean(name: object, names: Iterable[object]) -> str:
    """`did you mean 'db'? ` in front of a way out, or nothing where none of `names` is close to `name`."""
    known = [one for one in names if isinstance(one, str)]
    if not isinstance(name, str) or name in known:
        return ""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}? " if close else ""


class CompileWarning(UserWarning):
    """Something that will be an error if it is ever reached; with a code, a place and a way out as errors have."""

    def __init__(self, code: str, message: str, location: Location | None = None, hint: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.location = location
        self.hint = hint

    def __str__(self) -> str:
        return diagnostic(self.code, self.message, self.location, self.hint)


class CycleError(CompileError):
    """Nodes of a workflow wait for one another."""

    code = "CS101"


class NotAWorkflowError(CompileError, TypeError):
    """What was given to be compiled or run is no workflow."""

    code = "CS102"


class SignatureError(CompileError, TypeError):
    """A signature that cannot become the inputs of a workflow."""

    code = "CS103"


class InputClashError(CompileError):
    """Two inputs of one name that are not the same input."""

    code = "CS104"


class BlueprintNameError(CompileError):
    """Two workflows of one name in one compilation."""

    code = "CS105"


class ResourceNotFoundError(CompileError, LookupError):
    """`inject` names a resource that nobody registered."""

    code = "CS107"


class ResourceScopeError(CompileError):
    """A resource of scope "run" injects one of scope "task", which ends earlier."""

    code = "CS108"


class CapacityError(CompileError, ValueError):
    """A constraint asks for more than the system has."""

    code = "CS109"


class NestingError(CompileError):
    """Routes within routes, deeper than the compiler goes."""

    code = "CS110"


class JumpRouteError(CompileError, TypeError):
    """A route of a `select_jump` that a jump can't go on with."""

    code = "CS111"


class NotShippableError(CompileError):
    """Tasks or values that another process could not import by name."""

    code = "CS201"


class StaleFormatError(CompileError):
    """A saved module of a format that this version doesn't know."""

    code = "CS202"


class BlueprintError(CompileError):
    """A Blueprint that breaks a rule of the IR; the message shows it with the mark at the bad instruction."""

    code = "CS901"
