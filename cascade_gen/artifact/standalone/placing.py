"""Where the imports of a standalone file stand: at the top, in functions that seldom run, for type checkers only."""

from __future__ import annotations

from typing import Literal

from .closure import Closure, Use
from .naming import Naming
from .phases import Phases
from .resolve import Outside
from .sources import Part, dotted_imports
from .untyped import STAND_INS

Where = Literal["top", "late", "rare", "typing"]

_SLOW = frozenset(
    (
        "argparse",
        "asyncio",
        "concurrent.futures",
        "contextlib",
        "contextvars",
        "functools",
        "importlib",
        "inspect",
        "json",
        "linecache",
        "logging",
        "threading",
        "traceback",
        "types",
        "typing",
    )
)
"""What takes its time to import, and of which Cascade's own functions need little, or seldom."""


class Placing:
    """The places of the imports of one file. `is_async`: asyncio is needed in any case.

    `untyped` is what only type checkers get from typing, so that something has to stand in for it.
    """

    def __init__(self, closure: Closure, phases: Phases, naming: Naming, is_async: bool) -> None:
        self._phases = phases
        self._naming = naming
        self._slow = _SLOW - {"asyncio", "contextlib", "contextvars", "functools", "threading"} if is_async else _SLOW
        self._loads: dict[Outside, set[str]] = {}
        self._at: dict[Outside, set[Where]] = {}
        self._users: dict[Outside, set[Part]] = {}
        self._of_users: set[Outside] = set()
        self.untyped: list[Outside] = []
        for use in closure.uses:
            if isinstance(use.found.target, Outside):
                self._place(use, use.found.target)
        self._untype()
        for places in self._at.values():
            if "top" in places:
                places &= {"top"}

    def _untype(self) -> None:
        """Leave typing to type checkers where what Cascade's own classes need of it is all that is imported."""
        typing = [one for one, places in self._at.items() if one.module == "typing" and "top" in places]
        if all(one.name in STAND_INS and one not in self._of_users for one in typing):
            self.untyped = typing
            for one in typing:
                self._at[one].remove("top")
                self._at[one].add("typing")

    def _place(self, use: Use, outside: Outside) -> None:
        places = self._at.setdefault(outside, set())
        if outside.name is None:
            loads = self._loads.setdefault(outside, set())
            loads.update(dotted_imports(use.unit.module, use.mention.path[0]))
        if use.mention.hint or use.found.typing:
            if use.unit.part not in self._phases.rare:  # which is but text to type checkers
                places.add("typing")
        elif not self._may_be_lazy(use, outside):
            places.add(self._phase(use))
            self._of_users |= set() if use.unit.module.is_house else {outside}
            self._users.setdefault(outside, set()).add(use.unit.part)

    def _phase(self, use: Use) -> Where:
        part = use.unit.part
        return "late" if part in self._phases.late else "rare" if part in self._phases.rare else "top"

    def _may_be_lazy(self, use: Use, outside: Outside) -> bool:
        return use.unit.module.is_house and use.mention.deferred and outside.module in self._slow

    def is_lazy(self, use: Use) -> bool:
        """Whether the function around a use has to import what it uses."""
        outside = use.found.target
        assert isinstance(outside, Outside)
        if use.mention.hint or not self._may_be_lazy(use, outside):
            return False
        places, phase = self._at[outside], self._phase(use)
        return "top" not in places and (phase == "rare" or phase not in places)

    def at(self, place: Where) -> list[Outside]:
        """What is imported at a place."""
        return [outside for outside, places in self._at.items() if place in places]

    def of(self, parts: set[Part]) -> list[Outside]:
        """What these rare statements need imported."""
        return [one for one in self.at("rare") if self._users[one] & parts]

    def wanted(self, outside: Outside) -> tuple[Outside, str, tuple[str, ...]]:
        """An import, its name in the file, and the modules that it loads as well."""
        return outside, self._naming.name(outside), tuple(sorted(self._loads.get(outside, ())))
