"""What one version of Python saves runs under every other, and says the same; what each generates is the same."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cascade as cs
from tests.standalone.support import Package

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
_COMPILES = "import sys, libcst, black; sys.path[:0] = sys.argv[2:]; import cascade"

STEPS = """
    import asyncio
    import sys
    from typing import NamedTuple

    import cascade as cs

    TRIED = []


    class Basket(NamedTuple):
        fruit: str
        count: int = 1


    @cs.task
    def add(n: int, total: int = 0) -> int:
        return cs.TailCall(kwargs={"n": n - 1, "total": total + n}) if n > 0 else total


    @cs.task
    def even(n: int, seen: tuple = ()) -> str:
        return cs.tail(odd, n=n - 1, seen=(*seen, n)) if n > 0 else f"even after {len(seen)}"


    @cs.task
    def odd(n: int, seen: tuple = ()) -> str:
        return cs.tail(even, n=n - 1, seen=(*seen, n)) if n > 0 else f"odd after {len(seen)}"


    @cs.task
    def climb(n: int, found: tuple = ()) -> list:
        return climb(n - 1, found=(*found, n / 2)) if n > 0 else list(found)


    @cs.task
    def chosen(n: int, steps: tuple = ("left",)) -> list:
        return cs.TailCall([n - 1, (*steps, n)], target_blueprint_id="right" if n % 2 else "chosen") if n else steps


    @cs.task
    def right(n: int, steps: tuple = ()) -> list:
        return cs.TailCall([n - 1, (*steps, "right")], target_blueprint_id="chosen") if n else [*steps, "right"]


    @cs.task
    def agent(state: dict) -> dict:
        state = {**state, "turns": state["turns"] + 1, "said": [*state["said"], state["turns"]]}
        return state if state["turns"] >= 4 else cs.TailCall(kwargs={"state": state})


    @cs.task
    def half(n: int) -> float:
        return n / 2


    @cs.task
    def rate(fruit: str) -> int:
        return {"apple": 3, "pear": 4}[fruit]


    @cs.task
    def basket(fruit: str, count: int) -> Basket:
        return Basket(fruit, count)


    @cs.task
    def flaky(word: str) -> str:
        TRIED.append(word)
        if len(TRIED) < 3:
            raise ConnectionError(f"attempt {len(TRIED)}")
        return f"{word} at attempt {len(TRIED)}"


    @cs.task
    def fail(text: str) -> str:
        raise LookupError(text)


    @cs.task
    async def later(n: int, seconds: float = 0.0) -> int:
        await asyncio.sleep(seconds)
        return n


    @cs.task
    async def both(left: int, right: int) -> list:
        return [left, right]


    @cs.resource
    def ledger():
        opened = ["opened"]
        try:
            yield opened
        finally:
            print("closed with", len(opened), file=sys.stderr)


    @cs.task
    def book(entry: object, ledger=cs.inject("ledger")) -> list:
        ledger.append(str(entry))
        return list(ledger)


    @cs.task
    def pair(left: object, right: object) -> list:
        return [left, right]


    @cs.task
    def step(n: int) -> object:
        return cs.Jump("again", {"n": n - 2}) if n > 1 else cs.Jump("exit", {"left": n})


    KEPT = cs.MemoryCache()


    def stepping():
        first = step(7)
        cs.bind(first, cs.select_jump({"again": first, "exit": None}))
        return first


    def kept():
        return pair(half(3).with_cache(KEPT), half(3).with_cache(KEPT))


    WORKFLOWS = {
        "sums": (lambda: add(10), ()),
        "takes_turns": (lambda: even(9), ()),
        "climbs": (lambda: climb(3), ()),
        "chooses": (lambda: chosen(5), ()),
        "acts": (lambda: agent({"turns": 0, "said": []}), ()),
        "steps": (stepping, ()),
        "retries": (lambda: flaky("there").with_retry(3), ()),
        "maps": (lambda: rate.map(fruit=["apple", "pear"]), ()),
        "routes": (lambda: cs.Router(half(4), {2.0: rate("pear"), 1.0: fail("not this")}), ()),
        "fills": (lambda: basket("pear", rate("apple")), ()),
        "overlaps": (lambda: both(later(1, 0.01), later(2)), ()),
        "gives_up": (lambda: later(1, 60.0).with_timeout(0.05), ()),
        "fails": (lambda: fail(cs.Param("text", default="none left")), ()),
        "books": (lambda: pair(book("apple"), book(half(3))), (ledger,)),
        "remembers": (kept, ()),
    }
