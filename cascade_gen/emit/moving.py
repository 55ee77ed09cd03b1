"""Moves the bodies of tasks to where they are called: as expressions where they are one, else as statements."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cascade_gen.blueprint import Call, Register
from cascade_gen.bodies.writer import Line, Substitute, Writer
from cascade_gen.tasks.memo import CodeMemo

from . import nodes
from .expressions import format_expression
from .formatted import Passage
from .given import Prepared, bind, is_expression, located, outside, prepared, substitute
from .movable import SMALL, Movable
from .nodes import Expression, Statement

if TYPE_CHECKING:
    from .function import Emitter

_MOST_KEPT = 32


class _Store:
    """Ways out that store the value, if there is a target, and go on behind the body."""

    def __init__(self, target: str) -> None:
        self._target = target

    def keeps(self, node: ast.Return) -> bool:
        return False

    def falls(self, node: ast.Return) -> bool:
        return True

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        if not self._target:
            trivial = node.value is None or isinstance(node.value, ast.Constant | ast.Name)
            return [] if trivial or node.value is None else writer.statement(node, node.value)
        if node.value is None:
            return [Line(f"{self._target} = None", 0, writer.origin(node))]
        if writer.expression(node.value) == self._target:
            return []
        return writer.statement(node, f"{self._target} = ", node.value)


class Unchanged:
    """Ways out that end the function around as well."""

    def keeps(self, node: ast.Return) -> bool:
        return True

    def falls(self, node: ast.Return) -> bool:
        return False

    def write(self, node: ast.Return, last: bool, writer: Writer) -> list[Line]:
        raise AssertionError(node)


def moved_expression(emitter: Emitter, call: Call) -> Expression | None:
    """The body of the called task as an expression, or None where it takes statements or stays."""
    one = emitter.moves.at(call)
    if one is None or one.body.value is None or not is_expression(emitter, one, call):
        return None
    bound = bind(emitter, one, call)
    assert bound is not None
    names: dict[str, Substitute] = {}
    for name, operand in bound.items():
        new = substitute(emitter, one, name, operand)
        assert new is not None
        names[name] = new
    writer = Writer(one.body, names, outside(emitter, one), Unchanged())
    text = writer.expression(one.body.value)
    assert text is not None
    if isinstance(one.body.value, ast.Tuple | ast.NamedExpr | ast.Starred) and not text.startswith("("):
        text = f"({text})"
    text = format_expression(text)
    found = emitter.places.expression(text, located(one, names, bound), writer.origin(one.body.value))
    if one.is_primary:
        emitter.places.primaries.add(nodes.text_of(found))
    return found


def moved_statements(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task, its value stored in the target; None where it stays."""
    one = emitter.moves.at(call)
    if one is None:
        return None
    if not one.body.can_fall:
        emitter.moves.refuse(call.task, "it returns from within a loop or a try")
        return None
    target = call.target.name if call.checked or emitter.is_read(call.target) else ""
    before = prepared(emitter, one, call, target)
    if before is None:
        return None
    left = _begun(emitter, one, call, before.names, target)
    words = [(before.names[name].text, name in one.body.surely_bound) for name in left]
    dropped = tuple(pair for pair in words if pair[0] != target)
    _note_unsure(emitter, dropped)
    return _placed(emitter, before, _stored(one, before, outside(emitter, one), target, dropped))


def _begun(emitter: Emitter, one: Movable, call: Call, names: dict[str, Substitute], target: str) -> list[str]:
    """The variables in which a body leaves something, noted for who tries it again when it fails.

    Noted with them is the value that it gives where a `with` or a `finally` may fail behind it.
    """
    own = emitter.packed.union(one.names.values(), [target])
    found = [name for name in one.kept if names[name].text in own]
    emitter.begun.update((names[name].text, None) for name in found)
    if target and one.body.depth and not is_small(call.target):
        emitter.begun[target] = None
    return found


_written: CodeMemo[dict[Any, list[Passage]]] = CodeMemo()


def _stored(
    one: Movable, before: Prepared, outside: dict[str, str], target: str, dropped: Sequence[tuple[str, bool]]
) -> list[Passage]:
    """A body that stores its value and then drops others; kept, since another workflow of its task mostly has the
    same."""
    kept = _written.get(one.function.__code__) or _written.put(one.function.__code__, {})
    names, first = before.names, before.first
    key = target, one.literals, tuple(names.items()), tuple(outside.items()), tuple(first.items()), dropped
    passages = kept.get(key)
    if passages is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        lines = Writer(one.body, names, outside, _Store(target), first).lines()
        if target and not one.body.ends:
            lines = [Line(f"{target} = None", 0, one.body.source.line), *without_pass(lines)]
        lines.extend(_dropping(dropped, 0, lines[-1].origin))
        passages = kept[key] = _passages(before, outside, lines)
    return passages


def _passages(before: Prepared, outside: dict[str, str], lines: list[Line]) -> list[Passage]:
    """The lines of a body; those of its first statement apart if that reads something else."""
    if not before.first:
        return [Passage(lines)]
    head = len(Writer(before.one.body, before.names, outside, Unchanged()).first_lines())
    return [Passage(lines[:head]), Passage(lines[head:])]


def is_small(register: Register) -> bool:
    """Whether a value is annotated as one that may stay for a while: nothing is won when it goes."""
    return register.type in SMALL


def drop_lines(emitter: Emitter, words: list[tuple[str, bool]], indent: int, origin: int) -> list[Line]:
    """What drops the values of variables, in this order; each comes with whether it surely has one."""
    _note_unsure(emitter, words)
    return _dropping(words, indent, origin)


def _note_unsure(emitter: Emitter, words: Sequence[tuple[str, bool]]) -> None:
    emitter.unsure.update((word, None) for word, sure in words if not sure)


def _dropping(words: Sequence[tuple[str, bool]], indent: int, origin: int) -> list[Line]:
    found = []
    for sure, group in groupby(words, key=lambda pair: pair[1]):
        row = [word for word, _ in group]
        found.append(Line(f"del {', '.join(row)}" if sure else " = ".join([*row, "None"]), indent, origin))
    return found


def without_pass(lines: list[Line]) -> list[Line]:
    """The lines without a `pass` that others make needless."""
    return [one for one in lines if one.frozen or one.indent or one.text != "pass"]


def moved_tail(emitter: Emitter, call: Call) -> list[Statement] | None:
    """The body of the called task where its value ends the function: its returns stay."""
    one = emitter.moves.at(call)
    if one is None:
        return None
    before = prepared(emitter, one, call, "")
    if before is None:
        return None
    _begun(emitter, one, call, before.names, "")
    words = outside(emitter, one)
    lines = Writer(one.body, before.names, words, Unchanged(), before.first).lines()
    if not one.body.ends:
        lines.append(Line("return None", 0, lines[-1].origin))
    return _placed(emitter, before, _passages(before, words, lines))


def _placed(emitter: Emitter, before: Prepared, passages: list[Passage]) -> list[Statement]:
    """The statements of a body, of which the first may read something else."""
    names, is_async = before.names, emitter.blueprint.is_async
    read = [{**names, **before.first}, names] if before.first else [names]
    stable = partial(before.one.is_stable, names)
    places = [
        emitter.places.body(passage, before.origin(words), is_async, stable)
        for passage, words in zip(passages, read, strict=True)
        if passage.lines
    ]
    return [*before.statements, *places]
