"""What a standalone file compiles and imports when it starts, and what it leaves until it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cascade as cs
from tests.standalone.support import Package, printed, run

STEPS = """
    import cascade as cs


    def _further(n, **more):
        return cs.TailCall((n - 1,), more)


    @cs.task
    def seen(n: int, total: int = 0) -> int:
        if n <= 0:
            return total
        return cs.tail(seen, n=n - 1, total=total + n)


    @cs.task
    def unseen(n: int, wrong: int = -1):
        if n == wrong:
            return _further(n, nothing=1)
        if n <= 0:
            return n
        return _further(n)


    @cs.task
    def step(n: int):
        return cs.Jump("again", {"n": n - 1}) if n > 0 else cs.Jump("end" if n == 0 else "nowhere", [n, "done"])


    def machine():
        first = step(cs.Param("n", 3, type=int))
        cs.bind(first, cs.select_jump({"again": first, "end": None}))
        return first


    @cs.task
    def filled(words: dict, n: int = 2):
        return cs.tail(filled, words={**words, str(n): n}, n=n - 1) if n > 0 else words


    def _noted(words, n):
        return {**words, str(n): n}


    @cs.task
    def noted(words: dict, n: int = 2):
        return cs.tail(noted, words=_noted(words, n), n=n - 1) if n > 0 else words


    @cs.resource
    def store():
        yield "store"


    @cs.task
    def stored(n: int, store: str = cs.inject("store")) -> str:
        return f"{store} {n}"


    def looked_up():
        return stored(cs.Param("n", 3, type=int))


    @cs.task
    def natural(n: int, total: int = 0):
        if n <= 0:
            return total
        again = natural(n - 1, total + n)
        assert again is not None
        return again


    @cs.task
    def divided(n: int, by: float = 2.0, *, name: str = "x") -> str:
        return f"{name} {n / by}"
"""
SLOW = ("argparse", "asyncio", "contextlib", "functools", "inspect", "json", "logging", "re", "threading", "typing")
RUN = """
import sys
path, *sys.argv[1:] = sys.argv[1:]
names = {"__name__": "__main__"}
try:
    exec(compile(open(path).read(), path, "exec"), names)
except SystemExit as end:
    print(end.code)
print(*sorted(names))
print(*sorted(names["_compiled"]))
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("start"), steps=STEPS)


def started(path: Path, *arguments: str) -> tuple[list[str], set[str], set[str], set[str]]:
    """What a file prints, the names that it has then, those that it has compiled later, and the modules loaded."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN, str(path), *arguments], capture_output=True, text=True, check=True
    )
    *lines, names, later, modules = done.stdout.splitlines()
    return lines, set(names.split()), set(later.split()), set(modules.split())


@pytest.mark.parametrize(
    ("workflow", "arguments", "expected"),
    [
        ("seen", ["--n", "3"], "6"),
        ("unseen", ["--n", "3"], "0"),
        ("machine", ["--n", "3"], '[0, "done"]'),
        ("filled", ["--words", '{"a": 1.5, "b": null}'], '{"a": 1.5, "b": null, "2": 2, "1": 1}'),
        ("natural", ["--n", "3"], "6"),
        ("divided", ["--n=3", "--name", "y"], "y 1.5"),
        ("looked_up", ["--n=4"], "store 4"),
    ],
)
def test_nothing_slow_is_imported(package: Package, workflow: str, arguments: list[str], expected: str) -> None:
    module = package.load()
    found = getattr(module, workflow)
    resources = [module.store] if workflow == "looked_up" else []
    path = package.save(found() if workflow in ("machine", "looked_up") else found, workflow, resources=resources)
    lines, names, later, modules = started(path, *arguments)
    assert lines == [expected, "0"]
    assert later == set()
    assert modules.isdisjoint(SLOW)
    assert "command" in names
    assert names.isdisjoint({"UserLines", "Failure", "_parser"})  # which are there when something fails


def test_what_looks_into_containers_of_containers_comes_when_there_are_some(package: Package) -> None:
    path = package.save(package.load().noted, "nested")
    lines, _, later, modules = started(path, "--words", '{"a": [1.5, null]}')
    assert lines == ['{"a": [1.5, null], "2": 2, "1": 1}', "0"]
    assert later == {"_search"}
    assert modules.isdisjoint({*SLOW, "_ast"})  # the latter is what `compile` would need


def test_typing_is_imported_where_the_users_own_code_needs_it(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            from typing import Any, Generic, TypeVar, get_args

            import cascade as cs

            T = TypeVar("T")


            class Box(Generic[T]):
                def __init__(self, value: T) -> None:
                    self.value = value


            class Count(Box[int]):
                pass


            @cs.task
            def natural(n: int, total: Any = 0):
                if n <= 0:
                    return [get_args(Count.__orig_bases__[0])[0].__name__, Count(total).value]
                again = natural(n - 1, total + n)
                assert again is not None
                return again
        """,
    )
    assert printed(package.save(package.load().natural, "typed"), "--n", "3") == '["int", 6]'


