"""Statements whose names have changed are what black makes of them, though black is seldom asked."""

from __future__ import annotations

import ast
from pathlib import Path

import black
import pytest

from cascade_gen.artifact.standalone.renamed import renamed
from cascade_gen.artifact.standalone.sources import Module
from tests.golden.cases import load_cases
from tests.standalone.support import Package

WIDTH = 88
LONG = 3000
SOURCES = {
    case.id: case.expected["source"]
    for case in load_cases()
    if case.expected.get("source", "").isascii() and 0 < len(case.expected.get("source", "")) < LONG
    if "..." not in case.expected["source"]  # what is shown of digits without end
}
ROW = "_fetch({}),"
LIST = "values = [\n" + "\n".join("    " + ROW.format(n) for n in range(200)) + "\n]"
NAMES = "(\n" + "\n".join(f"    page_{n}," for n in range(200)) + "\n) = await together(\n"
PAIRS = NAMES + LIST.removeprefix("values = [\n").replace("\n]", "\n)")


def written(text: str) -> str:
    return black.format_str(text, mode=black.Mode(line_length=WIDTH)).rstrip("\n")


def again(text: str, old: str, new: str) -> str | None:
    """What becomes of a statement in black's form when a name changes."""
    assert written(text) == text
    (part,) = Module("shop", text, False, "shop.py", lambda name: False).parts
    return renamed(part, text.replace(old, new), WIDTH)


@pytest.mark.parametrize(
    "text",
    [
        "def run(n):\n    return _fetch(n)",
        "def run(n):\n    try:\n        page = _fetch(n, 1)\n    except _fetch as error:\n        raise",
        f"def run(n):\n    page = _fetch({', '.join(f'number_{n}' for n in range(6))})",
        f"def run(n):\n    page = _fetch(\n        {', '.join(f'number_of_pages_{n}' for n in range(4))}\n    )",
        f"async def run(n):\n    {PAIRS.replace(chr(10), chr(10) + '    ')}",
        f"def run(n):\n    {LIST.replace(chr(10), chr(10) + '    ')}\n    return values",
        LIST.replace(", ", ",\n"),
        "values = [\n    [\n        _fetch,\n    ],\n    other,\n]",
    ],
)
@pytest.mark.parametrize("name", ["f", "fetch", "_fetch_2", "fetch_all_pages_of_it", "f" * 60])
def test_it_is_what_black_makes_of_it(text: str, name: str) -> None:
    assert again(text, "_fetch", name) == written(text.replace("_fetch", name))


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("def run(n):\n    return _fetch(n)", "later('fetch')"),
        ("def run(n):\n    return _fetch(n)", "fetch(\n)"),
        ("def run(n):\n    return _fetch(n)", "größe"),
        (f"def run(\n    {'n' * 40}=_fetch,\n    {'k' * 40}=_fetch,\n    other=None,\n):\n    return n", "fetch"),
        ("def run(n):\n    values = [\n        _fetch,  # first\n        n,\n    ]", "fetch"),
        ('def run(n):\n    values = [\n        _fetch,\n        """\n  as it is""",\n    ]', "fetch"),
        ("@_fetch\ndef run(n):\n    return n", "fetch"),
        ("def run(n):\n    match n:\n        case _fetch.one:\n            return n", "fetch"),
    ],
)
def test_black_is_asked_where_more_than_names_matters(text: str, new: str) -> None:
    assert again(text, "_fetch", new) is None


@pytest.mark.parametrize("name", SOURCES)
def test_generated_functions_are_what_black_makes_of_them(name: str) -> None:
    module = Module("shop", SOURCES[name], False, "shop.py", lambda name: False)
    for part in module.parts:
        text = module.data[part.start : part.end].decode()
        if part.kind != "definition" or written(text) != text:
            continue
        for stretched in (False, True):
            changed = _changed(part.node, text, stretched)
            assert renamed(part, changed, WIDTH) in (None, written(changed))


def _changed(node: ast.stmt, text: str, stretched: bool) -> str:
    """A function with every other name made shorter or longer."""
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    rows = text.split("\n")
    first -= next(number for number, row in enumerate(rows) if not row.startswith("#"))
    words = sorted({one.id for one in ast.walk(node) if isinstance(one, ast.Name)})[::2]
    names = {(one.lineno - first, one.col_offset, one.id) for one in ast.walk(node) if isinstance(one, ast.Name)}
    for row, column, word in sorted(names, reverse=True):
        if word in words and rows[row][column : column + len(word)] == word:
            new = word * 3 if stretched else "q"
            rows[row] = rows[row][:column] + new + rows[row][column + len(word) :]
    return "\n".join(rows)


STEPS = """
    import cascade as cs


    @cs.task
    def fetch(n: int) -> int:
        return n


    @cs.task
    async def load(n: int) -> int:
        return n


    @cs.task
    def total(values: list[int]) -> int:
        return sum(values)


    @cs.workflow
    def wide(n: int):
        return total([fetch(n) for n in range(100)])


    @cs.workflow
    def side_by_side(n: int):
        return total([load(n) for n in range(100)])


    @cs.workflow
    def deep(n: int):
        values = [fetch(n) for n in range(64)]
        while len(values) > 1:
            values = [total([one, two]) for one, two in zip(values[::2], values[1::2])]
        return values[0]
"""


@pytest.mark.parametrize("name", ["wide", "side_by_side", "deep"])
def test_a_large_workflow_is_a_file_that_black_leaves_alone(tmp_path: Path, name: str) -> None:
    package = Package(tmp_path, steps=STEPS)
    text = package.save(getattr(package.load(), name), inline=False).read_text(encoding="utf-8")
    assert written(text) == text.rstrip("\n")
