"""What a task function can return, as far as its source shows: a value, or a request to go round again."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Literal

from cascade_gen.runtime.redirects import Jump, TailCall

from .function_scope import function_scope
from .looking import seen
from .memo import CodeMemo
from .names import Names, Route, names_of
from .plain import PlainTypes
from .scopes import Scope
from .source import TaskSource, plain_function, read_source
from .tails import Naming, Role, Tails

ExitKind = Literal["value", "redirect", "unknown"]


@dataclass(frozen=True, slots=True)
class TailTarget:
    """Something that a function's source names as the goal of a call.

    `name` is a literal blueprint name, `task` the task or workflow that a name in the source stands for now;
    at most one of them is set. The place is that of the expression in the user's file: a line, and columns
    in characters from 0. The role is one of

    * "target": a returned tail call, or a returned call of a task, goes there;
    * "argument": a task called for the arguments of such a call;
    * "mention": any other task the source names, or a blueprint named by a `TailCall` elsewhere;
    * "self", "jump", "dynamic": a returned tail call of the running blueprint itself, a returned `Jump`, a
      returned tail call whose target shows only when it runs. These have neither name nor task.
    """

    name: str | None
    task: object | None
    line: int
    col: int
    end_col: int
    role: Role = "target"


@dataclass(frozen=True, slots=True)
class Exits:
    """What a function can return.

    `kind` is "value" if it is proven that no `return` gives a redirect (a `TailCall`, a `Jump` or something
    lazy), unless an argument is one or an operator of the user's gives one; "redirect" if some `return`
    visibly gives one; "unknown" otherwise. `targets` are in the order of the source.
    """

    kind: ExitKind
    targets: tuple[TailTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fact:
    """The outcome of one analysis, and what it rests on; holds none of the user's objects."""

    kind: ExitKind
    namings: tuple[Naming, ...]
    tags: dict[Route, str]


_memo: CodeMemo[_Fact] = CodeMemo()


def exits(func: object) -> Exits:
    """What `func` can return. Nothing of the user's is run.

    The names in the source are looked up anew in each compilation, since a task may be defined after another one
    that names it. The rest is kept as long as they stand for the same kind of things.
    """
    function = plain_function(func)
    return Exits("unknown") if function is None else seen(("exits", id(function)), lambda: _exits(function))


def _exits(function: FunctionType) -> Exits:
    source = read_source(function)
    scope = function_scope(function, source) if source is not None else None
    if source is None or scope is None:
        return Exits("unknown")
    names = names_of(function)
    fact = _memo.get(function.__code__)
    if fact is None or not names.still(fact.tags):
        try:
            fact = _memo.put(function.__code__, _analyse(scope, Names(function)))
        except RecursionError:
            return Exits("unknown")
    targets = [_target(naming, source, names) for naming in fact.namings]
    kind = "unknown" if fact.kind == "value" and _has_redirect_by_default(function) else fact.kind
    return Exits(kind, tuple(sorted(targets, key=lambda target: (target.line, target.col))))


def _analyse(scope: Scope, names: Names) -> _Fact:
    tails = Tails(scope, names)
    kind: ExitKind = "unknown"
    if tails.visible:
        kind = "redirect"
    elif scope.yields or _gives_plain_values(scope, names):
        kind = "value"
    return _Fact(kind, tuple(tails.namings), names.tags)


def _gives_plain_values(scope: Scope, names: Names) -> bool:
    types = PlainTypes(scope, names)
    return all(result is None or types.of(result) is not None for result in scope.results)


def _has_redirect_by_default(function: FunctionType) -> bool:
    """Whether a default is a redirect; a lazy one is computed before the call, as any argument is."""
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return any(issubclass(type(value), TailCall | Jump) for value in defaults)


def _target(naming: Naming, source: TaskSource, names: Names) -> TailTarget:
    task = None if naming.route is None else names.look_up(naming.route)
    return TailTarget(naming.name, task, *source.place(naming.node), role=naming.role)
