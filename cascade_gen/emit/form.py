"""Sees without black that it would leave a text as it is, which is so for most text of users."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from cascade_gen.tasks.nodes import nodes_of

_PLAIN_STRING = re.compile(r'(?<!\w)(?:[fbr]|rb)?"(?!"")(?:[^"\\\n]|\\[^"\'\nuUNx])*"')
"""A string as black leaves it: in double quotes, and nothing in it that other quotes would do better."""
_COMMENT = re.compile(r"(.*\S)?( *)# (?!fmt:|yapf:)\S.*(?<!\s)")
_SET_APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
"""Statements around which black minds the empty lines."""
_BRACKETED = (ast.Match, ast.Delete, ast.NamedExpr, ast.Yield, ast.YieldFrom)
"""Where black and `ast.unparse` don't always agree about brackets."""


def is_in_form(text: str) -> bool:
    """Whether black surely leaves the text of an expression as it is, on one line."""
    return _is_unparsed([_PLAIN_STRING.sub("_s", text)], "eval")


def are_in_form(rows: Sequence[str]) -> bool:
    """Whether black surely leaves the lines of a block of statements as they are, each of which is short enough."""
    bare = [_PLAIN_STRING.sub("_s", row) for row in rows]
    if not _are_set_apart(bare):
        return False
    code = _without_comments(bare) if any("#" in row for row in bare) else bare
    return _is_unparsed([row for row in code if row], "exec")


def _are_set_apart(rows: Sequence[str]) -> bool:
    """Whether no two lines that follow one another are empty, nor the first of a block."""
    before = ":"
    for row in rows:
        if not row and (not before or before.endswith(":")):
            return False
        before = row
    return bool(before)


def _without_comments(rows: Sequence[str]) -> list[str]:
    """The lines without the comments that black leaves: set apart, or as deep as the line after them."""
    found: list[str] = []
    indent = -1
    for row in reversed(rows):
        comment = _COMMENT.fullmatch(row)
        if comment is None or (comment[2] != "  " if comment[1] else len(comment[2]) != indent):
            found.append(row)
            indent = len(row) - len(row.lstrip(" ")) if row else indent
        elif comment[1]:
            found.append(comment[1])
            indent = len(row) - len(row.lstrip(" "))
    return found[::-1]


def _is_unparsed(rows: Sequence[str], mode: str) -> bool:
    """Whether the text is that of its tree, in which there is nothing that black writes otherwise."""
    text = "\n".join(rows)
    if "'" in text or '"' in text or "#" in text:
        return False
    try:
        tree = ast.parse(text, mode=mode)
    except SyntaxError:
        return False
    found = nodes_of(tree)
    if any(map(_is_unsure, found)) or not all(map(_is_simple_slice, delicate(found))):
        return False
    for node in reversed(found):  # the innermost first
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            only = node.args[0]
            if isinstance(only, ast.GeneratorExp):  # which needs no brackets of its own there
                node.args = [ast.Name(ast.unparse(only)[1:-1])]
    return ast.unparse(tree) == text


def _is_unsure(node: ast.AST) -> bool:
    if isinstance(node, ast.AnnAssign):
        return not node.simple
    if isinstance(node, ast.Tuple):
        return len(node.elts) == 1  # to which black gives brackets in some places
    return isinstance(node, (*_SET_APART, *_BRACKETED))


def delicate_names(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names on which the spaces around them depend, in that it matters whether they are mere names.

    Black writes `n**2` and `f(n) ** 2`, `page[first:last]` and `page[box.first : box.last]`.
    """
    inside = nodes_of(*delicate(nodes_of(*trees)))
    return frozenset(node.id for node in inside if isinstance(node, ast.Name))


def delicate(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """The powers, and what is in the brackets of slices."""
    found: list[ast.AST] = []
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            found.append(node)
        elif isinstance(node, ast.Subscript) and any(isinstance(one, ast.Slice) for one in nodes_of(node.slice)):
            found.append(node.slice)
    return found


def _is_simple_slice(node: ast.AST) -> bool:
    """Whether names and constants are all there is, so that no space is needed to read it."""
    simple = all(
        isinstance(one, ast.Slice | ast.Name | ast.Constant)
        or (isinstance(one, ast.UnaryOp) and not isinstance(one.op, ast.Not))
        for one in nodes_of(node)
    )
    return simple and isinstance(node, ast.Slice)
