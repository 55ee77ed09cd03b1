"""Where an object can be imported from."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def importable(value: Any, modules: Iterable[str]) -> tuple[str, str] | None:
    """Module and name that give this very object: where it was defined, or in one of `modules`."""
    module = str(getattr(value, "__module__", ""))
    qualname = str(getattr(value, "__qualname__", ""))
    if module != "__main__" and qualname and _attribute(module, qualname) is value:
        return module, qualname
    for name in modules:
        for word, found in list(vars(sys.modules[name]).items()) if name in sys.modules else ():
            if found is value and word.isidentifier():
                return name, word
    return None


def _attribute(module: str, qualname: str) -> object:
    found: object = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found
