"""The README and the pages of docs: every block of code runs as it stands, and gives what the page shows.

A Python block that begins with the name of a file (`# agent.py`) is that file. Any other is run, in the names of
the blocks before it: `# -> value` behind an expression is its repr, `# raises Error: text` what a statement raises,
and what a block prints is the block that follows it. In a console block each `$` line is run, and prints the lines
below it. The expressions in a table of what "You write" are run, and those that are workflows compiled.
`--update-data` writes what is printed into the pages.
"""

from __future__ import annotations

import ast
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from cascade_gen.lang import ResourceDefinition

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/language.md", "docs/architecture.md"]

_FENCE = re.compile(r"```(\w*)")
_FILE = re.compile(r"# ([\w/]+\.\w+)")
_SHOWN = re.compile(r".*# (->|raises) (.*)")
_TABLE = "| You write |"
_CELL = re.compile(r"\| `([^`]+)` \|.*")
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_COMMANDS = {"python": [sys.executable], "cascade": [sys.executable, "-m", "cascade_gen.cli"]}


@dataclass
class Block:
    """A block of code: its language, the index of its first line in the page, and its lines."""

    language: str
    start: int
    lines: list[str]


@dataclass
class Page:
    """A page as lines, the blocks among them, and the lines that blocks should have had instead."""

    path: Path
    lines: list[str]
    blocks: list[Block] = field(default_factory=list)
    found: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str) -> Page:
        lines = (ROOT / name).read_text(encoding="utf-8").split("\n")
        page = cls(ROOT / name, lines)
        start, language = -1, ""
        for index, line in enumerate(lines):
            fence = _FENCE.fullmatch(line)
            if fence and start < 0:
                start, language = index + 1, fence[1]
            elif fence:
                page.blocks.append(Block(language, start, lines[start:index]))
                start = -1
        return page

    def corrected(self) -> str:
        """The page with every block as it was found."""
        text: list[str] = []
        done = 0
        for block in self.blocks:
            text += [*self.lines[done : block.start], *self.found.get(block.start, block.lines)]
            done = block.start + len(block.lines)
        return "\n".join([*text, *self.lines[done:]])


class Reader:
    """Reads a page from top to bottom as the user would, in a folder and a module of its own."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.module = ModuleType(page.path.stem.lower())
        self.file = folder / f"{self.module.__name__}.py"
        self.printed: list[str] = []
        self._write_module()

    def _write_module(self) -> None:
        """A file with the Python blocks on the lines that they have in the page: tasks need a source."""
        code = [""] * len(self.page.lines)
        for block in self.page.blocks:
            if block.language == "python":
                code[block.start : block.start + len(block.lines)] = block.lines
        self.file.write_text("\n".join(code), encoding="utf-8")
        self.module.__file__ = str(self.file)

    def read(self) -> None:
        for block in self.page.blocks:
            if self.printed:
                self.page.found[block.start], self.printed = self.printed, []
            elif block.language == "console":
                self.page.found[block.start] = list(self._console(block))
            elif block.language == "python":
                self._python(block)
        assert not self.printed, f"what the last block prints is not shown: {self.printed}"

    def _python(self, block: Block) -> None:
        name = _FILE.fullmatch(block.lines[0])
        if name:
            path = self.folder / name[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
            return
        tree = ast.parse("\n".join(block.lines))
        ast.increment_lineno(tree, block.start)
        stdout = io.StringIO()
        with redirect_stdout(stdout):
            for statement in tree.body:
                self._statement(statement)
        self.printed = stdout.getvalue().rstrip("\n").split("\n") if stdout.getvalue() else []

    def _statement(self, statement: ast.stmt) -> None:
        assert statement.end_lineno is not None
        last = self.page.lines[statement.end_lineno - 1]
        shown = _SHOWN.fullmatch(last)
        kind, expected = (shown[1], shown[2]) if shown else ("", "")
        place = f"{self.page.path.name}:{statement.lineno}"
        try:
            value = self._run(statement)
        except Exception as error:
            if kind != "raises":
                raise
            assert ": ".join([type(error).__name__, *str(error).splitlines()[:1]]) == expected, place
            return
        assert kind != "raises", f"{place} raises nothing"
        if kind:
            assert isinstance(statement, ast.Expr), f"{place} has no value"
            assert repr(value) == expected, place

    def _run(self, statement: ast.stmt) -> Any:
        namespace = vars(self.module)
        if isinstance(statement, ast.Expr):
            return eval(compile(ast.Expression(statement.value), str(self.file), "eval"), namespace)
        exec(compile(ast.Module([statement], []), str(self.file), "exec"), namespace)
        return None

    def _console(self, block: Block) -> Iterator[str]:
        for line in block.lines:
            if line.startswith("$ "):
                yield line
                yield from self._shell(line[2:])

    def _shell(self, line: str) -> list[str]:
        word, *arguments = shlex.split(line)
        done = subprocess.run(
            [*_COMMANDS[word], *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.stdout.rstrip("\n").split("\n") if done.stdout else []

    def tables(self) -> None:
        """Run the expressions in tables of what the user writes, in the names of the page and of its files."""
        names: dict[str, Any] = {}
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if file and Path(file).is_relative_to(self.folder):
                names |= vars(module)
        resources = [one for one in names.values() if isinstance(one, ResourceDefinition)]
        inside = False
        for line in self.page.lines:
            inside = line.startswith(_TABLE) or (inside and line.startswith("|"))
            cell = _CELL.fullmatch(line) if inside else None
            if cell:
                value = eval(cell[1], names)
                if isinstance(value, cs.LazyResult | cs.MappedLazyResult | cs.Router | dict):
                    assert callable(cs.aot(value, resources=resources))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.mark.parametrize("name", PAGES)
def test_does_what_it_shows(name: str, workspace: Path, request: pytest.FixtureRequest) -> None:
    page = Page.read(name)
    reader = Reader(page, workspace)
    sys.modules[reader.module.__name__] = reader.module
    reader.read()
    reader.tables()
    if request.config.getoption("--update-data"):
        page.path.write_text(page.corrected(), encoding="utf-8", newline="\n")
    else:
        assert page.corrected().split("\n") == page.lines


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = Page.read(name)
    for target in _LINK.findall("\n".join(page.lines)):
        assert "://" in target or (page.path.parent / target).exists(), target


def test_begins_with_targets_of_make() -> None:
    first = Page.read("README.md").blocks[0]
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    words = [line.split("#")[0].split() for line in first.lines]
    assert words == [["make", "demo"], ["make", "test"]]
    assert {target for _, target in words} <= set(targets)
