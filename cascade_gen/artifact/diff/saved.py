"""Reads a saved module, without running it, for what a caller and a comparison want to know."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cascade_gen.artifact.header import Header, read_header
from cascade_gen.errors import CascadeError

from .inputs import Input, annotation_text, inputs_of
from .loops import Function, Loop, loops_of
from .rows import Rows, rows_of
from .values import Values, assigned_name


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved module: its stamps, its function, and its loops.

    `code` is the tree of all that isn't signature, import or table of lines, as text.
    """

    header: Header
    function: str
    is_async: bool
    inputs: dict[str, Input]
    returns: str
    loops: tuple[Loop, ...]
    code: str


def read_saved(path: Path) -> Saved:
    """The saved module at `path`.

    Raises what `read_header` raises, and `CascadeError` for a file that was edited or that this Python can't parse.
    """
    header = read_header(path)
    if header.edited:
        raise CascadeError(header.said_edited)
    try:
        body = ast.parse(header.text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CascadeError(f"can't read {path}: {error}") from None
    values = Values(body, header.carried)
    function = _function(body)
    if function is None:
        raise CascadeError(f"{path} is not a module that cascade-gen generated: it has no function to run")
    rows = rows_of(function, values.assigned)
    return Saved(
        header,
        function.name,
        isinstance(function, ast.AsyncFunctionDef),
        inputs_of(function, values),
        "" if function.returns is None else annotation_text(function.returns),
        loops_of(function, values, rows),
        _code(body, function, values, rows),
    )


def _function(body: Sequence[ast.stmt]) -> Function | None:
    """What `python agent.py` runs: the function that the last line of the file hands over."""
    match body:
        case [*_, ast.If(body=[*_, ast.Expr(value=ast.Call(args=[ast.Name(id=name), *_]))])]:
            for statement in body:
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
                    return statement
    return None


def _code(body: Sequence[ast.stmt], function: Function, values: Values, rows: Rows) -> str:
    """What the module does, but for what its signature shows and for where lines come from."""
    defaults = [one for one in (*function.args.defaults, *function.args.kw_defaults) if one is not None]
    shown = {rows.name, *(one.id for one in defaults if isinstance(one, ast.Name))}
    found: list[ast.stmt] = []
    for statement in body[1:-1]:
        if statement is function:
            found.extend(statement.body)
        elif not (isinstance(statement, ast.Import | ast.ImportFrom) or assigned_name(statement) in shown):
            found.append(statement)
    return "\n".join(ast.dump(values.placed(one)) for one in found)
