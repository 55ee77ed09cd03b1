"""The inputs of a saved module's function, and what a change of them means for a caller."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .change import Change
from .values import Values

_WAYS = {
    "by position": frozenset(("position",)),
    "by position or by name": frozenset(("position", "name")),
    "by name": frozenset(("name",)),
    "as any further positions": frozenset(("positions",)),
    "as any further names": frozenset(("names",)),
}
"""How inputs are given, and in which ways that can be done."""

_POSITION, _EITHER, _NAME, _STAR, _STARS = _WAYS

# What `python agent.py` reads of itself; anything else it reads as JSON.
_SIMPLE = ("int", "float", "bool", "str")


@dataclass(frozen=True, slots=True)
class Input:
    """An input: how it is given, its position where it has one, its default and its annotation as text."""

    name: str
    given: str
    position: int | None
    required: bool
    default: str
    annotation: str


def inputs_of(function: ast.FunctionDef | ast.AsyncFunctionDef, values: Values) -> dict[str, Input]:
    """The inputs by name, in the order of the signature."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    found: list[Input] = []
    for place, (one, default) in enumerate(zip(positional, defaults, strict=True)):
        given = _POSITION if place < len(arguments.posonlyargs) else _EITHER
        found.append(_input(one, given, place, default, values))
    if arguments.vararg is not None:
        found.append(Input(arguments.vararg.arg, _STAR, len(positional), False, "", _text(arguments.vararg)))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(_input(one, _NAME, None, default, values))
    if arguments.kwarg is not None:
        found.append(Input(arguments.kwarg.arg, _STARS, None, False, "", _text(arguments.kwarg)))
    return {one.name: one for one in found}


def _input(argument: ast.arg, given: str, position: int | None, default: ast.expr | None, values: Values) -> Input:
    required = default is None or values.is_missing(default)
    shown = "" if default is None or required else values.text(default)
    return Input(argument.arg, given, position, required, shown, _text(argument))


def _text(argument: ast.arg) -> str:
    return "" if argument.annotation is None else annotation_text(argument.annotation)


def annotation_text(annotation: ast.expr) -> str:
    """An annotation as text, the same whether it was written as one or not."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.unparse(ast.parse(annotation.value, mode="eval"))
    return ast.unparse(annotation)


def compare_inputs(old: Mapping[str, Input], new: Mapping[str, Input]) -> Iterator[Change]:
    """What has changed about the inputs, in the order of the old signature, what is new behind it.

    Breaking is what an old call could meet: it gives what isn't there or not in that way, leaves out what is
    required, or means another value by leaving it out.
    """
    swallowed = next((one.name for one in old.values() if one.given == _STARS), "")
    known = {one.name for one in old.values() if "name" in _WAYS[one.given]}
    for name, one in old.items():
        if name in new:
            yield from _changed(one, new[name], "" if name in known else swallowed)
        else:
            yield Change(True, f"input {name}", "removed")
    for name, one in new.items():
        if name not in old:
            yield _added(one, swallowed)


def _added(one: Input, swallowed: str) -> Change:
    subject = f"input {one.name}"
    if one.required:
        return Change(True, subject, "added, required")
    if "name" in _WAYS[one.given] and swallowed:
        return Change(True, subject, f"added, with default {one.default}; the name was one of **{swallowed}")
    if one.given in (_STAR, _STARS):
        return Change(False, subject, f"added, given {one.given}")
    return Change(False, subject, f"added, with default {one.default}")


def _changed(old: Input, new: Input, swallowed: str) -> Iterator[Change]:
    subject = f"input {old.name}"
    if old.given != new.given:
        lost = _WAYS[old.given] - _WAYS[new.given]
        taken = bool(swallowed) and "name" in _WAYS[new.given]
        yield Change(bool(lost) or taken, subject, f"given {new.given}; it was {old.given}")
    if old.position != new.position and old.position is not None and new.position is not None:
        yield Change(True, subject, f"position {new.position + 1}; it was {old.position + 1}")
    yield from _changed_default(subject, old, new)
    if old.annotation != new.annotation:
        text = f"annotated {_shown(new.annotation)}; it was {_shown(old.annotation)}"
        yield Change(not _takes_all(old.annotation, new.annotation), subject, text)


def _changed_default(subject: str, old: Input, new: Input) -> Iterator[Change]:
    if new.required and not old.required:
        was = f"; its default was {old.default}" if old.default else ""
        yield Change(True, subject, f"required now{was}")
    elif old.required and not new.required:
        has = f", with default {new.default}" if new.default else ""
        yield Change(False, subject, f"optional now{has}")
    elif old.default != new.default and old.default and new.default:
        yield Change(True, subject, f"default {new.default}; it was {old.default}")


def compare_returns(old: str, new: str) -> Iterator[Change]:
    """What has changed about the annotation of the result: it may promise more than before, not less."""
    if old != new:
        safe = not old or old == "object" or (bool(new) and set(_alternatives(new)) <= set(_alternatives(old)))
        yield Change(not safe, "result", f"annotated {_shown(new)}; it was {_shown(old)}")


def _takes_all(old: str, new: str) -> bool:
    """Whether an input still takes what it took, and `python agent.py` reads it alike."""
    before, after = _alternatives(old), _alternatives(new)
    wider = not new or (bool(old) and (new == "object" or set(before) <= set(after)))
    return wider and _read_as(before) == _read_as(after)


def _alternatives(annotation: str) -> list[str]:
    """The members of a union, in order; of anything else the one."""
    pending = [ast.parse(annotation, mode="eval").body] if annotation else []
    found: list[str] = []
    while pending:
        part = pending.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr):
            pending += [part.right, part.left]
        else:
            found.append(ast.unparse(part))
    return found


def _read_as(alternatives: Sequence[str]) -> str:
    return next((one for one in alternatives if one in _SIMPLE), "")


def _shown(annotation: str) -> str:
    return annotation or "with nothing"
