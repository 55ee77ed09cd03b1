"""Values that come from outside when a workflow runs: `Param`, `Env`, `inject`, and symbolic arguments."""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from cascade_gen.runtime.containers import holds_lazy
from cascade_gen.runtime.redirects import Lazy
from cascade_gen.runtime.sentinels import MISSING

from .symbolic import Later, Origin, here


def check_text(what: str, text: object) -> str:
    """The text; `TypeError` for anything else."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is a str; got {text!r}")
    return text


def _check_value(what: str, default: object, type: object) -> None:
    """`TypeError` for a default that has no value when the workflow starts, and for a type that converts nothing."""
    if holds_lazy(default):
        raise TypeError(f"the default of {what} is a value; {default!r} has none yet: compute it in a task")
    if isinstance(type, Lazy) or not callable(type):
        raise TypeError(f"the type of {what} is a class, or a function that takes a text; got {type!r}")


class Param(Later[Any]):
    """A keyword input of the workflow that uses it.

    Its value is what is given under `name`, else `default`, else `MissingParamError`. A `str` is converted to
    `type` (`bool`: 1/0, true/false, yes/no, on/off); a failed conversion is `ValueError`.
    """

    __slots__ = ("default", "description", "name", "type")

    def __init__(
        self, name: str, default: Any = MISSING, type: Callable[[str], Any] = str, description: str = ""
    ) -> None:
        super().__init__(here())
        self.name = check_text("the name of a Param", name)
        if not name.isidentifier() or iskeyword(name) or normalize("NFKC", name) != name:
            raise ValueError(
                f"a Param is given by keyword, so its name must be an identifier and no keyword; got {name!a}"
            )
        _check_value("a Param", default, type)
        self.default = default
        self.type = type
        self.description = check_text("the description of a Param", description)

    def _label(self) -> str:
        return repr(self.name)


class Env(Later[Any]):
    """A value of the environment, read when the workflow runs: converted and defaulted like a `Param`."""

    __slots__ = ("default", "name", "type")

    def __init__(self, name: str, default: Any = MISSING, type: Callable[[str], Any] = str) -> None:
        super().__init__(here())
        self.name = check_text("the name of an Env", name)
        if not name or "=" in name or "\0" in name or any("\ud800" <= one <= "\udfff" for one in name):
            raise ValueError(f"{name!r} can't be the name of an environment variable")
        _check_value("an Env", default, type)
        self.default = default
        self.type = type

    def _label(self) -> str:
        return repr(self.name)


class Inject(Later[Any]):
    """The resource registered as `name`, as a parameter's default or as an argument."""

    __slots__ = ("name",)

    def __init__(self, name: str, origin: Origin) -> None:
        super().__init__(origin)
        self.name = check_text("the name of a resource", name)

    def _label(self) -> str:
        return repr(self.name)


def inject(name: str) -> Any:
    """Mark a parameter's default, or an argument, as the resource registered under `name`."""
    return Inject(name, here())


class Argument(Later[Any]):
    """An argument of a `@cs.workflow` function while it is traced; an input when it runs.

    One that stands for a `literal` of a graph met at run time means what the literal means.
    """

    __slots__ = ("literal", "name")

    def __init__(self, name: str, origin: Origin, literal: bool = False) -> None:
        super().__init__(origin)
        self.name = name
        self.literal = literal

    def _label(self) -> str:
        return repr(self.name)
