"""The source of task functions: found, proven, hashed."""

from __future__ import annotations

import ast
import functools
import gc
import importlib.util
import itertools
import linecache
import sys
import tokenize
import weakref
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from cascade_gen.bodies.body import read_body
from cascade_gen.tasks.block import def_blocks
from cascade_gen.tasks.memo import CodeMemo
from cascade_gen.tasks.source import code_hash, identity, read_source
from tests.unit.task_sources import define, function

_numbers = itertools.count(1)
Load = Callable[..., ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Imports a module from the bytes of its file."""

    def load(content: bytes | str) -> ModuleType:
        path = tmp_path / f"module{next(_numbers)}.py"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


SHAPES = {
    "one line": ("def f(x): return x\n", "f"),
    "one line, more follows": ("def f(x): return x\nf(1)\n", "f"),
    "no newline at the end": ("def f(x):\n    return x", "f"),
    "async": ("async def f(x):\n    return await x\n", "f"),
    "generator": ("def f(xs):\n    yield from xs\n", "f"),
    "signature over lines": ("def f(\n    x,\n    *, y=1,\n) -> int:\n    return x\n", "f"),
    "brackets that end at the margin": ("def f(x):\n    return g(\n        x,\n)\n", "f"),
    "string that ends at the margin": ('def f(x):\n    return """\na\n"""\n', "f"),
    "comments at the margin": ("def f(x):\n# one\n    y = x\n# two\n    return y\n", "f"),
    "backslashes": ("def f(x):\n    return x + \\\n1\n", "f"),
    "tabs": ("def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n", "f"),
    "dead code at the end": ("def f(x):\n    return x\n    'dead'\n    pass\n", "f"),
    "form feed": ("\f\ndef f(x):\n    return x\n\f\ndef g(): pass\n", "f"),
    "form feed in a class": ("class C:\n\f    def f(self):\n        return 1\n", "C.f"),
    "walrus and f-string": ("def f(x):\n    return f'{(y := x)!r:>{y}}'\n", "f"),
    "assert": ("def f(x):\n    assert x, 'no'\n    return x\n", "f"),
    "method": ("class C:\n    def f(self):\n        return self\n", "C.f"),
    "private names": ("class C:\n    def f(self, __x):\n        return self.__y + __x\n", "C.f"),
    "super": ("class C:\n    def f(self):\n        return super().__init__()\n", "C.f"),
    "docstring in a class": ('class C:\n    def f(self):\n        """a\n        b\n    c"""\n', "C.f"),
    "f-string over lines in a class": (
        "class C:\n    def f(self):\n        return f'''\n  {self\n}'''\n",
        "C.f",
    ),
    "class in a class": ("class A:\n  class B:\n    def f(self):\n      return self.__a\n", "A.B.f"),
    "method that names its class": ("class C:\n    def f(self):\n        return C, f\n", "C.f"),
    "class inside": ("def f():\n    class C:\n        def m(self): return __class__\n    return C\n", "f"),
    "recursion": ("def f(n):\n    return f(n - 1)\n", "f"),
    "calls on imported modules": ("import os, sys\ndef f(n):\n    return os.getcwd() + sys.intern(n)\n", "f"),
    "calls on an imported object": ("from sys import path\ndef f(n):\n    path.count(1); n.count(2)\n", "f"),
    "future annotations": ("from __future__ import annotations\ndef f(x: A) -> B:\n    y: C = x\n", "f"),
    "warnings": ("def f(x):\n    return '\\d' if x is 1 else 2\n", "f"),
    "lambda": ("f = lambda x: x\n", "f"),
    "lambda over lines": ("f = (lambda x: [\n    x,\n  1\n])\n", "f"),
    "lambda as an argument": ("f = max([lambda x, y=1: x if y else 2, 3], key=str)\n", "f"),
    "lambda in a dict": ("f = {1: lambda: 1, 2: lambda: 2}[2]\n", "f"),
    "lambda in a lambda": ("f = (lambda x: lambda y: x + y)(1)\n", "f"),
    "lambda with a conditional": ("f = lambda x: 1 if x else 2\n", "f"),
}


def _get(module: ModuleType, path: str) -> Any:
    return functools.reduce(getattr, path.split("."), module)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", SHAPES)
def test_finds_every_shape_of_function(load: Load, shape: str) -> None:
    text, path = SHAPES[shape]
    module = load(text)
    found = _get(module, path)
    source = read_source(found)
    assert source is not None
    assert source.file == module.__file__
    assert source.line == found.__code__.co_firstlineno
    wanted = ast.unparse(_named(ast.parse(text), found.__name__))
    assert ast.unparse(source.tree) == wanted
    if found.__name__ != "<lambda>":
        assert ast.unparse(ast.parse(source.text)) == wanted


def _named(module: ast.Module, name: str) -> ast.AST:
    """The last function of that name; of lambdas the last and innermost."""
    found: ast.AST = module
    for node in ast.walk(module):
        if (isinstance(node, ast.Lambda) and name == "<lambda>") or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        ):
            found = node
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bare_copy_has_the_same_hash_on_other_lines_and_with_other_line_endings(load: Load, shape: str) -> None:
    text, path = SHAPES[shape]
    head, mark, rest = text.partition("from __future__ import annotations\n")
    moved = head + mark + "# moved\n\n\n" + rest if mark else "# moved\n\n\n" + text
    hashes = {
        source.hash
        for version in (text, moved, text.replace("\n", "\r\n"))
        if (source := read_source(_get(load(version), path)))
    }
    assert len(hashes) == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "lambda" not in shape])
def test_the_quick_guess_by_indentation_agrees_with_the_tokens(shape: str) -> None:
    lines = SHAPES[shape][0].splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines, 1) if line.lstrip().startswith(("def ", "async "))]
    for start in starts:
        blocks = list(def_blocks(lines, start, start))
        texts = {block.text for block in blocks if _parses(block.text)}
        assert len(texts) == 1
        assert blocks[-1].text in texts


def _parses(text: str) -> bool:
    try:
        return len(ast.parse(text).body) == 1
    except SyntaxError:
        return False


def test_text_is_dedented_and_keeps_what_is_in_strings(load: Load) -> None:
    module = load(
        "class C:\n"
        "    @staticmethod\n"
        "    def f(x=1):\n"
        '        """one\n'
        "        two\n"
        '    three"""\n'
        "        return [\n"
        "  x,\n"
        "        ]\n"
        "        # the end\n"
        "    # not of f\n"
        "    y = 1\n"
    )
    source = read_source(module.C.f)
    assert source is not None
    assert source.text == (
        "@staticmethod\n"
        "def f(x=1):\n"
        '    """one\n'
        "        two\n"
        '    three"""\n'
        "    return [\n"
        "x,\n"
        "    ]\n"
        "    # the end\n"
    )
    assert source.line == 2
    assert source.margins == (4, 4, 4, 0, 0, 4, 2, 4, 4)


