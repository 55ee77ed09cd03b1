"""Classes that are told of those that derive from them, or look for them."""

from __future__ import annotations

import inspect
from collections.abc import Set

from .library import Library
from .reach import Reach
from .resolve import Symbol
from .sources import HOUSE
from .values import value_of

_QUIET = frozenset(("abc", "builtins", "ctypes", "enum", "typing", *HOUSE))
"""The modules whose metaclasses and classes don't keep a list of heirs that anybody reads."""


class Heirs:
    """Tells whether a class that is left out would be missed by one that is `carried`.

    `asked`: what is taken along reads `__subclasses__`.
    """

    def __init__(self, library: Library, reach: Reach, carried: Set[Symbol], asked: bool) -> None:
        self._library = library
        self._reach = reach
        self._carried = carried
        self._asked = asked

    def adds(self, bases: list[Symbol]) -> bool:
        """Whether a class with these bases, or this metaclass, is told to something that is carried."""
        return any(self._is_told(value) for one in bases if isinstance(value := value_of(one), type))

    def _is_told(self, base: type) -> bool:
        line = [one for one in base.__mro__ if self._is_own(one)]
        carried = any(_symbol(one) in self._carried for one in line)
        if self._asked and carried:
            return True
        hooks = [one for one in base.__mro__ if "__init_subclass__" in vars(one)]
        made_by: type = base if issubclass(base, type) else type(base)
        hooks += [one for one in inspect.getmro(made_by) if issubclass(one, type)]
        return any(self._tells(one, carried) for one in hooks)

    def _tells(self, hook: type, carried: bool) -> bool:
        if self._is_own(hook):
            return carried or _symbol(hook) in self._carried or self._reach.leads(_symbol(hook))
        return carried and hook.__module__.partition(".")[0] not in _QUIET

    def _is_own(self, one: type) -> bool:
        return self._library.is_own(one.__module__) and one.__module__.partition(".")[0] not in HOUSE


def _symbol(one: type) -> Symbol:
    return Symbol(one.__module__, one.__qualname__.partition(".")[0])
