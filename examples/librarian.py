"""A librarian: an agent that reads a whole library of Python files, one entry a round.

It starts with a queue of what lies in a root folder (the running Python's standard library, unless told
otherwise). Each round takes one entry: a folder adds what it holds, a file is parsed and counted. When
nothing waits any more, it reports the longest functions, the most imported modules and the broken files.

    cs.aot(librarian)(folder="src", top=5)                         # compiled
    asyncio.run(cs.Engine().run(librarian, {"folder": "src"}))     # interpreted
    cascade run examples/librarian.py:librarian --input top=5      # from the shell
"""

from __future__ import annotations

import ast
import os
import sysconfig
import tokenize
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, NamedTuple

import cascade as cs

NOT_THE_LIBRARY = frozenset({"__pycache__", "site-packages", "dist-packages"})
TEST_FOLDERS = frozenset({"test", "tests", "idle_test"})

watcher: Callable[[str, int, int], None] | None = None
"""Called each round with the entry taken, the number done before it and the number still waiting."""


class Function(NamedTuple):
    """A function of the library: its qualified name as Python gives it, its file, and the lines it spans."""

    name: str
    file: str
    lines: int


class Import(NamedTuple):
    """A module, and how many files import it."""

    module: str
    files: int


class Broken(NamedTuple):
    """A file that doesn't parse or a folder that can't be listed, and why."""

    file: str
    reason: str


@dataclass(slots=True)
class Page:
    """What one file holds; `broken` says why it holds nothing."""

    file: str
    lines: int = 0
    functions: list[Function] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    broken: str | None = None


@dataclass(slots=True)
class Findings:
    """What is known so far: one object a run, filled in place."""

    folders: int = 1  # the root itself
    files: int = 0
    lines: int = 0
    functions: list[Function] = field(default_factory=list)
    imports: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """What the librarian hands in; `str()` of it is a page of plain text."""

    folders: int
    files: int
    lines: int
    functions: int
    longest: tuple[Function, ...]
    imported: tuple[Import, ...]
    broken: tuple[Broken, ...]

    def summary(self) -> str:
        """How much was read, in one line."""
        read = {
            "folders": self.folders,
            "files": self.files,
            "lines": self.lines,
            "functions": self.functions,
        }
        return ", ".join(f"{number:,} {what}" for what, number in read.items())

    def __str__(self) -> str:
        return "\n".join(
            [
                self.summary(),
                *_section("Longest functions", [f"{f.lines:>6}  {f.name}  ({f.file})" for f in self.longest]),
                *_section("Most imported modules", [f"{m.files:>6}  {m.module}" for m in self.imported]),
                *_section("Files that don't parse", [f"  {b.file}: {b.reason}" for b in self.broken]),
            ]
        )


# The workflow and its tasks


@cs.workflow
def librarian(folder: str | None = None, tests: bool = False) -> Any:
    """Survey a folder, by default the standard library, and report on it."""
    root = find_root(folder)
    top = cs.Param("top", default=10, type=int, description="how many rows each list has")
    return survey(open_library(root, tests), root, tests, top)


@cs.task
def find_root(folder: str | None) -> str:
    """The folder to survey, as an absolute path."""
    return os.path.abspath(folder or sysconfig.get_path("stdlib"))


@cs.task
def open_library(root: str, tests: bool) -> deque[str]:
    """The first queue: what lies in the root folder. An `OSError` of the root is the caller's to see."""
    return deque(entries(root, "", tests))


@cs.task
def survey(queue: deque[str], root: str, tests: bool, top: int, findings: Findings | None = None) -> Any:
    """One round: take an entry, learn from it, go round with what is left; with nothing left, report.

    The state is a deque and a `Findings`, changed in place as a plain loop would do; each run makes its own.
    """
    if findings is None:
        findings = Findings()
    if not queue:
        return report(findings, top)
    name = queue.popleft()
    if watcher is not None:
        watcher(name, findings.folders + findings.files - 1, len(queue))
    if not name.endswith("/"):
        return cs.tail(survey, queue=queue, findings=enter(findings, read(root, name)))
    findings.folders += 1
    try:
        queue.extend(entries(root, name, tests))
    except OSError as error:
        findings.broken.append(Broken(printable(name), reason_of(error)))
    return cs.tail(survey, queue=queue, findings=findings)