def test_places_are_those_of_the_file_in_characters(load: Load) -> None:
    module = load('class C:\n    def f(self):\n        return ("""\näöü""", "é", self)\n')
    source = read_source(module.C.f)
    assert source is not None
    lines = Path(source.file).read_text(encoding="utf-8").splitlines()
    names = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
    line, start, end = source.place(names[0])
    assert lines[line - 1][start:end] == "self"
    (result,) = (node for node in ast.walk(source.tree) if isinstance(node, ast.Return))
    line, start, end = source.place(result)
    assert lines[line - 1][start:end] == 'return ("""'


def test_decorators_are_part_of_the_text_and_not_of_the_hash(load: Load) -> None:
    plain = load("def f(x, y=2):\n    return x + y\n")
    decorated = load(
        "keep = lambda *_: lambda f: f\n"
        "@keep(\n    lambda x: x)\n"
        "# between\n"
        "@(\n    keep(1)\n)\n"
        "def f(x, y=2):\n    # sum\n    return (x\n        + y)\n"
    )
    first, second = read_source(plain.f), read_source(decorated.f)
    assert first is not None and second is not None
    assert second.text.startswith("@keep(\n    lambda x: x)\n# between\n@(")
    assert first.hash == second.hash
    assert second.line == 2


def test_finds_a_def_whose_first_decorator_starts_below_its_at_sign(load: Load) -> None:
    module = load("keep = lambda f: f\n@(\n\n    keep\n)\ndef f(x):\n    return x\n")
    source = read_source(module.f)
    assert source is not None
    assert source.line == 2
    assert source.text.startswith("@(\n")