def test_tasks_as_values_tell_what_their_functions_tell(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs


            @cs.task
            def natural(n: int, total: int = 0):
                "Adds up."
                if n <= 0:
                    names = natural.name, natural.__doc__, natural.__module__, repr(natural)
                    return [*names, natural.__wrapped__ is natural.func, sorted(natural.__annotations__), total]
                again = natural(n - 1, total=total + n)
                assert again is not None
                return again


            @cs.task
            def wrong(n: int):
                again = natural(n, nothing=1)
                assert again is not None
                return again


            @cs.task
            def tested(n: int):
                return natural(n) + 1
        """,
    )
    module = package.load()
    expected = '["natural", "Adds up.", "__main__", "<task natural>", true, ["n", "total"], 6]'
    assert printed(package.save(module.natural, "told"), "--n", "3") == expected
    failed = run(package.save(module.wrong, "wrongly"), "--n", "3")
    assert "TypeError: natural() got an unexpected keyword argument 'nothing'" in failed.stderr
    failed = run(package.save(module.tested, "tested"), "--n", "3")
    assert "has no value yet, so it can't be computed with" in failed.stderr


def test_inputs_that_have_a_default_are_not_asked_for(package: Package) -> None:
    module = package.load()
    assert "read_param" not in package.save(module.looked_up(), "given", resources=[module.store]).read_text()
    path = package.save(module.stored(cs.Param("n", type=int)), "asked", resources=[module.store])
    assert printed(path, "--n", "4") == "store 4"
    code = f"import runpy; runpy.run_path({str(path)!r})['stored']()"
    failed = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert "MissingParamError: the workflow needs the input 'n': pass n=..." in failed.stderr


def test_only_files_with_loops_know_of_redirects(package: Package) -> None:
    module = package.load()
    assert "class TailCall" not in package.save(module.divided, "straight").read_text()
    assert "class TailCall" in package.save(module.unseen, "round").read_text()


def test_what_a_failure_needs_comes_when_it_is_needed(package: Package) -> None:
    path = package.save(package.load().divided, "failing")
    lines, names, later, _ = started(path, "--n", "1", "--by", "0")
    assert lines == ["1"]
    assert {"UserLines", "Failure"} <= names
    assert {"_failed", "relocate_2", "hide"} <= later
    assert "_parser" not in names


def test_text_that_is_compiled_later_keeps_its_lines(package: Package) -> None:
    path = package.save(package.load().unseen, "lines")
    code = (
        "import sys, linecache; sys.path.insert(0, sys.argv[1])\n"
        "import lines\n"
        "for name in ('relocate_2', '_raise_exact', '_parser', '_known'):\n"
        "    found = lines.later(name).__code__\n"
        "    print(linecache.getline(found.co_filename, found.co_firstlineno).split('(')[0])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(path.parent)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:-1] == [
        f"def {name}" for name in ("relocate_2", "_raise_exact", "_parser", "_known")
    ]


def test_all_pieces_can_be_compiled(package: Package) -> None:
    module = package.load()
    path = package.save([module.unseen(2), module.filled({}), module.divided(1).with_retry(2)], "pieces")
    (text,) = [
        node.body[-1].value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "later_text"
        if isinstance(node.body[-1], ast.Return) and isinstance(node.body[-1].value, ast.Constant)
    ]
    pieces = text.split("\n# needed by: ")
    assert len(pieces) > 5
    for piece in pieces[1:]:
        names, _, body = piece.partition("\n")
        assert names.split()
        compile(body, names, "exec")


def test_errors_that_are_compiled_later(package: Package) -> None:
    module = package.load()
    failed = run(package.save(module.unseen, "errors"), "--n", "5", "--wrong", "3")
    assert "TypeError: unseen() got an unexpected keyword argument 'nothing'" in failed.stderr
    failed = run(package.save(module.machine(), "jumps"), "--n=-1")
    assert "JumpError" in failed.stderr
    assert "'nowhere'" in failed.stderr


def test_tracebacks_show_the_users_lines_alone(package: Package) -> None:
    path = package.save(package.load().divided, "shown")
    failed = run(path, "--n", "1", "--by", "0")
    assert failed.returncode == 1
    frames = [line.split(", in ")[1] for line in failed.stderr.splitlines() if line.startswith("  File ")]
    assert frames == ["divided"]
    assert 'return f"{name} {n / by}"' in failed.stderr
    assert "ZeroDivisionError: float division by zero\ntask 'divided' at" in failed.stderr


def test_tracebacks_of_async_files_show_the_users_lines_alone(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import asyncio

            import cascade as cs


            async def inner(n):
                await asyncio.sleep(0)
                raise KeyError(n)


            @cs.task
            async def outer(n: int):
                return await inner(n)
        """,
    )
    failed = run(package.save(package.load().outer), "--n", "1")
    frames = [line.split(", in ")[1] for line in failed.stderr.splitlines() if line.startswith("  File ")]
    assert frames == ["outer", "inner"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--n", "3"], "x 1.5"),
        (["--n=3", "--by=4", "--name=a b"], "a b 0.75"),
        (["--n", "1", "--n", "2"], "x 1.0"),
        (["--n=-3"], "x -1.5"),
        (["--n", "-3"], "x -1.5"),
        (["--n", "1", "--name="], " 0.5"),
    ],
)
def test_plain_inputs(package: Package, arguments: list[str], expected: str) -> None:
    assert started(package.save(package.load().divided, "plain"), *arguments)[0] == [expected, "0"]