@cs.task
def read(root: str, name: str) -> Page:
    """Read and parse one file. A file that can't be is a finding too, not the end of the survey."""
    page = Page(printable(name))
    path = os.path.join(root, name)
    try:
        with tokenize.open(path) as file:  # decodes as the file's coding line says
            source = file.read()
        tree = parse(source, page.file)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # Deep nesting is a RecursionError or MemoryError, null bytes and bad encodings are ValueErrors.
        page.broken = reason_of(error).replace(repr(path), repr(page.file))
        return page
    page.lines = source.count("\n")
    for node, scope in definitions_and_imports(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            page.functions.append(Function(scope + node.name, page.file, (node.end_lineno or 0) - node.lineno + 1))
        else:
            page.imports.update(modules_of(node, page.file))
    return page


@cs.task
def enter(findings: Findings, page: Page) -> Findings:
    """Add a file's page to the findings."""
    findings.files += 1
    findings.lines += page.lines
    findings.functions += page.functions
    findings.imports.update(page.imports)
    if page.broken is not None:
        findings.broken.append(Broken(page.file, page.broken))
    return findings


@cs.task
def report(findings: Findings, top: int) -> Report:
    """Sum the findings up: `top` rows each of functions and modules, and every broken file."""
    longest = nsmallest(top, findings.functions, key=lambda found: (-found.lines, found.file, found.name))
    imported = nsmallest(top, findings.imports.items(), key=lambda item: (-item[1], item[0]))
    return Report(
        folders=findings.folders,
        files=findings.files,
        lines=findings.lines,
        functions=len(findings.functions),
        longest=tuple(longest),
        imported=tuple(Import(*item) for item in imported),
        broken=tuple(sorted(findings.broken)),
    )


# Plain functions the tasks use


def entries(root: str, folder: str, tests: bool) -> list[str]:
    """The folders (with a slash at the end) and Python files of a folder, relative to the root and sorted.

    Symbolic links to folders are left out, as they may lead in circles.
    """
    with os.scandir(os.path.join(root, folder)) as found:
        names = [
            folder + entry.name + "/" if entry.is_dir(follow_symlinks=False) else folder + entry.name
            for entry in found
            if belongs(entry, tests)
        ]
    return sorted(names)


def belongs(entry: os.DirEntry[str], tests: bool) -> bool:
    """Whether the survey visits an entry."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name not in NOT_THE_LIBRARY and (tests or entry.name not in TEST_FOLDERS)
    return entry.name.endswith(".py") and entry.is_file()


def parse(source: str, file: str) -> ast.Module:
    """`ast.parse` without the warnings that odd literals give, which are no business of the reader."""
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(source, file)


Found = ast.FunctionDef | ast.AsyncFunctionDef | ast.Import | ast.ImportFrom


def definitions_and_imports(tree: ast.Module) -> Iterator[tuple[Found, str]]:
    """Each function and import of a module, with the prefix its place gives a qualified name.

    Only statements are walked, since an expression holds neither; with a list in place of recursion, since
    `elif` chains nest without end.
    """
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, scope = waiting.pop()
        if isinstance(node, Found):
            yield node, scope
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            scope += node.name + ".<locals>."
        elif isinstance(node, ast.ClassDef):
            scope += node.name + "."
        for block in ("body", "handlers", "orelse", "finalbody", "cases"):
            waiting.extend((inner, scope) for inner in getattr(node, block, ()))


def modules_of(node: ast.Import | ast.ImportFrom, file: str) -> list[str]:
    """The modules that a statement imports, relative ones spelt out from where the file lies.

    `from . import text` in `email/mime/base.py` imports `email.mime`; what leaves the root keeps its dots.
    """
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    package = file.split("/")[:-1]
    above = node.level - 1
    if above < 0:
        return [node.module or ""]
    if above >= len(package):
        return ["." * node.level + (node.module or "")]
    return [".".join([*package[: len(package) - above], *([node.module] if node.module else [])])]


def reason_of(error: Exception) -> str:
    """Why a file is broken, in one line."""
    match error:
        case SyntaxError(lineno=int(line)):
            words = f"{error.msg} (line {line})"
        case SyntaxError():
            words = error.msg
        case OSError():
            words = error.strerror or str(error)
        case _:
            words = str(error) or "too deeply nested"  # what the parser's MemoryError leaves unsaid
    return f"{type(error).__name__}: {words}"


def printable(name: str) -> str:
    """A file's name that can be printed: bytes of another encoding are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _section(title: str, rows: list[str]) -> list[str]:
    """A titled part of the plain report; nothing if it has no rows."""
    return ["", f"{title}:", *rows] if rows else []
