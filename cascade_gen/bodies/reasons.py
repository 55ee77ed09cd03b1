"""Why the body of a task can't move: what would tell that it isn't called any more, in the user's words."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from enum import Enum
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from cascade_gen.tasks.match import class_around
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.names import MISSING, Names, Route, builtins_of
from cascade_gen.tasks.read_scopes import dotted
from cascade_gen.tasks.source import plain_function

from .body import Body, read_body

_NOTICING = frozenset(("__class__", "dir", "eval", "exec", "globals", "locals", "super", "vars"))
_WATCHERS = frozenset(("_warnings", "inspect", "logging", "traceback", "warnings"))
_MAKERS = {
    "collections": ("namedtuple",),
    "dataclasses": ("make_dataclass",),
    "sys": ("_getframe", "_getframemodulename"),
    "typing": ("NamedTuple", "NewType", "ParamSpec", "TypeVar", "TypedDict"),
}
_REPLACED = frozenset(("input", "open"))
"""Builtins that tests replace module by module: from elsewhere what they put there would not be found."""

_CONSUMERS = frozenset(("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"))
_DONE_WITH = frozenset(
    (
        ("heapq", "nsmallest"),
        ("heapq", "nlargest"),
        ("_functools", "reduce"),
        ("statistics", "mean"),
        ("math", "fsum"),
    )
)
_DEEPEST = 12


def why_called(func: object) -> str:
    """Why the body of `func` has to stay where it is, or nothing if it may move."""
    body = read_body(func)
    if isinstance(body, str):
        return body
    function = plain_function(func)
    assert function is not None
    return next(_reasons(body, function), "")


def _reasons(body: Body, function: FunctionType) -> Iterator[str]:
    """The reasons, one after the other."""
    if class_around(function.__code__.co_qualname):
        yield "it is written in a class"
    cells = sorted(set(function.__code__.co_freevars))
    if cells:
        yield f"it closes over {_quoted(cells)}"
    lasting = _memo.get(function.__code__)
    if lasting is None:
        lasting = _memo.put(function.__code__, next(_lasting_reasons(body), ""))
    if lasting:
        yield lasting
    yield from _function_reasons(body, function)
    yield from _name_reasons(body, function)


_memo: CodeMemo[str] = CodeMemo()


def _lasting_reasons(body: Body) -> Iterator[str]:
    """The reasons that the text alone gives."""
    if isinstance(body.source.tree, ast.Lambda):
        yield "it is a lambda"
    if body.ends and not body.returns:
        yield "it never returns"
    if body.depth > _DEEPEST:
        yield "its blocks are nested too deeply"
    for node in body.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "it imports relative to its own module"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            watching = _WATCHERS.intersection(one.partition(".")[0] for one in names)
            if watching:
                yield f"it looks at its own frame through {_quoted(sorted(watching))}"
        if isinstance(node, ast.AnnAssign) and not isinstance(node.target, ast.Name):
            yield "it annotates what is no name"
        if isinstance(node, ast.Try) and any(body.returns_in(one) for one in node.finalbody):
            yield "a return stands in a finally"
    for one in body.names:
        if one.owner == "global" and one.store and not one.simply:
            yield f"it binds the global {one.name!r} in a way of its own"


def _function_reasons(body: Body, function: FunctionType) -> Iterator[str]:
    """What lambdas and generator expressions in it keep, unless they are used up at once."""
    if not any(scope.kind in ("lambda", "generator") for scope in body.scope.walk()):
        return
    consumed = list(_consumed(body, Names(function)))

    def lasts(start: int) -> bool:
        return not any(first <= start < last for first, last in consumed)

    kept = {one.name for one in body.names if one.later and one.owner == "local" and lasts(one.start)}
    if kept:
        yield f"a function in it may keep {_quoted(sorted(kept))}"
    if any(isinstance(node, ast.Lambda) and lasts(body.text.start(node)) for node in body.nodes):
        yield "it makes a lambda that may be kept"


def _name_reasons(body: Body, function: FunctionType) -> Iterator[str]:
    names, builtins = Names(function), builtins_of(function)
    for name in sorted({one.name for one in body.names if one.owner != "local"}):
        if name in function.__globals__:
            continue
        if name not in builtins:
            yield f"it reads {name!r}, which its module doesn't define now"
        elif name in _NOTICING:
            yield f"it uses {name}()"
        elif name in _REPLACED:
            yield f"its module may be given an {name!r} of its own, as tests do"
        elif names.tag(Route("name", (name,))) != f"builtin:{name}":
            yield f"its module may define {name!r} later"
    for scope in body.scope.walk():
        for reference in scope.references:
            if reference.path[0] not in body.local and _watches(names, reference.path):
                yield f"it looks at its own frame through {'.'.join(reference.path)!r}"
    if any(one.owner == "outer" and one.store and one.name in function.__globals__ for one in body.names):
        yield "an f-string shows the name of a global"
    if any(one.owner != "local" for one in body.names) and _module_of(function) is None:
        yield "its globals are those of no module"


def _watches(names: Names, path: tuple[str, ...]) -> bool:
    """Whether what a path leads to, or passes, looks at the frame it is called from."""
    for length in range(1, len(path) + 1):
        value = names.look_up(Route("name", path[:length]))
        if value is MISSING:
            return False
        if _is_watcher(value):
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
        known = module.partition(".")[0] in _WATCHERS or name in _MAKERS.get(module, ())
        return known or (module == "builtins" and name in _NOTICING - {"super"})
    return False


def _module_of(function: FunctionType) -> ModuleType | None:
    """The module whose globals are those of the function."""
    module = sys.modules.get(function.__module__ or "")
    if type(module) is ModuleType and module.__dict__ is function.__globals__:
        return module
    return None


def _consumed(body: Body, names: Names) -> Iterator[tuple[int, int]]:
    """The places of what is used up when the call it is an argument of is over."""
    for node in body.nodes:
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        if isinstance(func, ast.Attribute) and (func.attr in ("join", "sort") or dotted(func) is None):
            joins = func.attr == "join" and isinstance(func.value, ast.Constant) and len(node.args) == 1
            sorts = func.attr == "sort" and not node.args
        else:
            path = dotted(func) or ("",)
            tag = "" if path[0] in body.local else names.tag(Route("name", path))
            joins = sorts = tag.partition(":")[2] in _CONSUMERS or (
                tag == "other" and _consumes(names.look_up(Route("name", path)))
            )
        if joins:
            for argument in node.args:
                if isinstance(argument, ast.GeneratorExp):
                    yield body.text.start(argument), body.text.end(argument)
        if sorts:
            for keyword in node.keywords:
                if keyword.arg == "key" and isinstance(keyword.value, ast.Lambda):
                    yield body.text.start(keyword.value), body.text.end(keyword.value)


def _consumes(function: Any) -> bool:
    """Whether a function of the standard library is done with its arguments when it returns."""
    return isinstance(function, FunctionType | BuiltinFunctionType) and (
        (function.__module__, function.__name__) in _DONE_WITH
    )


def _quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))
