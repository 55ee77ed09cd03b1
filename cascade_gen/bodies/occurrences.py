"""Where the names of a function's own variables, and those from outside, stand in its text."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cascade_gen.tasks.match import FunctionTree

Owner = Literal["local", "global", "outer"]
Room = Literal["any", "operand", "receiver", "name"]
Imported = Literal["", "module", "package"]

_WORD = re.compile(r"[^\W\d]\w*")


class UnreadableError(Exception):
    """A name doesn't stand where the tree says; the text can't be changed by position."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name in the text of a function, from `start` to `end` in characters.

    `owner`: "local" is a variable of the function itself, "global" one declared so, "outer" is read from
    outside. `store`: it is bound or deleted here; `simply` says that any target could stand here.
    `room` is what could stand in its place: any expression, an operand, what attributes are read of, or only
    another name. `later`: it stands in a lambda or a generator expression, which may run when the function has gone
    on. `imported`: it is what is imported as well as the variable that it is bound to, of `import a.b` ("package")
    only the first word.
    """

    name: str
    start: int
    end: int
    owner: Owner
    room: Room = "name"
    store: bool = False
    simply: bool = True
    later: bool = False
    imported: Imported = ""


def takes(room: Room, value: object) -> bool:
    """Whether a literal could stand in a place: `", ".join` is fine, `1.real` isn't."""
    return room != "name" and (room != "receiver" or isinstance(value, str | bytes))


