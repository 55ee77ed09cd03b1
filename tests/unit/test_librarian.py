"""The librarian agent, compiled and interpreted, against a plain loop written independently of it."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PACKAGES = ["json", "email", "asyncio", "importlib"]

Survey = Callable[..., Any]


@pytest.fixture(scope="module")
def librarian() -> Iterator[Any]:
    """The example as a module of its own, as `python examples/demo.py` imports it."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        yield importlib.import_module("librarian")
    finally:
        sys.path.remove(str(EXAMPLES))


@pytest.fixture(scope="module", params=["compiled", "called", "interpreted", "vm"])
def survey(request: pytest.FixtureRequest, librarian: Any) -> Survey:
    """Each way to run the workflow, as a function of its inputs."""
    workflow = librarian.librarian
    if request.param in ("compiled", "called"):
        run: Survey = cs.aot(workflow, inline=request.param == "compiled")
        return run

    def interpreted(**inputs: Any) -> Any:
        return asyncio.run(cs.Engine().run(workflow, inputs, use_vm=request.param == "vm"))

    return interpreted


# The oracle: a plain loop over os.walk


def plain(root: Path, top: int = 10, tests: bool = False) -> dict[str, Any]:
    """The report as a plain loop gives it; for broken files the name only."""
    functions: list[tuple[int, str, str]] = []
    importers: dict[str, set[str]] = {}
    broken: list[str] = []
    folders = files = lines = 0
    for place, below, names in os.walk(root):
        skipped = {"__pycache__", "site-packages", "dist-packages"}
        skipped |= set() if tests else {"test", "tests", "idle_test"}
        below[:] = [name for name in below if name not in skipped and not Path(place, name).is_symlink()]
        folders += 1
        for path in (Path(place, name) for name in names):
            if path.suffix != ".py" or not path.is_file():
                continue
            files += 1
            shown = path.relative_to(root).as_posix()
            try:
                with warnings.catch_warnings(action="ignore"):
                    parsed = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                broken.append(shown)
                continue
            lines += len(re.findall(rb"\r\n|\r|\n", path.read_bytes()))
            reader = Reader(shown)
            reader.visit(parsed)
            functions += reader.functions
            for module in reader.modules:
                importers.setdefault(module, set()).add(shown)
    functions.sort(key=lambda found: (-found[0], found[1], found[2]))
    counted = sorted(Counter({m: len(by) for m, by in importers.items()}).items(), key=lambda it: (-it[1], it[0]))
    return {
        "counts": (folders, files, lines, len(functions)),
        "longest": [(name, shown, length) for length, shown, name in functions[:top]],
        "imported": counted[:top],
        "broken": sorted(broken),
    }


class Reader(ast.NodeVisitor):
    """Every function and import of one module, by recursion through all of its nodes."""

    def __init__(self, shown: str) -> None:
        self.package = "/".join(shown.split("/")[:-1]).replace("/", ".")
        self.shown, self.scope = shown, list[str]()
        self.functions: list[tuple[int, str, str]] = []
        self.modules: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        first, last = node.lineno, node.end_lineno
        assert last is not None
        self.functions.append((last - first + 1, self.shown, ".".join([*self.scope, node.name])))
        self.scope += [node.name, "<locals>"]
        self.generic_visit(node)
        del self.scope[-2:]

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scope.append(node.name)
        self.generic_visit(node)
        self.scope.pop()

    def visit_Import(self, node: ast.Import) -> None:
        self.modules |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        written = "." * node.level + (node.module or "")
        try:
            self.modules.add(importlib.util.resolve_name(written, self.package))
        except ImportError:
            self.modules.add(written)


def facts(report: Any) -> dict[str, Any]:
    """A librarian's report in the form of the oracle."""
    return {
        "counts": (report.folders, report.files, report.lines, report.functions),
        "longest": [tuple(found) for found in report.longest],
        "imported": [tuple(found) for found in report.imported],
        "broken": [found.file for found in report.broken],
    }


# A small library with everything that can go wrong in it


