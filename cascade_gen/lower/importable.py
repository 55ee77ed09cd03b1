"""Where an object can be imported from."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from cascade_gen.blueprint import Blueprint

_HIDDEN: Any = object()
_NAMED = (type, FunctionType, BuiltinFunctionType)


def importable(value: Any, modules: Iterable[str]) -> tuple[str, str] | None:
    """Module and name that give this very object: where it was defined, or in one of `modules`."""
    if isinstance(value, _NAMED):  # other objects aren't asked who they are
        module, qualname = str(value.__module__), str(value.__qualname__)
        if module in sys.modules and resolve(module, qualname) is value:
            return _public(module, qualname, value), qualname
    for name in modules:
        word = named(name, value)
        if word and word.isidentifier():
            return name, word
    return None


def _public(module: str, qualname: str, value: object) -> str:
    """The module around a private one, as `pathlib` around `pathlib._local` of 3.13, if it has the object as well."""
    parent = module
    while "._" in parent:
        parent = parent.rpartition(".")[0]
        if parent in sys.modules and resolve(parent, qualname) is value:
            module = parent
    return module


def own_modules(blueprint: Blueprint) -> list[str]:
    """The modules of the users' own in which an object may have a name."""
    modules = [task.module for task in blueprint.tasks if task.module]
    return [*modules, *(one for one in blueprint.modules if one != "__main__")]


def defaults_of(tasks: Mapping[str, Any]) -> dict[int, tuple[str, str]]:
    """Of the very objects that are defaults of these tasks, by their identity: the first task, and its parameter."""
    found: dict[int, tuple[str, str]] = {}
    for key, task in tasks.items():
        if type(task.func) is FunctionType and (task.func.__defaults__ or task.func.__kwdefaults__):
            for name, one in inspect.signature(task.func, follow_wrapped=False).parameters.items():
                found.setdefault(id(one.default), (key, name))
    found.pop(id(inspect.Parameter.empty), None)
    return found


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


def is_imported(module: str) -> bool:
    """Whether an import under this name gives the very module that goes by it, in any process."""
    try:
        return module not in ("", "__main__") and imported(module) is sys.modules[module]
    except (ImportError, KeyError, TypeError, ValueError):
        return False


def imported(module: str) -> object:
    """What `import a.b as name` gives: an attribute of the package, which may be another module than `sys.modules`
    has, as long as one is imported anew. Where the package has something else under that name, the module itself.
    `ImportError`, `KeyError` or `TypeError` where there is none.
    """
    if module not in sys.modules:
        importlib.import_module(module)
    found = _attribute(module)
    return sys.modules[module] if found is _HIDDEN else found


def is_hidden(module: str) -> bool:
    """Whether a package has something else under the name of its module, so that `import a.b as name` gives that.

    `from .crawl import crawl` in the `__init__` of a package does it. `import_module` gives the module all the same.
    """
    return module in sys.modules and _attribute(module) is _HIDDEN


def _attribute(module: str) -> object:
    path, *parts = module.split(".")
    found: object = sys.modules[path]
    for part in parts:
        path = f"{path}.{part}"
        found = vars(found).get(part, sys.modules.get(path))
        is_module = isinstance(found, ModuleType) and vars(found).get("__name__") == path
        if not is_module and found is not sys.modules.get(path):
            return _HIDDEN
    return found
