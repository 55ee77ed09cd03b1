"""Finding what `MODULE:NAME` names, where the module may be given as a path."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cascade_gen.shell.output import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Target:
    """What was named, and the module it was found in."""

    value: Any
    module: ModuleType


def find_target(text: str) -> Target:
    """Import the module of `MODULE:NAME` and look the name up; `UsageError` where either isn't there.

    What the module raises while it is imported comes out as it is.
    """
    place, separator, name = text.rpartition(":")
    if not separator or not place or not name:
        raise UsageError(f"expected MODULE:NAME, such as agents.crawl:poll or agents/crawl.py:poll; got {text!r}")
    search_current_folder()
    module = _import_file(Path(place)) if _is_path(place) else _import_module(place)
    return Target(_look_up(module, name), module)


def search_current_folder() -> None:
    """Let modules of the current folder be imported, as `python -m` does."""
    _put_first(os.getcwd())


def search_beside(file: Path) -> None:
    """Let the modules beside a file be found, as they are when it is run as a script."""
    _also_beside(file.resolve().parent)


def _is_path(place: str) -> bool:
    return place.endswith(".py") or os.sep in place or "/" in place


def _put_first(folder: str) -> None:
    """Let modules be found in `folder`, before all others unless it is known already."""
    if folder not in sys.path and not (folder == os.getcwd() and "" in sys.path):
        sys.path.insert(0, folder)


def _import_module(name: str) -> ModuleType:
    if not all(name.split(".")):
        raise UsageError(f"{name!r} can't be the name of a module")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise UsageError(f"there is no module {error.name!r}") from None


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}")
    if path.suffix != ".py":
        raise UsageError(f"{str(path)!r} is not a Python file: its name should end in .py")
    file = path.resolve()
    name = _module_name(file)
    if "." in file.stem:
        raise UsageError(f"{str(path)!r} can't be imported: a module's name has no dots")
    module = _import_module(name)
    found = getattr(module, "__file__", None)
    if found is None or Path(found).resolve() != file:
        raise UsageError(
            f"{str(path)!r} is hidden by another module {name!r} ({found or 'built in'}); rename the file"
        )
    return module


def _module_name(file: Path) -> str:
    """The name by which `file` can be imported, having seen to it that it can.

    A file of a package has the package's name. Otherwise it is named from the entry of `sys.path` that is
    nearest above it, or, where none is, by its own name with its folder put on the path.
    """
    folder = file.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    if folder != file.parent:
        _put_first(str(folder))
        return _dotted(file, folder)
    for above in (folder, *folder.parents):
        name = _dotted(file, above)
        if _is_searched(above) and _finds(name, file):
            _also_beside(folder)
            return name
    _put_first(str(folder))
    return file.stem


def _dotted(file: Path, above: Path) -> str:
    parts = file.relative_to(above).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _is_searched(folder: Path) -> bool:
    return any(Path(entry).resolve() == folder for entry in sys.path)


def _finds(name: str, file: Path) -> bool:
    """Whether importing `name` gives `file`, which a package of the same name elsewhere may prevent."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == file


def _also_beside(folder: Path) -> None:
    """Let a file find the modules beside it, as it does when it is run as a script, but after all others."""
    if not _is_searched(folder):
        sys.path.append(str(folder))


def _look_up(module: ModuleType, name: str) -> Any:
    value: Any = module
    within = f"module {module.__name__!r}"
    for part in name.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            names = [one for one in dir(value) if not one.startswith("_")]
            raise UsageError(f"{within} has no {part!r}{did_you_mean(part, names)}") from None
        within = repr(part)
    return value