@pytest.mark.parametrize(
    "changed",
    [
        "def f(x, y=3):\n    return x + y\n",
        "def f(x, *, y=2):\n    return x + y\n",
        "def f(x, y: int = 2):\n    return x + y\n",
        "def f(x, y=2):\n    return y + x\n",
        "def f(x, y=2.0):\n    return x + y\n",
        "def f(x, y=True):\n    return x + y\n",
        "async def f(x, y=2):\n    return x + y\n",
        "def g(x, y=2):\n    return x + y\nf = g\n",
    ],
)
def test_signature_defaults_and_body_change_the_hash(load: Load, changed: str) -> None:
    before = read_source(load("def f(x, y=2):\n    return x + y\n").f)
    after = read_source(load(changed).f)
    assert before is not None and after is not None
    assert before.hash != after.hash


def test_the_hash_is_the_same_on_every_machine_and_version() -> None:
    source = read_source(function("""
            def f(x, y=-0.0, *z, k=None, **m):
                return f'{x!r:>{y}}' 'é', 10**9, {*z}, [a for a in z if a]
            """))
    assert source is not None
    assert source.hash == "930d8f680d519b517387b7d0536fe7d5476de8fd30aa0b99d3244247626c8bf5"


def test_reads_files_in_other_encodings(load: Load) -> None:
    module = load('# -*- coding: latin-1 -*-\ndef f(x):\n    return "é", x\n'.encode("latin-1"))
    source = read_source(module.f)
    assert source is not None
    assert '"é"' in source.text


def test_a_function_made_by_a_decorator_has_the_source_of_the_inner_function(load: Load) -> None:
    module = load(
        "import functools\n"
        "def twice(func):\n"
        "    @functools.wraps(func)\n"
        "    def wrapper(*args):\n"
        "        return func(*args), func(*args)\n"
        "    return wrapper\n"
        "@twice\n"
        "def f(x):\n"
        "    return x\n"
        "@twice\n"
        "def g(x):\n"
        "    return -x\n"
    )
    outer, inner = read_source(module.f), read_source(module.f.__wrapped__)
    assert outer is not None and inner is not None
    assert outer.text.startswith("@functools.wraps(func)\ndef wrapper(*args):")
    assert inner.text.startswith("@twice\ndef f(x):")
    assert outer.hash == _hash(module.g)
    assert identity(module.f) != identity(module.g)


def _hash(func: object) -> str:
    source = read_source(func)
    assert source is not None
    return source.hash


def test_a_bound_method_has_the_source_of_its_function(load: Load) -> None:
    module = load("class C:\n    def f(self):\n        return 1\n")
    source = read_source(module.C.f)
    assert source is not None
    assert read_source(module.C().f) is source


def test_there_is_no_source_for_code_without_a_file() -> None:
    namespace: dict[str, Any] = {}
    exec("def f(x):\n    return x\ng = lambda: 1", namespace)
    for made in (namespace["f"], namespace["g"], len, int, functools.partial(print), object(), None):
        assert read_source(made) is None


def test_what_passes_itself_off_as_a_function_is_none() -> None:
    class Proxy:
        __class__ = FunctionType  # type: ignore[assignment]

        def __init__(self, wrapped: FunctionType) -> None:
            self.__code__ = wrapped.__code__
            self.__globals__ = wrapped.__globals__

        def __call__(self) -> str:
            return "something else"

    proxy: Any = Proxy(function("def f(): return 1"))
    assert isinstance(proxy, FunctionType)
    assert read_source(proxy) is None


def test_there_is_no_source_when_another_file_has_the_name(load: Load) -> None:
    path = load("def g(x):\n    return x\n").__file__
    namespace: dict[str, Any] = {}
    exec(compile("def f(x):\n    return x\n", str(path), "exec"), namespace)
    assert read_source(namespace["f"]) is None
    exec(compile("def g(x):\n    return x + 1\n", str(path), "exec"), namespace)
    assert read_source(namespace["g"]) is None


