"""A body as it is where some of its parameters are literals: tests of them are decided, and what isn't reached is
gone.

    if lower:                        text = text.lower()
        text = text.lower()
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword
from typing import Any, TypeVar

from cascade_gen.tasks.nodes import nodes_of

from .assignment import assignment
from .body import Body, is_quiet, only_value
from .fstrings import Edit
from .literal_tests import decided_part, outcome

_N = TypeVar("_N", bound=ast.AST)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.With, ast.AsyncWith)
_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_UNBRACKETED = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Starred, ast.Lambda)
"""What couldn't stand everywhere without its brackets."""
_PRIMARIES = (ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.Subscript, ast.List, ast.Dict, ast.JoinedStr)
_LAST_WORD = re.compile(r"\w+\Z")
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Known = Mapping[str, Any]


def decided(body: Body, literals: Known) -> Body:
    """The body for `literals`, the parameters that are some, with their values; the same one if that changes nothing.

    A literal is known until the variable is bound anew.
    """
    pruning = _Pruning(body)
    statements = pruning.block(body.statements, literals)
    if not pruning.gone:
        return body
    nodes = nodes_of(*statements)
    names = tuple(one for one in body.names if not pruning.is_gone(one.start))
    used = frozenset(one.name for one in names if one.owner == "local")
    local = used.union(body.parameters)
    asked = _asked(statements, local, body.parameters, literals)
    known = assignment(statements, local, asked)
    return replace(
        body,
        statements=statements,
        nodes=nodes,
        names=names,
        formatted=tuple(one for one in body.formatted if not any(map(pruning.is_gone, one.names))),
        local=local,
        rebound=frozenset(one.name for one in names if one.store and one.owner == "local"),
        unbound=known.unbound,
        bound=known.bound,
        ends=known.ends,
        value=only_value(statements),
        quiet=is_quiet(nodes),
        dropped=(*(one for one in body.dropped if not pruning.is_gone(one[0])), *pruning.edits),
        rebuilt=frozenset(pruning.rebuilt),
        heads=pruning.heads,
        unasked=frozenset(body.parameters).difference(asked),
    )


def _asked(
    statements: Sequence[ast.stmt], local: frozenset[str], parameters: Sequence[str], literals: Known
) -> list[str]:
    """The parameters but for the literals that are bound anew before anybody asks for them."""
    asked = list(parameters)
    for name in literals:
        others = [one for one in asked if one != name]
        if name not in assignment(statements, local, others).unbound:
            asked = others
    return asked