"""
PRINTED = {
    "sums": "55",
    "takes_turns": "odd after 9",
    "climbs": "[1.5, 1.0, 0.5]",
    "chooses": '["left", 5, "right", 3, "right", 1, "right"]',
    "acts": '{"turns": 4, "said": [0, 1, 2, 3]}',
    "steps": '{"left": 1}',
    "retries": "there at attempt 3",
    "maps": "[3, 4]",
    "routes": "4",
    "fills": "Basket(fruit='pear', count=3)",
    "overlaps": "[1, 2]",
    "gives_up": "TimeoutError: 'later' took more than 0.05 s",
    "fails": "LookupError: none left",
    "books": '[["opened", "apple"], ["opened", "apple", "1.5"]]\nclosed with 3',
    "remembers": "[1.5, 1.5]",
}
"""What each prints, or the error that it ends with; then what it says on the way."""

_RUN_ALL = """
import contextlib, io, json, os, runpy, sys
_, folder, blocked, *sys.path[:0] = sys.argv
for name in blocked.split():
    sys.modules[name] = None
said = {}
for file in sorted(os.listdir(folder)):
    path, out, err = os.path.join(folder, file), io.StringIO(), io.StringIO()
    sys.argv = [path]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            code = end.code
    told = [line for line in err.getvalue().splitlines() if line.partition(":")[0].endswith(("Error", "with 3"))]
    said[file] = [code, *out.getvalue().splitlines(), *told[-1:]]
print(json.dumps(said))
"""
_SAVE_ALL = """
import importlib, os, sys
out, package, *sys.path[:0] = sys.argv[1:]
import cascade as cs
os.mkdir(out)
for name, (build, resources) in importlib.import_module(package).WORKFLOWS.items():
    function = cs.aot(build(), resources=resources)
    function.save(os.path.join(out, name + ".py"))
    function.save(os.path.join(out, name + "_alone.py"), standalone=True)
"""


@functools.cache
def interpreters() -> list[str]:
    """The running Python, then each other version that is here: on the path, in folders of pyenv, in
    `CASCADE_PYTHONS`.
    """
    found = [sys.executable]
    for version in VERSIONS:
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            continue
        name = f"python{version}"
        root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
        places = [shutil.which(name), *map(str, sorted(root.glob(f"versions/*/bin/{name}")))]
        found += next(([one] for one in places if one is not None and _says(one) == version), [])
    found += [one for one in os.environ.get("CASCADE_PYTHONS", "").split(os.pathsep) if one]
    return found


def _says(python: str) -> str:
    """The version that an interpreter says it is; nothing if it doesn't run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


@functools.cache
def compiling() -> list[str]:
    """Those that have what the generator needs."""
    command = ["-c", _COMPILES, "-", str(ROOT)]
    return [one for one in interpreters() if subprocess.run([one, *command], capture_output=True).returncode == 0]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("interpreters"), steps=STEPS)


@pytest.fixture(scope="module")
def saved(package: Package) -> tuple[Path, Path]:
    """Folders with every workflow, saved by the running Python: plain modules, standalone files."""
    plain, alone = package.folder / "plain", package.folder / "alone"
    plain.mkdir()
    alone.mkdir()
    for name, (build, resources) in package.load().WORKFLOWS.items():
        function = cs.aot(build(), resources=resources)
        function.save(plain / f"{name}.py")
        function.save(alone / f"{name}.py", standalone=True)
    return plain, alone


def said_by(python: str, folder: Path, blocked: str, *paths: Path) -> dict[str, list[object]]:
    """Exit code and output of each file of a folder, run as a command by one process."""
    command = [python, "-I", "-c", _RUN_ALL, str(folder), blocked, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[object]] = json.loads(done.stdout)
    return found


def expected() -> dict[str, list[object]]:
    return {f"{name}.py": [int("Error" in text), *text.split("\n")] for name, text in sorted(PRINTED.items())}


@pytest.mark.parametrize("python", interpreters())
def test_saved_modules_run_under_every_version(python: str, package: Package, saved: tuple[Path, Path]) -> None:
    assert said_by(python, saved[0], "libcst black", ROOT, package.folder) == expected()


@pytest.mark.parametrize("python", interpreters())
def test_standalone_files_run_under_every_version(python: str, saved: tuple[Path, Path]) -> None:
    assert said_by(python, saved[1], "cascade cascade_gen libcst black") == expected()


@pytest.mark.parametrize("python", compiling())
def test_every_version_generates_the_same(
    python: str, package: Package, saved: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [python, "-c", _SAVE_ALL, str(out), f"{package.name}.steps", str(ROOT), str(package.folder)]
    subprocess.run(command, check=True)
    for name in PRINTED:
        for file, other in ((f"{name}.py", saved[0]), (f"{name}_alone.py", saved[1])):
            assert (out / file).read_text() == (other / f"{name}.py").read_text()
