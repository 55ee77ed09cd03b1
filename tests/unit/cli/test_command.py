"""The command itself, `cascade explain` and `cascade visualize`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cascade_gen._version import __version__
from cascade_gen.inspect.codes import CODES
from tests.unit.cli.support import cascade, environment, wrong

ENDLESS = """\
import cascade as cs


@cs.workflow
def again(n: int = 1):
    return again(n)
"""


class TestExplain:
    @pytest.mark.parametrize("code", list(CODES))
    def test_every_code(self, code: str) -> None:
        result = cascade("explain", code.lower())
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith(f"{code}: {CODES[code].title}\n")
        for line in (CODES[code].wrong + CODES[code].right).splitlines():
            assert line.rstrip() in result.stdout

    def test_an_unknown_code(self) -> None:
        said = wrong(cascade("explain", "CS000"))
        assert "there is no error 'CS000'" in said
        assert "CS101" in said

    def test_a_code_that_is_close(self) -> None:
        assert "did you mean 'CS304'?" in wrong(cascade("explain", "cs34"))


class TestVisualize:
    def test_prints_the_text(self, project: Path) -> None:
        result = cascade("visualize", "crawl:report")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("digraph report {\n")
        assert "label=later" in result.stdout

    @pytest.mark.parametrize("name", ["graph.dot", "graph.gv"])
    def test_writes_the_text(self, project: Path, name: str) -> None:
        result = cascade("visualize", "crawl:report", "-o", name)
        assert (result.exit_code, result.stdout) == (0, "")
        assert (project / name).read_text() == cascade("visualize", "crawl:report").stdout

    def test_a_picture_needs_graphviz(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(project))
        said = wrong(cascade("visualize", "crawl:report", "-o", "graph.svg"))
        assert "needs Graphviz" in said
        assert "graph.dot" in said
        assert not (project / "graph.svg").exists()

    def test_a_suffix_that_is_no_picture(self, project: Path) -> None:
        assert "graph.svg" in wrong(cascade("visualize", "crawl:report", "-o", "graph.docx"))

    def test_a_folder_that_is_not_there(self, project: Path) -> None:
        assert "can't write" in wrong(cascade("visualize", "crawl:report", "-o", "lost/graph.dot"))


@pytest.mark.parametrize("arguments", [["visualize"], ["show", "--stage", "workflow"], ["show"], ["run"]])
def test_a_workflow_that_calls_itself(arguments: list[str], project: Path) -> None:
    (project / "endless.py").write_text(ENDLESS)
    said = wrong(cascade(*arguments, "endless:again"))
    assert "error: CS112: the workflow 'again' calls itself while it is traced" in said
    assert "endless.py:6" in said


class TestCommand:
    def test_version(self) -> None:
        result = cascade("--version")
        assert (result.exit_code, result.stdout) == (0, f"cascade {__version__}\n")

    def test_help_names_every_command(self) -> None:
        result = cascade("--help")
        assert result.exit_code == 0
        for name in ("run", "build", "show", "check", "diff", "explain", "visualize"):
            assert f"\n  {name} " in result.stdout

    def test_starts_without_the_compiler(self) -> None:
        code = "import sys, cascade_gen.cli\n" "print(*{'libcst', 'black', 'graphviz', 'asyncio'} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True)
        assert done.stdout == b"\n"


@pytest.mark.parametrize("module", ["cascade", "cascade_gen.cli"])
def test_python_runs_it_as_a_module(module: str, project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "run", "crawl:countdown", "-i", "n=2"],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")
