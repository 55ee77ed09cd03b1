"""What stands for a value that doesn't exist yet, and refuses to be used as if it did."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from types import CodeType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

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


def _refusing(method: str) -> Callable[..., NoReturn]:
    """What Python gets in the place of a method that takes a value."""

    def refuse(self: Symbolic, *_: object, **__: object) -> NoReturn:
        raise _refusal(self, method)

    return refuse


_REFUSED = """
__format__ __bool__ __iter__ __contains__ __len__ __getitem__ __call__ __lt__ __le__ __gt__ __ge__
__add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __matmul__
__radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__ __rpow__ __rmatmul__
__and__ __or__ __xor__ __lshift__ __rshift__ __rand__ __ror__ __rxor__ __rlshift__ __rrshift__
__neg__ __pos__ __abs__ __invert__ __round__ __int__ __float__ __complex__ __index__
"""


class Symbolic(Lazy):
    """A value of a later time: it can be an argument, and nothing else.

    Whatever Python would do with it now (test, iterate, add, compare) is a `TypeError` with a hint.
    """

    __slots__ = ("origin",)

    vars().update({name: _refusing(name) for name in _REFUSED.split()})

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin

    def __getstate__(self) -> dict[str, Any]:
        """What pickle keeps: code can't be pickled, and a number means nothing in another process."""
        return _sent(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        Lazy.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._label()}>"

    def _label(self) -> str:
        """How messages name it."""
        raise NotImplementedError

    if not TYPE_CHECKING:  # a type checker knows better what there is

        def __getattr__(self, name):
            raise _absent(self, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Symbolic):
            raise _refusal(self, "__eq__")
        return self is other

    def __hash__(self) -> int:
        return id(self)


_WAYS_OUT = {
    "__format__": ("it can't be part of a text", "format it inside a task (!r shows what it is)"),
    "__bool__": ("it can't be tested", "use .run_if(condition) or a cs.Router, or test it inside a task"),
    "__iter__": ("it can't be iterated over", "use task.map(...=it), or iterate inside a task"),
    "__contains__": ("nothing can be looked up in it", "test for membership inside a task"),
    "__len__": ("it has no length", "take its length inside a task"),
    "__getitem__": ("it can't be indexed", "index it inside a task"),
    "__call__": ("it can't be called", "call it inside a task"),
    **dict.fromkeys(
        ("__eq__", "__lt__", "__le__", "__gt__", "__ge__"),
        ("it can't be compared", "compare it inside a task"),
    ),
}
"""What there is to say of methods other than those of arithmetic."""


def _refusal(value: Symbolic, method: str) -> TypeError:
    """The error of a use that takes a value."""
    use, hint = _WAYS_OUT.get(method, ("it can't be computed with", "do this inside a task"))
    return TypeError(f"{value!r} has no value yet, so {use}; {hint}")


def _absent(value: Symbolic, name: str) -> AttributeError:
    """Says of a public name why it isn't there; machinery that asks for others gets Python's own words."""
    kind = type(value)
    if name.startswith("_") or hasattr(kind, name):
        return AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
    meant = did_you_mean(name, [one for one in dir(kind) if not one.startswith("_")])
    hint = meant.strip() or "use it inside a task"
    return AttributeError(f"{value!r} has no value yet, so it has no {name!r}; {hint}")


def _sent(value: Symbolic) -> dict[str, Any]:
    """The state of a value, for another process."""
    state: dict[str, Any]
    _, state = object.__getstate__(value)  # type: ignore[misc]  # of what has slots alone
    del state["serial"]
    return {**state, "origin": (locate(value.origin), -1, value.origin[2])}


class Later(Symbolic, Generic[T_co], Anything):  # type: ignore[misc]
    """A value of a later time that will be a `T_co`.

    To a type checker it fits wherever a value is wanted: every parameter of a task takes lazy values too, which
    no type can say of all parameters at once, and a task may return a call in the place of its result.
    """

    __slots__ = ()
