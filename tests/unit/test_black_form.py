"""Users' text is in black's form in generated modules, whatever form it has in theirs."""

from __future__ import annotations

import ast
import importlib
import inspect
import operator
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import black
import pytest

import cascade as cs
from cascade_gen.emit.docstrings import docstring
from cascade_gen.emit.expressions import format_expression
from cascade_gen.emit.form import are_in_form
from cascade_gen.emit.wrap import is_long

EXPRESSIONS = """\
a + b
a+b
n ** k
n**k
-n ** 2
f(n)**box.size
text[first:last]
text[ first : last ]
text[box.first:box.last]
text[:-1]
text[len(a):]
grid[a:b, c]
'it'
'it"s'
"it's"
"\\""
u'a' + F'{n}' + B'x'
f'{n!r:>{width}}'
0XFF + 1E5 + 10l if n else 0xab
0XFF + 1E5 if n else 0xAB
(a,)
(a,b)
( a )
[a for a in (b)]
sum( a for a in b )
f(a, b,)
f(a = 1, * b, ** c)
{'a' : 1, ** c}
lambda n : n+1
not(a)
await f( a )
a if(b)else c
(n:=1)
v1 + v0 * v2
"v0" + v0
日本 ** n
"""


@pytest.mark.parametrize("text", EXPRESSIONS.splitlines())
def test_an_expression_gets_the_form_that_black_gives_it(text: str) -> None:
    try:
        wanted = black.format_str(f"x = {text}", mode=black.Mode(line_length=1000, magic_trailing_comma=False))
    except ValueError:  # no Python
        wanted = f"x = {text}\n"
    assert format_expression(text) == wanted.removeprefix("x = ").removesuffix("\n")


@pytest.mark.parametrize("text", ["a + b", 'f(a, "b", c=[1])', "text[1:n]", "a if b else c", "-n * (a + 1)"])
def test_what_is_in_form_is_seen_without_black(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "black", None)  # importing it fails
    assert format_expression(text) == text


def test_black_is_asked_once_for_what_differs_in_names_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert format_expression("first_value  *  second_value") == "first_value * second_value"
    monkeypatch.setitem(sys.modules, "black", None)
    assert format_expression("third_value  *  fourth_value") == "third_value * fourth_value"


BLOCKS = [
    "error, = found",
    "return n,",
    "for x in (a, b): print(x)",
    "for x in (a, b):\n    print(x)",
    "del (a, b)",
    "if (n): return",
    "return (n)",
    "return (a, b)",
    "x = n**k",
    "x = (yield n)",
    "x = yield",
    "await (f())",
    "x = a[n+1:]",
    "x = a[1:n]",
    "(x): int = 1",
    "x : int = 1",
    "x = f(*a, *b, ** c)",
    "print('it')",
    'print("\\uDCff", "\\"")',
    'x = """two\n   rows"""',
    'x = """one row"""',
    "with (a as b, c): print(b)",
    "with a as b, c as d:\n    print(b)",
    "print(n) # remark",
    "print(n)  # remark",
    "print(n)  #remark",
    "print(n)  # remark\n# remark",
    "# remark\nprint(n)",
    "  # remark\nprint(n)",
    "x = 1\n\n\ny = 2",
    "x = 1\n\ny = 2",
    "x = 1\n",
    "if n:\n\n    x = 1",
    "if n:\n    x = 1\n\nelse:\n    x = 2",
    "if n:\n    x = 1\n    # remark\nelse:\n    x = 2",
    "if n:\n    x = 1\n# remark\nelse:\n    x = 2",
    "if n:\n    # remark\n\n    x = 1",
    "import os\nprint(n)",
    "def f():\n    return n\nprint(n)",
    "x = [1,2]  # fmt: skip",
    "x = sum(n for n in (1, 2) if n)",
    "x = sum((n for n in x))",
    "x = 1;y = 2",
    "x = lambda: 0",
    "x = a if b else (c if d else e)",
    'assert n, "none"',
    "raise ValueError(n) from None",
    "try:\n    f()\nexcept (A, B) as error:\n    pass\nfinally:\n    g()",
    "while (n := f()):\n    pass",
    "x = (n := 1)",
    "x = not(a)",
    "x = 0XFF + 1_000",
    "print(n)\\\n    + 1",
]


@pytest.mark.parametrize("text", BLOCKS)
def test_what_seems_to_be_in_form_is(text: str) -> None:
    assert _left_by_black(text.split("\n")) or not are_in_form(text.split("\n"))


@pytest.mark.parametrize("module", ["argparse", "configparser", "enum", "inspect", "shlex", "statistics", "textwrap"])
def test_bodies_that_seem_to_be_in_form_are(module: str) -> None:
    text = inspect.getsource(importlib.import_module(module))
    blocks = list(_blocks(text))
    found = [rows for rows in blocks if are_in_form(rows)]
    newer = module == "enum" and sys.version_info >= (3, 13)  # which has 7 of 59 in form, by black's own word
    assert len(found) > len(blocks) / (9 if newer else 8)
    assert [rows for rows in found if not _left_by_black(rows)] == []