class Text:
    """The text of a function, and the places in it in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for row in text.split("\n"):
            self._starts.append(self._starts[-1] + len(row) + 1)
        self._plain = text.isascii()

    def offset(self, line: int, column: int) -> int:
        """The place of a line, from 1, and a column in UTF-8 bytes."""
        start = self._starts[line - 1]
        if self._plain:
            return start + column
        row = self.text[start : self._starts[line]].encode()
        return start + len(row[:column].decode())

    def start(self, node: ast.AST) -> int:
        """Where a node starts."""
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def line(self, place: int) -> int:
        """The line, from 1, of a place."""
        return self.text.count("\n", 0, place) + 1

    def of(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]


def occurrences(tree: FunctionTree, text: Text, local: frozenset[str], global_: frozenset[str]) -> list[Occurrence]:
    """Every name in the body of `tree` that isn't owned by a comprehension or lambda in it, in order.

    `local` are the function's own variables, `global_` the names it declares so. The body holds no function
    or class of its own. Raises `UnreadableError`.
    """
    finder = _Finder(text, local, global_)
    body: list[ast.AST] = [tree.body] if isinstance(tree, ast.Lambda) else [*tree.body]
    for node in body:
        finder.visit(node)
    found = sorted(finder.found, key=lambda one: one.start)
    if len({one.start for one in found}) != len(found):
        raise UnreadableError
    return found


class _Finder(ast.NodeVisitor):
    """Walks a body with the names that inner scopes own at hand."""

    def __init__(self, text: Text, local: frozenset[str], global_: frozenset[str]) -> None:
        self.found: list[Occurrence] = []
        self._text = text
        self._local = local
        self._global = global_
        self._inner: list[frozenset[str]] = []
        self._later = 0
        self._rooms: dict[int, Room] = {}
        self._fixed = 0

    def visit(self, node: ast.AST) -> None:
        """Note what room the parts of a node have, then go on."""
        for part, room in _rooms(node):
            self._rooms[id(part)] = room
        super().visit(node)

    def _add(
        self,
        name: str,
        start: int,
        end: int,
        node: ast.AST | None,
        store: bool,
        simply: bool = True,
        imported: Imported = "",
    ) -> None:
        written = self._text.text[start:end]
        if written != name and unicodedata.normalize("NFKC", written) != name:
            raise UnreadableError
        if any(name in inner for inner in self._inner):
            return
        owner: Owner = "global" if name in self._global else "local" if name in self._local else "outer"
        room: Room = "name" if store or self._fixed else self._rooms.get(id(node), "name")
        self.found.append(Occurrence(name, start, end, owner, room, store, simply, self._later > 0, imported))

    def visit_Name(self, node: ast.Name) -> None:
        store = not isinstance(node.ctx, ast.Load)
        simply = isinstance(node.ctx, ast.Store)
        self._add(node.id, self._text.start(node), self._text.end(node), node, store, simply)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The annotation of a variable isn't evaluated, and doesn't move."""
        self._rooms[id(node.value)] = "any"
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        # In a comprehension it binds a variable of the function, whatever the comprehension owns.
        inner, self._inner = self._inner, []
        target = node.target
        self._add(target.id, self._text.start(target), self._text.end(target), None, True, False)
        self._inner = inner
        self.visit(node.value)

    def _word(self, name: str | None, start: int, end: int, last: bool = True) -> None:
        """A name that has no node: the last word of a stretch of text."""
        if name is None:
            return
        words = list(_WORD.finditer(self._text.text, start, end))
        if not words:
            raise UnreadableError
        word = words[-1] if last else words[0]
        self._add(name, word.start(), word.end(), None, True, False)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            assert node.type is not None
            start = self._text.end(node.type)
            found = re.compile(r"[\s)\\]*as[\s\\]+").match(self._text.text, start)
            if found is None:
                raise UnreadableError
            self._word(node.name, found.end(), self._text.start(node.body[0]), last=False)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        if node.asname is None and "." in node.name:
            name, start = node.name.partition(".")[0], self._text.start(node)
            self._add(name, start, start + len(name), None, True, False, "package")
        elif node.asname is None:
            self._add(node.name, self._text.start(node), self._text.end(node), None, True, False, "module")
        else:
            self._word(node.asname, self._text.start(node), self._text.end(node))

    def _binding_pattern(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._word(node.name, self._text.start(node), self._text.end(node))
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = _binding_pattern

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            start = self._text.end(node.patterns[-1]) if node.patterns else self._text.start(node)
            found = re.compile(r"[^*]*\*\*\s*").match(self._text.text, start)
            if found is None:
                raise UnreadableError
            self._word(node.rest, found.end(), self._text.end(node), last=False)
        self.generic_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        """Of `{name=}` the text is shown, so that it can't be another; what follows may hold names too."""
        shown = re.compile(r"[\s)]*=(?!=)").match(self._text.text, self._text.end(node.value))
        self._fixed += 1
        before = len(self.found)
        self.visit(node.value)
        if shown:
            self._freeze(before)
        if node.format_spec is not None:
            self.visit(node.format_spec)
        self._fixed -= 1

    def _freeze(self, first: int) -> None:
        for index in range(first, len(self.found)):
            one = self.found[index]
            if one.owner != "outer":
                raise UnreadableError
            # a builtin may stay as it is; a name of the module would be shown with the module
            self.found[index] = Occurrence(one.name, one.start, one.end, "outer", "name", True, False, one.later)

    # scopes of their own

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        given = node.args
        named = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        self._enter(frozenset(one.arg for one in named if one is not None), [node.body], 1)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        owned = {
            name.id
            for loop in node.generators
            for name in ast.walk(loop.target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        parts: list[ast.AST] = []
        for index, loop in enumerate(node.generators):
            parts.extend([] if index == 0 else [loop.iter])
            parts.extend([loop.target, *loop.ifs])
        parts.extend([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._enter(frozenset(owned), parts, isinstance(node, ast.GeneratorExp))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _enter(self, owned: frozenset[str], parts: list[ast.AST], later: int) -> None:
        self._inner.append(owned)
        self._later += later
        for part in parts:
            self.visit(part)
        self._later -= later
        self._inner.pop()


def _rooms(node: ast.AST) -> Iterator[tuple[ast.AST, Room]]:
    """What could stand in the place of each part of a node."""
    match node:
        case ast.Call(args=args, keywords=keywords):
            yield from ((one, "any") for one in args)
            yield from ((one.value, "any") for one in keywords if one.arg is not None)
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            yield value, "any"
        case ast.AugAssign(value=value):
            yield value, "any"
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            yield from ((one, "operand") for one in elements)
        case ast.Dict(values=values):
            yield from ((one, "operand") for one in values)
        case ast.BinOp(left=left, right=right, op=operator):
            if not isinstance(operator, ast.Pow):
                yield left, "operand"
            yield right, "operand"
        case ast.BoolOp(values=values):
            yield from ((one, "operand") for one in values)
        case ast.Compare(left=left, comparators=others, ops=ops):
            if not any(isinstance(one, ast.Is | ast.IsNot) for one in ops):
                yield from ((one, "operand") for one in (left, *others))
        case ast.UnaryOp(operand=operand):
            yield operand, "operand"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from ((one, "operand") for one in (test, body, orelse))
        case ast.Attribute(value=value):
            yield value, "receiver"
        case ast.If(test=test) | ast.While(test=test):
            yield test, "any"
        case ast.For(iter=iterable):
            yield iterable, "any"
        case _:
            return