FILES: dict[str, bytes] = {
    "plain.py": b"""\
import os, sys
import os.path as p

def top():
    def inner():
        pass
    return inner
""",
    "empty.py": b"",
    "latin.py": "# coding: latin-1\nname = 'é'\n\ndef accents():\n    return name\n".encode("latin-1"),
    "windows.py": b"import sys\r\n\r\ndef line_ends():\r\n    return 1\r\n",
    "notes.txt": b"def not_python(",
    "broken/syntax.py": b"import os\n\ndef half(:\n",
    "broken/encoding.py": b"# coding: utf-8\nname = '\xff'\n",
    "broken/codec.py": b"# coding: no-such-codec\n",
    "broken/null.py": b"a = 1\x00\n",
    "broken/deep.py": b"-" * 100_000 + b"1\n",
    "deep/er/still/async_.py": b"""\
import asyncio
from . import near
from ..up import thing
from ..... import beyond

class Outer:
    class Inner:
        async def method(self):
            if True:
                async def local():
                    import sys
                    return sys
                return local
""",
    "deep/er/hidden.py": b"""\
def tried():
    pass
try:
    import os
except ImportError:
    def fallback():
        return 1
else:
    def otherwise():
        return 2
finally:
    import re
match 1:
    case 1:
        def matched():
            class Local:
                def m(self): ...
            return Local
for _ in ():
    pass
else:
    import json
regex = '\\d'
""",
    "deep/__pycache__/cached.py": b"import cached\n",
    "deep/site-packages/installed.py": b"import installed\n",
    "deep/test/test_it.py": b"import unittest\n\ndef test():\n    pass\n",
    "named.py/inside.py": b"import sys\n",
}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def test_small_library_equals_a_plain_loop(survey: Survey, shelf: Path) -> None:
    report = facts(survey(folder=str(shelf), top=100))
    assert report == plain(shelf, top=100)
    assert report["counts"][:2] == (6, 12)
    assert ("Outer.Inner.method.<locals>.local", "deep/er/still/async_.py", 3) in report["longest"]
    assert ("matched.<locals>.Local.m", "deep/er/hidden.py", 1) in report["longest"]
    assert {"deep.er.still", "deep.er.up", ".....", "json", "re"} <= dict(report["imported"]).keys()
    assert not {"cached", "installed", "unittest"} & dict(report["imported"]).keys()


def test_test_folders_are_visited_on_request(survey: Survey, shelf: Path) -> None:
    report = facts(survey(folder=str(shelf), tests=True, top=100))
    assert report == plain(shelf, top=100, tests=True)
    assert "unittest" in dict(report["imported"])


def test_each_broken_file_has_its_reason(survey: Survey, shelf: Path) -> None:
    reasons = {found.file: found.reason for found in survey(folder=str(shelf)).broken}
    assert reasons.keys() == {f"broken/{name}.py" for name in ("syntax", "encoding", "codec", "null", "deep")}
    assert reasons["broken/syntax.py"].startswith("SyntaxError: ")
    assert reasons["broken/syntax.py"].endswith(" (line 3)")
    assert reasons["broken/codec.py"] == "SyntaxError: unknown encoding for 'broken/codec.py': no-such-codec"
    assert "can't decode byte 0xff" in reasons["broken/encoding.py"]
    assert "null bytes" in reasons["broken/null.py"]
    assert not any(str(shelf) in reason for reason in reasons.values())


@pytest.mark.parametrize("package", PACKAGES)
def test_standard_library_equals_a_plain_loop(survey: Survey, package: str) -> None:
    folder = Path(sysconfig.get_path("stdlib"), package)
    report = facts(survey(folder=str(folder)))
    assert report == plain(folder)
    assert report["counts"][1] > 3
    assert report["broken"] == []


def test_a_second_run_starts_anew(survey: Survey, shelf: Path) -> None:
    first, other = survey(folder=str(shelf)), survey(folder=str(shelf / "deep"))
    assert survey(folder=str(shelf)) == first != other


@pytest.mark.parametrize("top", [0, 1, 3])
def test_top_says_how_many_rows(survey: Survey, shelf: Path, top: int) -> None:
    report = survey(folder=str(shelf), top=top)
    assert (len(report.longest), len(report.imported), len(report.broken)) == (top, top, 5)
    assert facts(report) == plain(shelf, top=top)


