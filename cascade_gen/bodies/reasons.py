"""Why the body of a task can't move: what would tell that it isn't called any more, in the user's words."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from cascade_gen.runtime.redirects import Lazy
from cascade_gen.tasks.match import class_around
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.names import MISSING, Names, Route, builtins_of, names_of
from cascade_gen.tasks.plain import PlainTypes
from cascade_gen.tasks.scopes import Path
from cascade_gen.tasks.source import plain_function

from .body import Body, read_body
from .kinds import makes_class
from .made import Made, is_used_up, made_in

_NOTICING = frozenset(("__class__", "dir", "eval", "exec", "globals", "locals", "super", "vars"))
_WATCHERS = frozenset(("_warnings", "inspect", "logging", "traceback", "warnings"))
_MAKERS = {
    "collections": ("namedtuple",),
    "dataclasses": ("make_dataclass",),
    "sys": ("_getframe", "_getframemodulename"),
    "types": ("new_class",),
    "typing": ("NamedTuple", "NewType", "ParamSpec", "TypeVar", "TypedDict"),
}
_REPLACED = frozenset(("input", "open"))
"""Builtins that tests replace module by module: from elsewhere what they put there would not be found."""

_DEEPEST = 12


def movable_body(func: object) -> Body | str:
    """The body of `func` if it may move, or why it has to stay where it is."""
    body, function = read_body(func), plain_function(func)
    if isinstance(body, str) or function is None:
        return body
    return next(_reasons(body, function), body)


def _reasons(body: Body, function: FunctionType) -> Iterator[str]:
    """The reasons, one after the other."""
    code = function.__code__
    lasting = _memo.get(code) or _memo.put(code, _read(body, code))
    if lasting.reason:
        yield lasting.reason
    names = names_of(function)
    if lasting.made:
        yield from _function_reasons(lasting, PlainTypes(body.scope, names), names)
    yield from _name_reasons(lasting, function, names)


@dataclass(frozen=True, slots=True)
class _Lasting:
    """What the text alone says: a `reason`; the functions `made` in it; the names and `paths` from outside that it
    reads, and the names of them that f-strings show."""

    reason: str
    made: tuple[Made, ...]
    outer: tuple[str, ...]
    paths: tuple[Path, ...]
    shown: tuple[str, ...]


_memo: CodeMemo[_Lasting] = CodeMemo()


def _read(body: Body, code: CodeType) -> _Lasting:
    references = (one.path for scope in body.scope.walk() for one in scope.references)
    return _Lasting(
        next(_lasting_reasons(body, code), ""),
        made_in(body),
        tuple(sorted({one.name for one in body.names if one.owner != "local"})),
        tuple(dict.fromkeys(path for path in references if path[0] not in body.local)),
        tuple(one.name for one in body.names if one.owner == "outer" and one.store),
    )


def _lasting_reasons(body: Body, code: CodeType) -> Iterator[str]:
    """The reasons that the text alone gives."""
    if class_around(code.co_qualname):
        yield "it is written in a class"
    if code.co_freevars:
        yield f"it closes over {_quoted(sorted(code.co_freevars))}"
    if isinstance(body.source.tree, ast.Lambda):
        yield "it is a lambda"
    if not body.bound:  # no way leads to a return, or to the end
        yield "it never returns"
    if body.depth > _DEEPEST:
        yield "its blocks are nested too deeply"
    for node in body.nodes:
        yield from _node_reasons(node, body)
    if makes_class(body.nodes):
        yield "it makes a class"
    for one in body.names:
        if one.owner == "global" and one.store and not one.simply:
            yield f"it binds the global {one.name!r} in a way of its own"
    if body.packages.intersection(body.parameters):
        yield "it imports a package as one of its parameters"


def _node_reasons(node: ast.AST, body: Body) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        yield "it imports relative to its own module"
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        watching = _WATCHERS.intersection(one.partition(".")[0] for one in names)
        if watching:
            yield f"it looks at its own frame through {_quoted(sorted(watching))}"
    if isinstance(node, ast.AnnAssign) and not isinstance(node.target, ast.Name):
        yield "it annotates what is no name"
    if isinstance(node, ast.Try | ast.TryStar) and any(body.returns_in(one) for one in node.finalbody):
        yield "a return stands in a finally"


def _function_reasons(lasting: _Lasting, types: PlainTypes, names: Names) -> Iterator[str]:
    """What lambdas and generator expressions in it keep, unless they are used up at once."""
    kept = [one for one in lasting.made if not is_used_up(one, types, names)]
    words = {word for one in kept for word in one.names}
    if words:
        yield f"a function in it may keep {_quoted(sorted(words))}"
    if any(one.is_lambda for one in kept):
        yield "it makes a lambda that may be kept"


def _name_reasons(lasting: _Lasting, function: FunctionType, names: Names) -> Iterator[str]:
    if not names.harmless.issuperset((*lasting.outer, *lasting.paths)):
        for name in lasting.outer:
            yield from _outer_reasons(name, function, names)
        for path in lasting.paths:
            yield from _path_reasons(path, names)
        names.harmless.update(lasting.outer, lasting.paths)  # nobody has asked on behind a reason
    if any(name in function.__globals__ for name in lasting.shown):
        yield "an f-string shows the name of a global"
    if lasting.outer and _module_of(function) is None:
        yield "its globals are those of no module"


def _outer_reasons(name: str, function: FunctionType, names: Names) -> list[str]:
    """The reason that a name from outside gives, if any."""
    if name in function.__globals__:
        return [f"its module may delete {name!r}"] if names.is_deleted(name) else []
    if name not in builtins_of(function):
        return [f"it reads {name!r}, which its module doesn't define now"]
    if name in _NOTICING:
        return [f"it uses {name}()"]
    if name in _REPLACED:
        return [f"its module may be given an {name!r} of its own, as tests do"]
    is_builtin = names.tag(Route("name", (name,))) == f"builtin:{name}"
    return [] if is_builtin else [f"its module may define {name!r} later"]


def _path_reasons(path: Path, names: Names) -> list[str]:
    """The reasons that what a path leads to gives."""
    shown = repr(".".join(path))
    found = [f"it looks at its own frame through {shown}"] if _watches(names, path) else []
    if isinstance(names.look_up(Route("name", path)), Lazy):
        found.append(f"it uses {shown}, which is lazy")
    return found


def _watches(names: Names, path: tuple[str, ...]) -> bool:
    """Whether what a path leads to, or passes, looks at the frame it is called from."""
    for length in range(1, len(path) + 1):
        value = names.look_up(Route("name", path[:length]))
        if value is MISSING:
            return False
        if _is_watcher(value) and path[:length] != ("type",):  # of which calls tell whether they make a class
            return True
    return False


def _is_watcher(value: Any) -> bool:
    """What logs or warns names the place it is called from; what makes classes by a call, its module."""
    logging = sys.modules.get("logging")
    if logging is not None and isinstance(value, logging.Logger | logging.LoggerAdapter):
        return True
    if isinstance(value, FunctionType | BuiltinFunctionType | type):
        module, name = value.__module__ or "", value.__name__
        if isinstance(value, type) and issubclass(value, Enum):
            return not len(value)
        if isinstance(value, type) and issubclass(value, type):
            return True
        known = module.partition(".")[0] in _WATCHERS or name in _MAKERS.get(module, ())
        return known or (module == "builtins" and name in _NOTICING - {"super"})
    return False


def _module_of(function: FunctionType) -> ModuleType | None:
    """The module whose globals are those of the function."""
    module = sys.modules.get(function.__module__ or "")
    if type(module) is ModuleType and module.__dict__ is function.__globals__:
        return module
    return None


def _quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))
