"""Changes to the text of one statement, by position: names, decorators, imports, methods that are left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from .closure import Use
from .facts import Import, InnerImport, Place
from .quotes import quoted
from .resolve import Refused
from .sources import Module, Part

Edit = tuple[int, int, str]
"""The bytes from one offset to another, and the text that takes their place."""


def apply(part: Part, edits: Iterable[Edit]) -> str:
    """The text of a statement with the edits made; those within a text that is left out are dropped."""
    ordered = sorted(set(edits), key=lambda one: (one[0], -one[1]))
    data = part.module.data
    pieces: list[bytes] = []
    at = part.start
    for start, end, text in ordered:
        if start < at:
            continue
        pieces += [data[at:start], text.encode()]
        at = end
    pieces.append(data[at : part.end])
    return b"".join(pieces).decode()


def spelled(use: Use, text: str) -> Edit | None:
    """The edit that spells a mention as `text`; None where it says so already. `Refused` where it can't be done."""
    mention = use.mention
    node = mention.nodes[use.found.used - 1]
    old = ".".join(mention.path[: use.found.used])
    if old == text:
        return None
    said = use.unit.module.words(mention.path[: use.found.used])
    if mention.fixed:
        if mention.hint:
            return None
        raise Refused(f"{said!r} would need another name here, where a class body reads it; rename it")
    module = use.unit.module
    start, end = module.span(node)
    if re.sub(r"[\s()\\]|#.*", "", module.data[start:end].decode()) != old:
        raise Refused(f"{said!r} in a text in braces (f-string) can't be told by its place; use a variable for it")
    return start, end, quoted(module, start, text, said) if use.found.literal[:1] == '"' else text


def placed(module: Module, place: Place, text: str) -> Edit | None:
    """The edit of a word that binds or declares a name: `def`, `import`, `global`, `except ... as`, `case`."""
    if place.name == text:
        return None
    node = place.node
    start, end = module.span(node)
    if isinstance(node, ast.alias):
        return start, end, f"{node.name} as {text}"
    source = module.data[start:end].decode()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        found = re.match(r"(?:async\s+)?(?:def|class)\s+", source)
        assert found is not None
        begin = start + found.end()
        return begin, begin + len(place.name.encode()), text
    if isinstance(node, ast.ExceptHandler):
        stop = module.span(node.type)[1] if node.type is not None else start
        return _word(module, stop, end, place.name, text)
    if isinstance(node, ast.Global):
        return _word(module, start, end, place.name, text)
    last = [one.end() for one in re.finditer(rf"\b{re.escape(place.name)}\b", source)][-1]
    stop = start + len(source[:last].encode())
    return stop - len(place.name.encode()), stop, text


def _word(module: Module, start: int, end: int, word: str, text: str) -> Edit:
    source = module.data[start:end].decode()
    found = re.search(rf"\b{re.escape(word)}\b", source)
    assert found is not None
    begin = start + len(source[: found.start()].encode())
    return begin, begin + len(word.encode()), text


def without_lines(module: Module, node: ast.stmt) -> Edit:
    """The edit that leaves out a statement that stands on lines of its own, decorators and comments included."""
    line = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    while module.data[module.line_start(line - 1) : module.line_start(line)].lstrip().startswith(b"#"):
        line -= 1
    start = module.line_start(line)
    while start > 0 and module.data[: start - 1].endswith(b"\n") and not _line_before(module.data, start).strip():
        start -= len(_line_before(module.data, start)) + 1
    end = module.span(node)[1]
    rest = module.rest_of_line(end)
    return start, min(end + len(rest) + 1, len(module.data)), ""


def _line_before(data: bytes, start: int) -> bytes:
    return data[: start - 1].rsplit(b"\n", 1)[-1]


def without_decorator(module: Module, decorator: ast.expr) -> Edit:
    """The edit that leaves out a decorator, which stands on lines of its own."""
    end = module.span(decorator)[1]
    rest = module.rest_of_line(end)
    return module.line_start(decorator.lineno), end + len(rest) + 1, ""


def without_hints(module: Module, function: ast.stmt) -> list[Edit]:
    """The edits that leave out the annotations of a function's parameters that are texts."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    given = function.args
    named = (*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg)
    hinted = (one for one in named if one is not None and isinstance(one.annotation, ast.Constant))
    return [(*module.span(one), one.arg) for one in hinted if isinstance(getattr(one.annotation, "value", 0), str)]


def imported_as(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Import | None:
    """What a name of an import statement stands for; None for whole modules."""
    return (node.module or "", alias.name, node.level) if isinstance(node, ast.ImportFrom) else None


def without_import(module: Module, inner: InnerImport, instead: list[str]) -> Edit | None:
    """The edit that leaves out what an import inside of a function takes from own modules; None where it stays.

    `instead` are statements that stand in its place.
    """
    node = inner.node
    start, end = module.span(node)
    if instead:
        pad = "\n" + " " * node.col_offset
        return start, end, pad.join(instead)
    if isinstance(node, ast.ImportFrom):
        if not module.is_moved((node.module or "", node.names[0].name, node.level)):
            return None
        kept = []
    else:
        kept = [alias for alias in node.names if not module.is_moved((alias.name, None, 0))]
        if len(kept) == len(node.names):
            return None
    if kept:
        names = ", ".join(f"{one.name} as {one.asname}" if one.asname else one.name for one in kept)
        return start, end, f"import {names}"
    before, rest = module.data[module.line_start(node.lineno) : start], module.rest_of_line(end)
    if len(inner.block) == 1 or before.strip() or rest.partition(b"#")[0].strip():
        return start, end, "pass"
    return module.line_start(node.lineno), end + len(rest) + 1, ""


def inserted(module: Module, function: ast.AST, lines: list[str]) -> Edit:
    """The edit that puts lines at the beginning of a function's body, behind its docstring."""
    body: list[ast.stmt] = getattr(function, "body", [])
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or body[0].lineno == function.lineno:
        raise Refused("a function of one line would need another statement; write its body on lines of its own")
    first = body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    pad = " " * first.col_offset
    if docstring:
        end = module.span(first)[1]
        return end, end, "".join(f"\n{pad}{line}" for line in lines)
    start = module.line_start(min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))]))
    return start, start, "".join(f"{pad}{line}\n" for line in lines)
