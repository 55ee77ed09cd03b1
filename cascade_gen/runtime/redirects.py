"""What a root may return to go round, the values a trampoline looks for; and the base of lazy values."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

Anything: Any = object
"""A base class by which type checkers take an instance for one of any type; when it runs it is just `object`.

Lazy values, and what is returned in the place of a result, are given where other types are declared.
"""


class Lazy:
    """Base of everything that has its value only when a workflow runs.

    `serial` numbers them in the order in which they were made.
    """

    __slots__ = ("serial",)

    def __init__(self) -> None:
        self.serial = MADE[0] = next(_serials)


def lazies_made() -> int:
    """How many lazy values this process has made."""
    return MADE[0]


_serials = iter(range(1, sys.maxsize))  # which any thread may ask, and takes no import
MADE = [0]
"""The serial of the latest one; generated code reads it here, which costs less than a call."""


class Redirect:
    """Base of everything that sends a trampoline round again instead of ending it."""

    __slots__ = ()

    carried: Any = None  # what gives the values of a call of a task


class TailCall(Redirect, Anything):  # type: ignore[misc]
    """A root's request to run a workflow again with new inputs.

    `args` and `kwargs` bind as a call to the target's signature binds; inputs they don't name keep their
    value. `target_blueprint_id` is the name of another workflow of the same compilation or of a task of the
    same module; `None` is the running one.
    """

    __slots__ = ("args", "kwargs", "target_blueprint_id")

    def __init__(
        self,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        target_blueprint_id: Any = None,
    ) -> None:
        self.args = args if type(args) is tuple or type(args) is list else _listed(args)
        self.kwargs = kwargs if type(kwargs) is dict else _named(kwargs)
        self.target_blueprint_id = target_blueprint_id

    def __repr__(self) -> str:
        return _written(self)


def _listed(args: Any) -> Sequence[Any]:
    """The positional arguments of a tail call; an iterator is read once."""
    if isinstance(args, str | bytes | dict):
        raise TypeError(f"the args of a TailCall are a list; got {args!r}")
    return tuple(args)


def _named(kwargs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The arguments of a tail call by name."""
    if kwargs is not None and not hasattr(kwargs, "keys"):
        raise TypeError(f"the kwargs of a TailCall are a dict from name to value; got {kwargs!r}")
    return {} if kwargs is None else dict(kwargs)


def _written(call: TailCall) -> str:
    return f"TailCall(args={call.args!r}, kwargs={call.kwargs!r}, target_blueprint_id={call.target_blueprint_id!r})"


class Jump(Redirect, Anything):  # type: ignore[misc]
    """A step's request to go on with the route `target_key` of its `select_jump`, overriding inputs by `data`."""

    __slots__ = ("data", "target_key")

    def __init__(self, target_key: Any, data: Any = None) -> None:
        self.target_key = target_key
        self.data = data

    def __repr__(self) -> str:
        return f"Jump({self.target_key!r}, data={self.data!r})"