def _blocks(text: str) -> Iterator[list[str]]:
    """The bodies of a text's functions whose lines are short enough."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno > node.lineno:
            inside = lines[node.body[0].lineno - 1 : node.end_lineno]
            if len(inside) > 1 and not any(map(is_long, inside)):
                yield textwrap.dedent("\n".join(inside)).split("\n")


def _left_by_black(rows: list[str]) -> bool:
    text = "".join(["async def f():\n", *(f"    {row}\n" if row else "\n" for row in rows)])
    try:
        return bool(black.format_str(text, mode=black.Mode()) == text)
    except ValueError:
        return False


DOCUMENTED = [
    "One line.",
    "",
    "   ",
    '"Quoted"',
    '"Quoted" ',
    'Ends in a "quote"',
    'Three """quotes""" and four """"',
    "A backslash \\ and one at the end \\",
    "A title.\n\n    Text of it,\n      deeper\n    and back.\n    ",
    "\n    The text begins on the second line,\n    and goes on.\n    ",
    "\n      The first\n    is deeper.",
    "Ends in the text.\n    Like so.",
    'First "line"\n    "second"\n    third """\n    ',
    "Tabs\n\tand\ttabs",
    "Space at the end  \n    of lines  ",
    "A line " + "that goes on " * 12,
    "Two lines\n    " + "that go on " * 12,
    "{braces} and %s and 100 %",
    "Signs: é 日本 \u2028 \x00 \ud800 \U00012005",
    "Odd ends\\\n    of lines\\\n",
]


@pytest.mark.parametrize("doc", DOCUMENTED)
def test_a_docstring_is_the_users_and_in_blacks_form(doc: str) -> None:
    text = f"def f():\n{docstring(doc)}    return 1\n"
    text.encode()
    assert black.format_str(text, mode=black.Mode()) == text
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    found = ast.get_docstring(tree, clean=False)
    assert found is not None and inspect.cleandoc(found) == inspect.cleandoc(doc)


SOURCE = '''\
import cascade as cs

LOW = 2
BEST = (0, -1, "a")
class Box:
    first = 1

@cs.task
def quote(n: int) -> str: return 'a'+str( n )

@cs.task
def powers(n: int, k: int = 3):
    """Two powers of `n`:

      * of 'k',
      * of "2", minus \\\\.
    """
    return n ** k, -n ** 2

@cs.task
def cut(text: str) -> str:
    out = text[LOW:]
    return out + text[len(out) : LOW] + text[Box.first :] + str(LOW**2)

@cs.task
def best(n: int, known: tuple = BEST, other: tuple = (None, -2.5), nothing: tuple = ()) -> tuple:
    if n == 0:
        return known, other, nothing
    return cs.tail(best, n=n - 1)

@cs.workflow
def both(n: int):
    """Both "of them\\""""
    return [quote(n), cut(quote(n))]
'''


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "agents_of_any_form.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("agents_of_any_form")
    del sys.modules["agents_of_any_form"]


def saved(compiled: Any, folder: Path) -> Any:
    """The function of the module that is saved."""
    path = folder / "saved.py"
    compiled.save(path)
    namespace: dict[str, Any] = {"__name__": "saved"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace[compiled.__name__]


@pytest.mark.parametrize("name", ["quote", "powers", "cut", "best", "both"])
def test_a_module_is_in_form_whatever_form_its_tasks_have(tasks: ModuleType, tmp_path: Path, name: str) -> None:
    workflow = getattr(tasks, name)
    compiled = cs.aot(workflow)
    assert black.format_str(compiled.source, mode=black.Mode()) == compiled.source
    given = "abcdef" if name == "cut" else 3
    result = cs.run(workflow, {next(iter(inspect.signature(compiled).parameters)): given})
    assert compiled(given) == saved(compiled, tmp_path)(given) == result


@pytest.mark.parametrize("name", ["powers", "both"])
def test_a_saved_module_has_the_users_docstring(tasks: ModuleType, tmp_path: Path, name: str) -> None:
    function = getattr(tasks, name).func
    compiled = cs.aot(getattr(tasks, name))
    assert compiled.__doc__ == function.__doc__
    assert inspect.getdoc(saved(compiled, tmp_path)) == inspect.getdoc(function)


def test_tuples_of_constants_stand_in_the_signature(tasks: ModuleType, tmp_path: Path) -> None:
    compiled = cs.aot(tasks.best)
    assert "other: tuple = (None, -2.5), nothing: tuple = ()" in " ".join(compiled.source.split())
    assert compiled.__defaults__ == saved(compiled, tmp_path).__defaults__
    assert all(map(operator.is_, compiled.__defaults__, tasks.best.func.__defaults__))
