"""Redirects that lead nowhere: what is wrong with them, and where the task has written them.

A redirect is followed when its task has returned, so that no frame is left that could say where it came from.
The constants in the task's code do: the key of a jump, the name that a tail call gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from types import CodeType, FrameType
from typing import Any, NamedTuple

from .errors import CascadeError, JumpError, Location, UnknownBlueprintError, did_you_mean, shown_path
from .frames import Position
from .redirects import Jump, TailCall
from .sentinels import Sentinel
from .states import State

_GO_ON = ("Rounds.go_on", "Rounds.go_on_async")


class Sender(NamedTuple):
    """The task whose redirect can't be followed, with those inputs of its round that are known between rounds."""

    state: State
    result: Any
    inputs: dict[str, Any]
    round: int


def sender(frame: FrameType) -> Sender | None:
    """The task whose redirect a frame is about to follow; None for a frame that does something else."""
    if frame.f_code.co_qualname not in _GO_ON:
        return None
    values = frame.f_locals
    rounds, inputs = values["self"], values["inputs"]
    state: State = rounds._states[values["index"]]
    named = zip(state.names, inputs, strict=True)
    known = {name: value for name, value in named if not isinstance(value, Sentinel)}  # the others a round computes
    return Sender(state, values["result"], known, rounds.number)


def no_select_jump(state: State, jump: Jump) -> JumpError:
    """The error for a jump of a step that has no routes."""
    return JumpError(
        f"{state.name!r} returned {jump!r}, but it has no select_jump:" " use cs.bind(step, cs.select_jump({...}))"
    )


def no_such_jump(state: State, jump: Jump) -> JumpError:
    """The error for a jump that has no route."""
    known = state.jumps or {}
    keys = ", ".join(map(repr, known)) or "none"
    hint = did_you_mean(jump.target_key, known).strip()
    return JumpError(f"{state.name!r} has no jump {jump.target_key!r}; it has {keys}{hint and f'; {hint}'}")


def unknown_blueprint(state: State, target: Any, known: Iterable[str]) -> UnknownBlueprintError:
    """The error for a tail call to a name that is none of the `known` ones, at the name as it is written."""
    names = list(known)
    space = getattr(state.func, "__globals__", {})
    members = [one for one in list(space.values()) if hasattr(one, "func")]
    tasks = [name for one in members if isinstance(name := getattr(one, "name", None), str)]
    return UnknownBlueprintError(
        f"a tail call names {target!r}, which is no workflow of this compilation;"
        f" it has {', '.join(map(repr, names))}",
        _place(state.func, target),
        f"{did_you_mean(target, [*names, *tasks])}pass it in blueprints=[...], or name a task of the same module",
    )


def _place(func: Any, constant: Any) -> Location | None:
    """The name that a tail call gives, where there is one place only where it can be; else the task's `def`."""
    code = getattr(func, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    file = code.co_filename
    shown = shown_path(file, getattr(func, "__module__", None) or "")
    found = _returned(code, constant)
    if found is None:
        return Location(shown, defined_in(code), path=file)
    line, last, start, end = found
    return Location(shown, line, start or 0, (end or 0) if last == line else 0, file)


def written_in(sent: Sender) -> Position | None:
    """Where the task returns its redirect, if there is one place only where it can be."""
    code = getattr(sent.state.func, "__code__", None)
    return _returned(code, _told(sent.result)) if isinstance(code, CodeType) else None


def defined_in(code: CodeType) -> int:
    """The line of a function's `def`, which stands behind its decorators."""
    import linecache
    import re

    first = code.co_firstlineno
    named = re.compile(rf"\s*(async\s+)?def\s+{re.escape(code.co_name)}\b")
    lines = linecache.getlines(code.co_filename)[first - 1 :]
    return next((first + number for number, line in enumerate(lines) if named.match(line)), first)


def _told(result: Any) -> Any:
    """The constant by which a redirect is known in the code that has made it: a text, or the keywords of a call."""
    if isinstance(result, Jump):
        return result.target_key
    if isinstance(result, TailCall):
        named = result.target_blueprint_id
        return named if isinstance(named, str) else tuple(result.kwargs)
    return None


def _returned(code: CodeType, constant: Any) -> Position | None:
    """The constant in the only `return` that has it, or the only `return` there is."""
    import dis

    returns: set[Position] = set()
    loads: list[Position] = []
    before = ""
    for one in dis.get_instructions(code):
        place = _position(code, one.offset)
        if one.opname == "RETURN_VALUE":
            constant_only = before == "LOAD_CONST" and not one.is_jump_target  # no redirect is a constant
            returns |= set() if constant_only else {place}
        elif one.opname in ("LOAD_CONST", "KW_NAMES") and type(one.argval) in (str, tuple):  # numbers are anywhere
            loads += [place] if type(one.argval) is type(constant) and one.argval == constant else []
        before = one.opname
    having = {one: place for place in loads for one in returns if one[0] <= place[0] <= place[1] <= one[1]}
    if len(having) == 1:
        return next(iter(having.values()))
    return next(iter(returns)) if len(returns) == 1 else None


def _position(code: CodeType, offset: int) -> Position:
    line, last, start, end = next(islice(code.co_positions(), offset // 2, None))
    return line or 0, last or line or 0, start, end


def not_merged(state: State, new: Mapping[str, Any]) -> CascadeError:
    """The error of names for `**kwargs` that are bound to something lazy, which only a round computes."""
    words = ", ".join(map(repr, new))
    return CascadeError(
        f"{words} can't be merged into the **{state.names[state.stars]} of {state.name!r}, which is bound to"
        " something lazy; bind it to values, or name its inputs in the signature"
    )