def test_a_text_for_top_is_converted(survey: Survey, shelf: Path) -> None:
    assert survey(folder=str(shelf), top="2") == survey(folder=str(shelf), top=2)
    with pytest.raises(ValueError, match="top"):
        survey(folder=str(shelf), top="two")


def test_an_empty_folder(survey: Survey, tmp_path: Path) -> None:
    report = survey(folder=str(tmp_path))
    assert facts(report) == plain(tmp_path)
    assert str(report) == "1 folders, 0 files, 0 lines, 0 functions"


def test_a_missing_root_is_the_callers_to_see(survey: Survey, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        survey(folder=str(tmp_path / "nowhere"))


def test_links_to_folders_are_not_followed(survey: Survey, shelf: Path) -> None:
    try:
        (shelf / "deep" / "circle").symlink_to(shelf, target_is_directory=True)
        (shelf / "gone.py").symlink_to(shelf / "never.py")
    except OSError:
        pytest.skip("no symbolic links here")
    assert facts(survey(folder=str(shelf), top=100)) == plain(shelf, top=100)


def test_the_watcher_sees_each_entry_once(
    survey: Survey, librarian: Any, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []
    monkeypatch.setattr(librarian, "watcher", lambda *state: seen.append(state))
    report = survey(folder=str(shelf))
    names = [name for name, _, _ in seen]
    assert names[:5] == ["broken/", "deep/", "empty.py", "latin.py", "named.py/"]
    assert len(names) == len(set(names)) == report.folders - 1 + report.files
    assert [done for _, done, _ in seen] == list(range(len(seen)))
    assert seen[-1][2] == 0


def test_what_vanishes_meanwhile_is_reported(
    survey: Survey, librarian: Any, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(name: str, done: int, waiting: int) -> None:
        if name == "broken/":
            shutil.rmtree(shelf / "deep")
            (shelf / "plain.py").unlink()

    monkeypatch.setattr(librarian, "watcher", remove)
    broken = {found.file: found.reason for found in survey(folder=str(shelf)).broken}
    assert broken["deep/"].startswith("FileNotFoundError: ")
    assert broken["plain.py"].startswith("FileNotFoundError: ")


def test_an_exception_of_the_watcher_ends_the_survey(
    survey: Survey, librarian: Any, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(name: str, done: int, waiting: int) -> None:
        raise InterruptedError(name)

    monkeypatch.setattr(librarian, "watcher", stop)
    with pytest.raises(InterruptedError, match="broken/"):
        survey(folder=str(shelf))


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_file_name_of_another_encoding_can_be_printed(survey: Survey, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py")).write_bytes(b"def f(): pass\n")
    report = survey(folder=str(tmp_path))
    assert [found.file for found in report.longest] == ["caf�.py"]
    assert str(report).encode("utf-8")


# The generated module, and the demo around it


def test_the_module_is_one_plain_loop(librarian: Any) -> None:
    run = cs.aot(librarian.librarian)
    assert re.search(r"^        while ", run.source, re.MULTILINE)
    assert "TailCall" not in run.source
    assert not inspect.iscoroutinefunction(run)


def test_the_saved_module_runs_by_itself(librarian: Any, shelf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    run = cs.aot(librarian.librarian)
    run.save(folder / "agent.py")
    text = command([str(folder / "agent.py"), "--folder", str(shelf / "deep"), "--top", "2"]).stdout
    assert text == f"{run(folder=str(shelf / 'deep'), top=2)}\n"


def test_the_demo_prints_everything(shelf: Path) -> None:
    done = command([str(EXAMPLES / "demo.py"), str(shelf), "--top", "2"])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for part in (
        "Blueprint\n",
        "\n        while ",
        "Most imported modules:",
        "broken/null.py: ",
        "$ python agent.py",
    ):
        assert part in done.stdout


@pytest.mark.parametrize(("arguments", "code"), [(["nowhere"], 1), (["--top", "-1"], 2), (["--rows"], 2)])
def test_the_demo_says_what_is_wrong(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = command([str(EXAMPLES / "demo.py"), *arguments], cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def command(arguments: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run this Python on a file, with the examples and the library importable."""
    known = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(ROOT)]),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, *arguments], env=known, cwd=cwd, capture_output=True, text=True, encoding="utf-8"
    )