class _Pruning:
    """Takes away what isn't reached; `gone` says from where to where the text doesn't count any more."""

    def __init__(self, body: Body) -> None:
        self.gone: list[tuple[int, int]] = []
        self.edits: list[Edit] = []
        self.rebuilt: set[int] = set()
        self.heads: dict[int, tuple[int, ...]] = {}
        self._text = body.text
        self._stores = [(one.start, one.name) for one in body.names if one.store]
        self._kept = [name for name in body.parameters if name not in body.rebound]

    def is_gone(self, place: int) -> bool:
        """Whether what stands at a place doesn't count any more."""
        return any(start <= place < end for start, end in self.gone)

    # statements

    def block(self, statements: Sequence[ast.stmt], known: Known) -> tuple[ast.stmt, ...]:
        """What is left of a block."""
        found: list[ast.stmt] = []
        for index, statement in enumerate(statements):
            before = len(self.gone)
            left = self._statement(statement, known)
            found.extend(left)
            if len(self.gone) > before and _leaves(found):
                self._drop(statements[index + 1 :])
                break
            known = self._without(known, left)
        return tuple(found)

    def _statement(self, node: ast.stmt, known: Known) -> Sequence[ast.stmt]:
        if isinstance(node, ast.If):
            test = outcome(node.test, known)
            if test is not None:
                return self._way(node, bool(test.value), known)
        if isinstance(node, ast.Match):
            return [node]
        stored = self._without(known, [node])
        if not isinstance(node, _BLOCKS):
            return [self._expressions(node, stored)]
        return [self._compound(node, self._without(known, [node.test]) if isinstance(node, ast.If) else stored)]

    def _way(self, node: ast.If, holds: bool, known: Known) -> Sequence[ast.stmt]:
        """The way of a decided `if` that is taken."""
        taken = node.body if holds else node.orelse
        start, end = self._span(node)
        if not taken:
            self.gone.append((start, end))
            return []
        self.gone.append((start, self._text.start(taken[0])))
        self.gone.append((self._text.end(taken[-1]), end))
        left = self.block(taken, known)
        if left:
            self.heads[id(left[0])] = (node.lineno, *self.heads.get(id(left[0]), ()))
        return left

    def _compound(self, node: ast.stmt, known: Known) -> ast.stmt:
        """A statement with others in it, rebuilt where they change; a block isn't left without any."""
        changes: dict[str, Any] = {}
        for field, value in ast.iter_fields(node):
            if field == "handlers":
                inside = [self._rebuilt(one, {"body": self._inside(one.body, known, False)}) for one in value]
                found: Any = value if _are(inside, value) else inside
            elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                found = self._inside(value, known, field == "orelse")
            else:
                found = self._any_expression(value, known)
            changes[field] = found
        changed = self._rebuilt(node, changes)
        if changed is not node:
            self.rebuilt.add(id(changed))
        return changed

    def _inside(self, statements: list[ast.stmt], known: Known, optional: bool) -> list[ast.stmt]:
        found = list(self.block(statements, known))
        if not found and not optional:
            nothing = ast.copy_location(ast.Pass(), statements[0])
            nothing.end_lineno, nothing.end_col_offset = nothing.lineno, nothing.col_offset
            found.append(nothing)
        return statements if _are(found, statements) else found

    def _drop(self, statements: Sequence[ast.stmt]) -> None:
        self.gone.extend(map(self._span, statements))

    def _without(self, known: Known, nodes: Iterable[ast.AST]) -> Known:
        """What is still known once some nodes have been executed."""
        spans = list(map(self._span, nodes))
        stored = {
            name
            for place, name in self._stores
            if any(start <= place < end for start, end in spans) and not self.is_gone(place)
        }
        return {name: value for name, value in known.items() if name not in stored} if stored else known

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return self._text.start(node), self._text.end(node)

    # expressions

    def _expressions(self, node: _N, known: Known) -> _N:
        """A node with the conditions in it that can be decided."""
        changes = {field: self._any_expression(value, known) for field, value in ast.iter_fields(node)}
        return self._rebuilt(node, changes)

    def _any_expression(self, value: Any, known: Known) -> Any:
        if isinstance(value, list):
            found = [self._any_expression(one, known) for one in value]
            return value if _are(found, value) else found
        if isinstance(value, ast.expr):
            return self._expression(value, known)
        if isinstance(value, ast.JoinedStr) or not isinstance(value, ast.keyword | ast.withitem | ast.comprehension):
            return value
        return self._expressions(value, known)

    def _expression(self, node: ast.expr, known: Known) -> ast.expr:
        if isinstance(node, ast.JoinedStr):
            return node
        if isinstance(node, _SCOPES):
            # a lambda may run when a variable has been bound anew; what it owns is another
            owned = {one.id for one in nodes_of(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            owned.update(one.arg for one in nodes_of(node) if isinstance(one, ast.arg))
            known = {name: known[name] for name in self._kept if name in known and name not in owned}
        if node.lineno == node.end_lineno:
            found = self._decided(node, known)
            if (
                found is not None
                and not isinstance(found, _UNBRACKETED)
                and _is_apart(self._text.text, *self._span(node))
            ):
                self._cut(node, found)
                return self._expression(found, known)
        return self._expressions(node, known)

    def _decided(self, node: ast.expr, known: Known) -> ast.expr | None:
        """The part of a condition that gives its value, if that is known."""
        if isinstance(node, ast.IfExp):
            test = outcome(node.test, known)
            return None if test is None else node.body if test.value else node.orelse
        if isinstance(node, ast.BoolOp):
            rest = decided_part(node, known)
            return rest[0] if len(rest) == 1 and not isinstance(rest[0], ast.IfExp) else None
        return None

    def _cut(self, node: ast.expr, part: ast.expr) -> None:
        """Leave nothing of a node but one of its parts, nor of brackets around it that the part doesn't need."""
        start, end = self._span(node)
        if (
            isinstance(part, _PRIMARIES)
            and not self.is_gone(start - 1)
            and _has_brackets(self._text.text, start, end)
        ):
            start, end = start - 1, end + 1
        for first, last in ((start, self._text.start(part)), (self._text.end(part), end)):
            if first < last:
                self.gone.append((first, last))
                self.edits.append((first, last, ""))

    def _rebuilt(self, node: _N, changes: Mapping[str, Any]) -> _N:
        """The node, or another with these fields if they are others."""
        if all(getattr(node, field) is value for field, value in changes.items()):
            return node
        found = copy.copy(node)
        for field, value in changes.items():
            setattr(found, field, value)
        return found


def _are(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(left is right for left, right in zip(one, other, strict=True))


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether no word would grow together with one beside it, were there no brackets."""
    return not any(one.isalnum() or one == "_" for one in text[start - 1 : start] + text[end : end + 1])


def _has_brackets(text: str, start: int, end: int) -> bool:
    """Whether there are brackets around a stretch of text that are those of no call, and of nothing else."""
    if text[start - 1] != "(" or text[end : end + 1] != ")" or text[end + 1 : end + 2] == ".":
        return False
    before = text[: start - 1].rstrip(" \t\f\n\\")
    word = _LAST_WORD.search(before)
    called = before[-1:] in ")]}'\"" or (word is not None and not iskeyword(word[0]))
    return not called and _is_apart(text, start - 1, end + 1)


def _leaves(statements: Sequence[ast.stmt]) -> bool:
    """Whether nothing that follows these statements is reached, as is plain to see."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, _LEAVES)
