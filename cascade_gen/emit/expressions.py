"""Puts moved expressions into black's form, each on one line; most are in it already, which is seen without black."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from keyword import iskeyword

from cascade_gen.tasks.nodes import nodes_of

_PLAIN_STRING = re.compile(r'(?<!\w)(?:[fbr]|rb)?"[^"\\]*"')
"""A string as black leaves it: in double quotes, and nothing in it that other quotes would do better."""
_WORD = re.compile(
    r"""(?P<other>[A-Za-z]{0,2}(?:"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\d[\w.]*)|[^\W\d]\w*"""
)
_WIDE = 100_000


def format_expression(text: str) -> str:
    """The text of an expression as black writes it, whatever stands around it.

    Black is asked once for what differs in names only.
    """
    words: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        word = found[0]
        return word if found["other"] or iskeyword(word) else words.setdefault(word, f"v{len(words)}")

    numbered = _WORD.sub(number, text)
    formatted = _in_form(numbered)
    if formatted == numbered:
        return text
    names = {short: word for word, short in words.items()}
    return _WORD.sub(lambda found: found[0] if found["other"] else names.get(found[0], found[0]), formatted)


@lru_cache(maxsize=4096)
def _in_form(text: str) -> str:
    return text if _is_in_form(text) else _formatted(text)


def _formatted(text: str) -> str:
    import black
    from black.parsing import InvalidInput

    mode = black.Mode(line_length=_WIDE, magic_trailing_comma=False)
    try:
        found = black.format_str(f"x = {text}", mode=mode)
    except InvalidInput:  # what a later Python allows than black knows
        return text
    line = found.removeprefix("x = ").rstrip("\n")
    return text if "\n" in line else line


def _is_in_form(text: str) -> bool:
    """Whether black surely leaves a text as it is: that of its tree, but for strings, and spaced as everything is."""
    bare = _PLAIN_STRING.sub("_s", text)
    if "'" in bare or '"' in bare:
        return False
    try:
        tree = ast.parse(bare, mode="eval").body
    except SyntaxError:
        return False
    if any(isinstance(node, ast.GeneratorExp) for node in nodes_of(tree)):
        return False
    return all(map(_is_simple_slice, _delicate((tree,)))) and ast.unparse(tree) == bare


def delicate_names(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names on which the spaces around them depend, in that it matters whether they are mere names.

    Black writes `n**2` and `f(n) ** 2`, `page[first:last]` and `page[box.first : box.last]`.
    """
    inside = nodes_of(*_delicate(trees))
    return frozenset(node.id for node in inside if isinstance(node, ast.Name))


def _delicate(trees: Iterable[ast.AST]) -> list[ast.AST]:
    """The powers and the slices in syntax trees."""
    found: list[ast.AST] = []
    for node in nodes_of(*trees):
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