@pytest.mark.parametrize(
    "edited",
    [
        "def f(x, y=1):\n    z = x\n    return z, 'b'\n",  # a constant
        "def f(x, y=1):\n    z = x\n    return w, 'a'\n",  # a name
        "def f(x, y=1):\n    w = x\n    return w, 'a'\n",  # a variable
        "def f(x, y=2):\n    z = x\n    return z, 'a'\n",  # a default
        "def f(x, *, y=1):\n    z = x\n    return z, 'a'\n",  # the signature
        "\ndef f(x, y=1):\n    z = x\n    return z, 'a'\n",  # the place
        "def f(x, y=1):\n\n    z = x\n    return z, 'a'\n",  # the lines inside
        "def g(x, y=1):\n    z = x\n    return z, 'a'\n",  # the function
        "def f(x, y=1):\n    z = x\n    return (z, 'a'\n",  # no Python at all
        "",
    ],
)
def test_there_is_no_source_when_the_file_was_edited_since_it_was_imported(load: Load, edited: str) -> None:
    original = "def f(x, y=1):\n    z = x\n    return z, 'a'\n"
    module, untouched = load(original), load(original)
    assert module.__file__ is not None
    Path(module.__file__).write_text(edited)
    assert read_source(module.f) is None
    missing = "found in its file, which may have changed since it was imported" if edited else "there to be read"
    assert read_body(module.f) == f"its source isn't {missing}"
    assert read_source(untouched.f) is not None


def test_why_a_body_without_a_file_stays() -> None:
    names: dict[str, Any] = {}
    exec("def f(x):\n    return x\n", names)
    assert read_body(names["f"]) == "its source isn't there to be read"


def test_the_lines_at_hand_do_when_they_are_those_of_the_code(load: Load) -> None:
    module = load("def f(x):\n    return x\n")
    assert module.__file__ is not None
    linecache.getlines(module.__file__)
    Path(module.__file__).write_text("# edited\n")
    source = read_source(module.f)
    assert source is not None and source.text == "def f(x):\n    return x\n"


def test_a_reloaded_module_is_read_anew(load: Load) -> None:
    module = load("def f(x):\n    return x\n")
    assert read_source(module.f) is not None
    assert module.__file__ is not None and module.__spec__ is not None and module.__spec__.loader is not None
    Path(module.__file__).write_text("def f(x):\n    return x, x, 'longer'\n")
    exec(compile(Path(module.__file__).read_text(), module.__file__, "exec"), module.__dict__)
    source = read_source(module.f)
    assert source is not None and "longer" in source.text


def test_lambdas_on_one_line_are_told_apart_if_they_differ() -> None:
    names = define("a, b, c = lambda x: x, lambda y: y + 1, lambda x: x\n")
    assert read_source(names["a"]) is None
    assert read_source(names["c"]) is None
    source = read_source(names["b"])
    assert source is not None and source.text == "lambda y: y + 1"
    assert source.margins == (23,)


@pytest.mark.parametrize(
    "text",
    [
        """
        def f(a):
            def g(b):
                def h(c): return a, b, c, h
                return h
            return g
        """,
        """
        def f(a):
            class g:
                def __call__(self, b):
                    return lambda: (a, b, __class__, self.__p)
            return g()
        """,
    ],
)
def test_closures_have_source(text: str) -> None:
    inner = define(text)["f"](1)(2)
    source = read_source(inner)
    assert source is not None
    assert source.text.startswith(("def h(c)", "lambda:"))


