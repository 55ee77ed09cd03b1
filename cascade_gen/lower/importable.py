"""Where an object can be imported from."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType
from typing import Any

_NAMED = (type, FunctionType, BuiltinFunctionType)


def importable(value: Any, modules: Iterable[str]) -> tuple[str, str] | None:
    """Module and name that give this very object: where it was defined, or in one of `modules`."""
    if isinstance(value, _NAMED):  # other objects aren't asked who they are
        module, qualname = str(value.__module__), str(value.__qualname__)
        if module in sys.modules and resolve(module, qualname) is value:
            return module, qualname
    for name in modules:
        word = named(name, value)
        if word and word.isidentifier():
            return name, word
    return None


def resolve(module: str, qualname: str) -> object:
    """What `module` holds under a dotted name, or None. A module's own `__getattr__` isn't asked."""
    if not module or module == "__main__" or not qualname or "<" in qualname:
        return None
    first, *rest = qualname.split(".")
    try:
        found: object = vars(imported(module))[first]
        for part in rest:
            found = getattr(found, part)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):  # a name such as `..` is no module's
        return None
    return found


def named(module: str, value: object) -> str:
    """The name under which a module that was imported before holds this very object, or nothing."""
    if module not in sys.modules:
        return ""
    try:
        found = list(vars(imported(module)).items())
    except (ImportError, KeyError, TypeError):
        return ""
    return next((word for word, one in found if one is value), "")


def imported(module: str) -> object:
    """What `import a.b as name` gives: an attribute of the package, which may be another module than `sys.modules`
    has, as long as one is imported anew. `ImportError`, `KeyError` or `TypeError` where there is none.
    """
    if module not in sys.modules:
        importlib.import_module(module)
    path, *parts = module.split(".")
    found: object = sys.modules[path]
    for part in parts:
        path = f"{path}.{part}"
        found = vars(found).get(part, sys.modules.get(path))
    return found
