"""Every error and warning of compile time with its code; `inspect/codes` has what `cascade explain` says of each."""

from __future__ import annotations

import os
import sys
from itertools import islice
from types import FrameType, TracebackType

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
    did_you_mean,
    shown_path,
)
from cascade_gen.runtime.tracebacks import hide

__all__ = [
    "BlueprintError",
    "BlueprintNameError",
    "CalledAt",
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
    "RecursiveWorkflowError",
    "ResourceError",
    "ResourceNotFoundError",
    "ResourceScopeError",
    "RouteNotFoundError",
    "SignatureError",
    "StaleFormatError",
    "UnknownBlueprintError",
    "caller",
    "did_you_mean",
    "edge",
]


_STANDARD = os.path.dirname(os.__file__) + os.sep


class CalledAt:
    """Where a function of Cascade's was called that goes on when its caller may be gone: a coroutine.

    `caller` finds it in the local variable `called_at`.
    """

    __slots__ = ("_code", "_line", "_module", "_offset")

    def __init__(self, frame: FrameType) -> None:
        self._code = frame.f_code
        self._line = frame.f_lineno
        self._module = frame.f_globals.get("__name__", "")
        self._offset = frame.f_lasti

    @property
    def location(self) -> Location:
        """The place in the source."""
        place = next(islice(self._code.co_positions(), self._offset // 2, None), (None,) * 4)
        columns = (place[2] or 0, place[3] or 0) if place[0] == place[1] else (place[2] or 0, 0)
        path = self._code.co_filename
        return Location(shown_path(path, self._module), self._line, *columns, path=path)


def caller() -> Location | None:
    """The line outside of Cascade and the standard library that has called into it.

    None where there is none, as in a thread, and where that is Cascade's own command line.
    """
    frame = sys._getframe(1)
    while _is_house(frame) or _is_standard(frame):
        called_at = frame.f_locals.get("called_at") if _is_house(frame) else None
        if isinstance(called_at, CalledAt):
            return called_at.location
        if frame.f_back is None or _module(frame) == "cascade_gen.cli":
            return None
        frame = frame.f_back
    return CalledAt(frame).location


def _is_house(frame: FrameType) -> bool:
    return _module(frame).partition(".")[0] in ("cascade", "cascade_gen")


def _is_standard(frame: FrameType) -> bool:
    """Whether a frame runs the standard library, as the event loop does; a user's module of such a name is none."""
    if _module(frame).partition(".")[0] not in sys.stdlib_module_names:
        return False
    path = frame.f_code.co_filename
    return path.startswith((_STANDARD, "<frozen "))


def _module(frame: FrameType) -> str:
    """The name of the module whose code a frame runs, under `python -m` too."""
    name = frame.f_globals.get("__name__", "")
    spec = frame.f_globals.get("__spec__") if name == "__main__" else None
    return str(getattr(spec, "name", name))


class edge:
    """`with edge():` is around what users call: what leaves it has entries of their code alone.

    So their line is the last, where what it asks for is wrong. CASCADE_DEBUG keeps the entries of Cascade.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, entries: TracebackType | None) -> None:
        if error is not None:
            hide(error)


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


class RecursiveWorkflowError(CompileError):
    """A `@cs.workflow` function that calls itself while it is traced."""

    code = "CS112"


class NotShippableError(CompileError):
    """Tasks or values that another process could not import by name."""

    code = "CS201"


class StaleFormatError(CompileError):
    """A saved module of a format that this version doesn't know."""

    code = "CS202"


class BlueprintError(CompileError):
    """A Blueprint that breaks a rule of the IR; the message shows it with the mark at the bad instruction."""

    code = "CS901"