def test_a_file_says_its_plain_inputs(package: Package) -> None:
    module = package.load()
    assert '= {"--n": int, "--by": float, "--name": str}, {"n"}' in package.save(module.divided, "said").read_text()
    path = package.save(module.stored(cs.Param("n", type=int)), "said_missing", resources=[module.store])
    assert '= {"--n": int}, {"n"}' in path.read_text()
    assert run(path).returncode == 2
    assert "--words" not in package.save(module.filled, "unsaid").read_text()


@pytest.mark.parametrize("arguments", [[], ["--n"], ["--n", "x"], ["--nope", "1"], ["--return", "1"], ["n", "1"]])
def test_wrong_usage_of_plain_inputs(package: Package, arguments: list[str]) -> None:
    done = run(package.save(package.load().divided, "wrong"), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: wrong.py")


def test_debugging_shows_all_frames(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    path = package.save(package.load().divided, "debugged")
    assert printed(path, "--n", "2") == "x 1.0"
    monkeypatch.setenv("CASCADE_DEBUG", "1")
    assert ", in command\n" in run(path, "--n", "1", "--by", "0").stderr


def test_a_loop_that_only_settles_has_no_states(package: Package) -> None:
    path = package.save(package.load().noted, "settles")
    defined = {
        one.name for one in ast.parse(path.read_text()).body if isinstance(one, ast.ClassDef | ast.FunctionDef)
    }
    assert "Loop" in defined
    assert not defined & {"State", "Rounds", "binds", "rebinder", "TailCall"}
    assert printed(path, "--words", '{"a": 1}') == '{"a": 1, "2": 2, "1": 1}'


def test_a_loop_that_nobody_saw_has_no_states_as_long_as_it_carries_plain_values(package: Package) -> None:
    module = package.load()
    for name in ("unseen", "natural"):
        path = package.save(getattr(module, name), f"plain_{name}")
        defined = {
            one.name for one in ast.parse(path.read_text()).body if isinstance(one, ast.ClassDef | ast.FunctionDef)
        }
        assert "PlainLoop" in defined
        assert ("TailCall" in defined) == (name == "unseen")
        assert not defined & {"Loop", "State", "Rounds"}


def test_a_loop_that_nobody_saw_goes_on_with_what_is_not_plain(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs


            def _further(n, seen):
                return cs.TailCall((n - 1,), {"seen": [*seen, n]} if n % 2 else {})


            @cs.task
            def listed(n: int, seen: str = "none", wrong: int = 0):
                if n == wrong:
                    raise KeyError(n)
                return _further(n, seen) if n > 0 else seen
        """,
    )
    path = package.save(package.load().listed, "listed")
    assert printed(path, "--n", "4", "--wrong=-1") == '["n", "o", "n", "e", 3, 1]'
    for wrong, number in ((4, 1), (3, 2), (1, 4), (0, 5)):
        failed = run(path, "--n", "4", f"--wrong={wrong}")
        assert "KeyError" in failed.stderr
        assert (f"task 'listed', round {number}; inputs: n: int" in failed.stderr) == (number > 1)


def test_a_loop_whose_end_is_left_to_the_runtime_has_no_way_to_begin_there(package: Package) -> None:
    assert "def rounds_of" not in package.save(package.load().unseen, "unseen_rounds").read_text()


def test_a_memory_cache_of_small_inputs_imports_nothing_slow(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs

            kept = cs.MemoryCache(2)


            @cs.task
            def half(n: int):
                return n // 2


            graph = [half(n).with_cache(kept) for n in (1, 8, 1)]
        """,
    )
    path = package.save(package.load().graph, "halves")
    assert printed(path) == "[0, 4, 0]"
    command = [sys.executable, "-I", "-X", "importtime", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert loaded.isdisjoint({"collections", "hashlib", "struct"})
