"""Generated modules of earlier processes, kept on disk by everything that their text rests on.

The key is a hash over the hash of the Blueprint's listing, the options, the facts of the tasks' functions and of the
objects that are passed, the compiler's own sources, and the versions of Python and of what the compiler writes with.
See docs/cache.md.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import cascade_gen
from cascade_gen._version import __version__
from cascade_gen.blueprint import OBSERVER, Blueprint, Emitted
from cascade_gen.bodies.digest import task_facts
from cascade_gen.lower.declared import declarations
from cascade_gen.resources_path import template_text

from .cache_folder import modules_folder, read_entry, write_entry
from .cache_values import is_told, object_facts

_WRITERS = ("libcst", "black")


def kept_or_made(blueprint: Blueprint, options: Mapping[str, Any], make: Callable[[], Emitted]) -> Emitted:
    """The module of a Blueprint from the cache on disk, or what `make` gives, which is then kept there."""
    folder = modules_folder()
    key = module_key(blueprint, options) if folder else ""
    if not key:
        return make()
    content = read_entry(folder, key)
    kept = None if content is None else _unpack(blueprint, content)
    if kept is not None:
        return kept
    emitted = make()
    packed = _pack(blueprint, emitted)
    if packed is not None and _is_unedited():
        write_entry(folder, key, packed)
    return emitted


# the key


def module_key(blueprint: Blueprint, options: Mapping[str, Any]) -> str:
    """The key of a Blueprint's module made with these options; empty where its facts can't be told."""
    if not STAMP:
        return ""
    try:
        facts = (
            STAMP,
            sorted(options.items()),
            blueprint.hash,
            blueprint.modules,
            declarations(blueprint),
            [one.hint for one in blueprint.inputs],
            task_facts(blueprint.bound_tasks),
            object_facts(blueprint),
        )
        text = repr(facts)
    except Exception:  # the users' objects may answer a question with anything
        return ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def compiler_stamp() -> str:
    """What makes the text: Cascade, to the letter of its sources, and the libraries and the Python under it.

    Empty where the sources aren't there, or those of another library can't be told.
    """
    found = hashlib.sha256()
    count = 0
    try:
        for folder in _folders():
            for path in sorted(_sources(folder)):
                with open(path, "rb") as file:
                    text = file.read()
                inside = path[len(folder) :].replace(os.sep, "/")
                found.update(f"{inside} {len(text)}\n".encode())
                found.update(text)
                count += 1
        writers = [_version(name) for name in _WRITERS]
    except (ImportError, OSError, ValueError):
        return ""
    if not count or not all(writers):
        return ""
    return repr((__version__, sys.implementation.name, sys.version, sys.platform, found.hexdigest(), writers))


def _folders() -> tuple[str, str]:
    """Where the compiler's sources and templates are."""
    package = os.path.dirname(os.path.abspath(cascade_gen.__file__))
    return package, os.path.join(os.path.dirname(package), "templates")


def _sources(folder: str) -> Iterator[str]:
    if not os.path.isdir(folder):
        return
    with os.scandir(folder) as found:
        for one in found:
            if one.name.endswith(".py"):
                yield one.path
            elif one.is_dir() and one.name != "__pycache__":
                yield from _sources(one.path)


def _version(name: str) -> str:
    """What tells one installed version of a library from another, without importing it; empty where it isn't there.

    The name of the folder with its metadata says the version: `black-26.1.0.dist-info` (Binary distribution format).
    `importlib.metadata` would say it too, but takes long to import. A library without such a folder beside it may be
    under development: it is known by its file.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return ""
    beside = os.path.dirname(os.path.dirname(spec.origin))
    said = [one for one in os.listdir(beside) if one.startswith(f"{name}-") and one.endswith(".dist-info")]
    if said:
        return " ".join(sorted(said))
    status = os.stat(spec.origin)
    return repr((spec.origin, status.st_size, status.st_mtime_ns))


class _Seen(NamedTuple):
    """What was imported when the compiler's sources were last looked at, and the states of the sources then.

    `own` are the compiler's of the modules; `imported` says from where, and how many of its templates were read.
    """

    modules: list[str]
    own: list[str]
    imported: tuple[Any, ...]
    states: list[tuple[int, int]]


def _is_unedited() -> bool:
    """Whether what this process has imported of the compiler is what `STAMP` tells of.

    The sources are looked at again only where more was imported since, and read only where a size or a time of a
    change differs. What is imported stays as it is, whatever becomes of its source.
    """
    global _seen
    modules = list(sys.modules)
    own = _seen.own if modules == _seen.modules else [one for one in modules if one.startswith("cascade_gen.")]
    imported = _folders(), template_text.cache_info().currsize
    states = _seen.states
    if own != _seen.own or imported != _seen.imported:
        states = _source_states()
        if states != _seen.states and compiler_stamp() != STAMP:
            return False
    _seen = _Seen(modules, own, imported, states)
    return True


def _source_states() -> list[tuple[int, int]]:
    """Size and time of the last change of each source."""
    try:
        stats = list(map(os.stat, _paths(_folders())))
    except OSError:
        return []
    return [(one.st_size, one.st_mtime_ns) for one in stats]


@cache
def _paths(folders: tuple[str, ...]) -> list[str]:
    return [path for folder in folders for path in _sources(folder)]


_seen = _Seen([], [], (), _source_states())
STAMP = compiler_stamp()
"""The compiler that this process has begun to import. Where it goes on with other sources, nothing is kept."""


# entries


def _pack(blueprint: Blueprint, emitted: Emitted) -> bytes | None:
    """An `Emitted` with the names of its objects in their place; None where they have none, or aren't all told."""
    bound = {key: _bound_name(blueprint, key, value) for key, value in emitted.bound.items()}
    names = {id(value): name for name, value in blueprint.objects.items()}
    adopted = {word: names.get(id(value)) for word, value in emitted.adopted.items()}
    if None in bound.values():
        return None
    if any(name is None or not is_told(blueprint, name) for name in adopted.values()):
        return None
    named = emitted._replace(bound=bound, adopted=adopted, called=dict(emitted.called))
    fields: tuple[Any, ...] = named  # mypy looks at the type of each
    return marshal.dumps(tuple(fields))


def _unpack(blueprint: Blueprint, content: bytes) -> Emitted | None:
    """What was packed, with the objects of this process; None where one of them isn't there."""
    named = Emitted(*marshal.loads(content))
    try:
        bound = {key: _bound_value(blueprint, kind, name) for key, (kind, name) in named.bound.items()}
        adopted = {word: blueprint.objects[name] for word, name in named.adopted.items()}
    except KeyError:
        return None
    return named._replace(bound=bound, adopted=adopted)


def _bound_value(blueprint: Blueprint, kind: str, name: str) -> Any:
    """What the module can't import: an object, a module, or the function of a resource or of a task."""
    match kind:
        case "value":
            return blueprint.objects[name]
        case "module":
            return sys.modules[name]
        case "resource":
            return blueprint.bound_resources[name].func
        case "task":
            return blueprint.bound_tasks[name].func
    return None


def _bound_name(blueprint: Blueprint, key: str, value: Any) -> tuple[str, str] | None:
    """The kind of something bound, and the name under which another process has it."""
    hint, _, suffix = key.rpartition(" ")
    for kind, name in ((suffix, hint), ("task", key), (OBSERVER, "")):
        try:
            if _bound_value(blueprint, kind, name) is value:
                return kind, name
        except KeyError:
            continue
    return None
