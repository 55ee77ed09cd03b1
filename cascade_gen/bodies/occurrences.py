"""Where the names of a function's own variables, and those from outside, stand in its text."""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from cascade_gen.tasks.match import FunctionTree

from .fstrings import Formatted, formatted, is_mere
from .rooms import Room, rooms

Owner = Literal["local", "global", "outer"]
Imported = Literal["", "module", "package"]

_WORD = re.compile(r"[^\W\d]\w*")


class UnreadableError(Exception):
    """A name doesn't stand where the tree says; the text can't be changed by position."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name in the text of a function, from `start` to `end` in characters.

    `owner`: "local" is a variable of the function itself, "global" one declared so, "outer" is read from
    outside. `store`: it is bound or deleted here; `simply` says that any target could stand here.
    `room` is what could stand in its place. `later`: it stands in a lambda or a generator expression, which may run
    when the function has gone on. `imported`: it is what is imported as well as the variable that it is bound to, of
    `import a.b` ("package") only the first word.
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


def occurrences(
    tree: FunctionTree, text: Text, local: frozenset[str], global_: frozenset[str]
) -> tuple[list[Occurrence], list[Formatted]]:
    """Every name in the body of `tree` that isn't owned by a comprehension or lambda in it, in order; and the
    f-strings in which texts may stand for all names.

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
    return found, finder.formatted


class _Finder(ast.NodeVisitor):
    """Walks a body with the names that inner scopes own at hand."""

    def __init__(self, text: Text, local: frozenset[str], global_: frozenset[str]) -> None:
        self.found: list[Occurrence] = []
        self.formatted: list[Formatted] = []
        self._text = text
        self._local = local
        self._global = global_
        self._inner: list[frozenset[str]] = []
        self._later = 0
        self._rooms: dict[int, Room] = {}
        self._fixed = 0

    def visit(self, node: ast.AST) -> None:
        """Note what room the parts of a node have, then go on."""
        for part, room in rooms(node):
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
        room: Room = "name" if store else self._rooms.get(id(node), "name")
        if self._fixed:
            room = "number" if room in ("any", "operand") else "name"
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

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts may stand for all of its names only if it is known how it is written then."""
        before = len(self.found)
        self.generic_visit(node)
        found = self.found[before:]
        parts = [one for one in node.values if isinstance(one, ast.FormattedValue)]
        if not found or len(found) != len(parts) or any(one.room != "text" for one in found):
            return
        names = [one.start for one in found]
        plain = formatted(self._text.text, self._text.start(node), self._text.end(node), names)
        if plain is not None:
            self.formatted.append(plain)
        else:
            self.found[before:] = [replace(one, room="name") for one in found]

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        """Of `{name=}` the text is shown, so that it can't be another; what follows may hold names too."""
        self_documenting = re.compile(r"[\s)]*=(?!=)").match(self._text.text, self._text.end(node.value))
        self._fixed += 1
        before = len(self.found)
        self._rooms[id(node.value)] = "operand"
        self.visit(node.value)
        if self_documenting:
            self._freeze(before)
        elif len(self.found) == before + 1:
            only = self.found[-1]
            if only.owner == "local" and not only.store and is_mere(node, self._text.text, only.start, only.end):
                self.found[-1] = replace(only, room="text")
        if node.format_spec is not None:
            self.generic_visit(node.format_spec)
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