def test_a_large_module_is_not_parsed_as_a_whole(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("".join(f"def f{k}(x):\n    return x + {k}\n\n" for k in range(2000)))
    sizes: list[int] = []
    parse = ast.parse

    def noted(text: str) -> ast.Module:
        sizes.append(len(text))
        return parse(text)

    monkeypatch.setattr(ast, "parse", noted)
    for name in ("f0", "f999", "f1999"):
        source = read_source(getattr(module, name))
        assert source is not None and source.tree.name == name  # type: ignore[union-attr]
    assert len(sizes) == 3 and max(sizes) < 100


def test_the_source_is_read_once_for_a_code_object(monkeypatch: pytest.MonkeyPatch) -> None:
    make = define("def make():\n    def f(): return 1\n    return f\n")["make"]
    first = read_source(make())
    monkeypatch.setattr(tokenize, "generate_tokens", lambda *_: pytest.fail("read again"))
    monkeypatch.setattr(ast, "parse", lambda *_: pytest.fail("parsed again"))
    assert first is not None and read_source(make()) is first


def test_facts_are_forgotten_with_the_code_and_equal_codes_are_kept_apart() -> None:
    memo: CodeMemo[str] = CodeMemo()
    one = compile("1", "one.py", "exec")
    two = compile("1", "two.py", "exec")
    assert one == two
    memo.put(one, "one")
    assert memo.get(two) is None
    memo.put(two, "two")
    assert (memo.get(one), memo.get(two)) == ("one", "two")
    alive = weakref.ref(one)
    del one
    gc.collect()
    assert alive() is None
    assert len(memo) == 1
    assert memo.get(two) == "two"


def test_reading_keeps_no_function_alive() -> None:
    made = function("def f(): return f")
    alive = weakref.ref(made)
    assert read_source(made) is not None
    del made
    gc.collect()
    assert alive() is None


def test_the_code_hash_stands_in_for_a_source() -> None:
    def made(text: str) -> Any:
        namespace: dict[str, Any] = {}
        exec(text, namespace)
        return namespace["f"]

    same = made("def f(x, y=1): return x in {1, 2, 'a'}")
    moved = made("\n\n\ndef f(x, y=1):\n    return x in {1, 2, 'a'}")
    assert code_hash(same) == code_hash(moved) == identity(same)
    different = [
        "def f(x, y=1): return x in {1, 2, 'b'}",
        "def f(x, y=1): return x in {1.0, 2, 'a'}",
        "def f(x, y=2): return x in {1, 2, 'a'}",
        "def f(x, y=1.0): return x in {1, 2, 'a'}",
        "def f(x, *, y=1): return x in {1, 2, 'a'}",
        "def f(y, x=1): return y in {1, 2, 'a'}",
        "async def f(x, y=1): return x in {1, 2, 'a'}",
        "def f(x, y=1): return lambda: x in {1, 2, 'a'}",
        "def f(x, y=1): return lambda: x in {1, 2, 'b'}",
        "def f(x, y=0.0): return -0.0",
        "def f(x, y=0.0): return 0.0",
    ]
    hashes = {code_hash(made(text)) for text in different}
    assert len(hashes) == len(different)
    assert code_hash(same) not in hashes


def test_the_code_hash_does_not_depend_on_addresses_or_the_order_of_sets() -> None:
    def made(default: object) -> str:
        namespace: dict[str, Any] = {"default": default}
        exec("def f(x=default): pass", namespace)
        return code_hash(namespace["f"])

    assert made(object()) == made(object())
    assert made({"a", "b", "c"}) == made({"c", "b", "a"})
    assert made([1, {"k": (2,)}]) == made([1, {"k": (2,)}]) != made([1, {"k": (3,)}])
    assert made(10**5000) != made(10**5000 + 1)


def test_identity_tells_apart_what_is_wrapped_bound_or_called() -> None:
    names = define("""
        class Adder:
            def __call__(self, x): return x + 1
        class Doubler:
            def __call__(self, x): return 2 * x
        def f(x, y): return x
        def g(x, y): return y
        """)
    some = [
        names["Adder"](),
        names["Doubler"](),
        functools.partial(names["f"], 1),
        functools.partial(names["f"], 2),
        functools.partial(names["g"], 1),
        functools.cache(names["f"]),
        functools.cache(names["g"]),
        len,
        sorted,
    ]
    assert len({identity(each) for each in some}) == len(some)
    assert identity(names["Adder"]()) == identity(names["Adder"]())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize(
    "text",
    [
        "def f[T](x: T) -> T:\n    return x\n",
        "def f[T](x: T) -> T:\n    y: T = T\n    return lambda: T\n",
        "class C[T]:\n    def f(self, x: T):\n        return T, __class__\nf = C.f\n",
        "def f(x):\n    type A[T] = list[T]\n    return f'{x['a']} {'b'}'\n",
    ],
)
def test_finds_functions_in_newer_syntax(text: str) -> None:
    assert read_source(function(text)) is not None
