"""What stands for a value that doesn't exist yet, and refuses to be used as if it did."""

from __future__ import annotations

import sys
from itertools import islice
from types import CodeType
from typing import TYPE_CHECKING, Any, Generic, Never, NoReturn, TypeVar

from cascade_gen.runtime.errors import Location, did_you_mean, shown_path
from cascade_gen.runtime.redirects import Anything, Lazy

T_co = TypeVar("T_co", covariant=True)

# These call tasks for users, whose line it is.
_FOR_USERS = frozenset(f"cascade_gen.lang.{name}" for name in ("compose", "methods", "routing"))

Origin = tuple[CodeType | Location, int, str]
"""Where a node was written: the code object, the offset of the instruction and the module's name.

One that comes from another process has the place itself in the stead of the code.
"""


def here(depth: int = 2) -> Origin:
    """The place of the caller's caller, cheaply; `locate` makes a `Location` of it when one is needed."""
    frame = sys._getframe(depth)
    while frame.f_globals.get("__name__") in _FOR_USERS and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code, frame.f_lasti, frame.f_globals.get("__name__", "")


def locate(origin: Origin) -> Location:
    """File, line and columns of an origin; the file is shown from the root of its package, on any machine."""
    code, offset, module = origin
    if isinstance(code, Location):
        return code
    shown = shown_path(code.co_filename, module)
    if offset >= 0:
        for line, _, column, end_column in islice(code.co_positions(), offset // 2, None):
            return Location(shown, line or 0, column or 0, end_column or 0, code.co_filename)
    return Location(shown, code.co_firstlineno, path=code.co_filename)


def global_name(thing: object, module: str, otherwise: str) -> str:
    """The name under which a module has this very thing, which is what pickle takes of a function."""
    found = vars(sys.modules[module]).items() if module in sys.modules else ()
    return next((name for name, value in list(found) if value is thing), otherwise)


class Symbolic(Lazy):
    """A value of a later time: it can be an argument, and nothing else.

    Whatever Python would do with it now (test, iterate, add, compare) is a `TypeError` with a hint.
    """

    __slots__ = ("origin",)

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin

    def __getstate__(self) -> dict[str, Any]:
        """What pickle keeps: code can't be pickled, and a number means nothing in another process."""
        state: dict[str, Any]
        _, state = super().__getstate__()  # type: ignore[misc]  # of what has slots alone
        del state["serial"]
        return {**state, "origin": (locate(self.origin), -1, self.origin[2])}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Lazy.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._label()}>"

    def _label(self) -> str:
        """How messages name it."""
        raise NotImplementedError

    def _refuse(self, use: str, hint: str) -> NoReturn:
        raise TypeError(f"{self!r} has no value yet, so {use}; {hint}")

    if not TYPE_CHECKING:  # a type checker knows better what there is

        def __getattr__(self, name):
            """Say of a public name why it isn't there; machinery that asks for others gets Python's own words."""
            kind = type(self)
            if name.startswith("_") or hasattr(kind, name):
                raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
            meant = did_you_mean(name, [one for one in dir(kind) if not one.startswith("_")])
            hint = meant.strip() or "use it inside a task"
            raise AttributeError(f"{self!r} has no value yet, so it has no {name!r}; {hint}")

    def __format__(self, form: str) -> NoReturn:
        self._refuse("it can't be part of a text", "format it inside a task (!r shows what it is)")

    def __bool__(self) -> NoReturn:
        self._refuse("it can't be tested", "use .run_if(condition) or a cs.Router, or test it inside a task")

    def __iter__(self) -> NoReturn:
        self._refuse("it can't be iterated over", "use task.map(...=it), or iterate inside a task")

    def __contains__(self, item: Never) -> NoReturn:
        self._refuse("nothing can be looked up in it", "test for membership inside a task")

    def __len__(self) -> NoReturn:
        self._refuse("it has no length", "take its length inside a task")

    def __getitem__(self, key: Never) -> NoReturn:
        self._refuse("it can't be indexed", "index it inside a task")

    def __call__(self, *args: Never, **kwargs: object) -> NoReturn:
        self._refuse("it can't be called", "call it inside a task")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Symbolic):
            return self is other
        return self._refuse("it can't be compared", "compare it inside a task")

    def __hash__(self) -> int:
        return id(self)

    def _no_arithmetic(self, *_: object) -> NoReturn:
        self._refuse("it can't be computed with", "do this inside a task")

    def _no_order(self, other: object) -> NoReturn:
        self._refuse("it can't be compared", "compare it inside a task")

    __lt__ = __le__ = __gt__ = __ge__ = _no_order
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _no_arithmetic
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _no_arithmetic
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __divmod__ = __rdivmod__ = _no_arithmetic
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _no_arithmetic
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _no_arithmetic
    __neg__ = __pos__ = __abs__ = __invert__ = __round__ = _no_arithmetic
    __int__ = __float__ = __complex__ = __index__ = _no_arithmetic


class Later(Symbolic, Generic[T_co], Anything):  # type: ignore[misc]
    """A value of a later time that will be a `T_co`.

    To a type checker it fits wherever a value is wanted: every parameter of a task takes lazy values too, which
    no type can say of all parameters at once, and a task may return a call in the place of its result.
    """

    __slots__ = ()
