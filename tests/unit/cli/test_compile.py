"""`cascade build`, `show` and `check`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from cascade_gen.optimize import PASSES
from cascade_gen.shell.target import find_target
from tests.unit.cli.support import CRAWL, cascade, environment, shell, write, wrong

PASS_NAMES = [one.__name__ for one in PASSES]


class TestBuild:
    def test_writes_a_module_that_runs(self, project: Path) -> None:
        result = cascade("build", "crawl:countdown", "-o", "agent.py")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "agent.py" in result.stderr
        done = subprocess.run(
            [sys.executable, "agent.py", "--n", "3"], cwd=project, env=environment(), capture_output=True
        )
        assert (done.returncode, done.stdout) == (0, b"done\n"), done.stderr

    def test_not_shippable(self, project: Path) -> None:
        assert "inside" in wrong(cascade("build", "crawl:closure", "-o", "agent.py"))
        assert [one.name for one in project.iterdir() if one.name.startswith("agent")] == []

    def test_a_folder_that_is_not_there(self, project: Path) -> None:
        assert "can't write" in wrong(cascade("build", "crawl:countdown", "-o", "lost/agent.py"))

    def test_its_own_source(self, project: Path) -> None:
        before = (project / "crawl.py").read_text()
        said = wrong(cascade("build", "crawl:countdown", "-o", str(project / "crawl.py")))
        assert "is the source of what is compiled" in said
        assert (project / "crawl.py").read_text() == before

    def test_the_source_of_a_task(self, project: Path) -> None:
        (project / "other.py").write_text("from crawl import countdown\n\nlast = countdown(2)\n")
        assert "is the source of what is compiled" in wrong(cascade("build", "other:last", "-o", "crawl.py"))

    def test_a_file_that_hides_what_it_imports(self, project: Path) -> None:
        (project / "out").mkdir()
        for name, options in (("crawl", []), ("cascade_gen", []), ("crawl", ["--standalone"]), ("other", [])):
            result = cascade("build", "crawl:countdown", "-o", f"out/{name}.py", *options)
            assert result.exit_code == 0
            warned = f"warning: run as a script, 'out/{name}.py' finds itself as the module {name!r}" in result.stderr
            assert warned == (name != "other" and not options)

    def test_writes_over_a_saved_module(self, project: Path) -> None:
        for _ in range(2):
            assert cascade("build", "crawl:countdown", "-o", "agent.py").exit_code == 0

    def test_needs_a_file(self, project: Path) -> None:
        assert "--output" in wrong(cascade("build", "crawl:countdown"))


def compiled(name: str) -> Any:
    """What the command line compiles: the resources of the module are at its disposal."""
    found = find_target(name)
    return cs.aot(found.value, resources=[found.module.store])


class TestShow:
    def test_the_source_byte_for_byte(self, project: Path) -> None:
        done = shell(["show", "crawl:countdown"], project)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == compiled("crawl:countdown").source.encode()

    def test_the_blueprint(self, project: Path) -> None:
        result = cascade("show", "crawl:countdown", "--stage", "blueprint")
        assert result.exit_code == 0, result.stderr
        assert result.stdout.rstrip() == str(compiled("crawl:countdown").blueprint).rstrip()

    def test_the_workflow(self, project: Path) -> None:
        result = cascade("show", "crawl:circle", "--stage", "workflow")
        assert result.exit_code == 0, result.stderr
        assert "echo" in result.stdout

    @pytest.mark.parametrize("name", PASS_NAMES)
    def test_after_each_pass(self, project: Path, name: str) -> None:
        result = cascade("show", "crawl:report", "--after", name)
        assert result.exit_code == 0, result.stderr
        assert "later" in result.stdout

    def test_after_the_last_pass_is_the_blueprint(self, project: Path) -> None:
        last = cascade("show", "crawl:report", "--after", PASS_NAMES[-1])
        assert last.stdout == cascade("show", "crawl:report", "--stage", "blueprint").stdout

    def test_after_an_unknown_pass(self, project: Path) -> None:
        said = wrong(cascade("show", "crawl:report", "--after", "no_such_pass"))
        assert "there is no pass 'no_such_pass'" in said
        assert PASS_NAMES[0] in said

    def test_after_goes_with_the_blueprint(self, project: Path) -> None:
        said = wrong(cascade("show", "crawl:report", "--stage", "source", "--after", "inline"))
        assert "--after shows the Blueprint" in said

    def test_an_unknown_stage(self, project: Path) -> None:
        assert "bytecode" in wrong(cascade("show", "crawl:report", "--stage", "bytecode"))


PARTS = """
import cascade as cs


@cs.task
def echo(value: object) -> object:
    return value


@cs.workflow
def part(value: int):
    return [echo(value) for _ in range(2)]


@cs.workflow
def whole(value: int):
    return echo(part(value))


bound = echo(part(1))
"""


class TestCheck:
    @pytest.fixture
    def saved(self, project: Path) -> Path:
        assert cascade("build", "crawl:countdown", "-o", "agent.py").exit_code == 0
        return project / "agent.py"

    def test_fresh(self, saved: Path) -> None:
        assert cascade("check", str(saved)).exit_code == 0

    def test_edited(self, saved: Path) -> None:
        saved.write_text(saved.read_text().replace("while True", "while 1"))
        result = cascade("check", str(saved))
        assert result.exit_code == 1
        assert "edited" in result.stdout

    def test_stale(self, saved: Path, project: Path) -> None:
        write(project / "crawl.py", CRAWL.replace('return "done"', 'return "all done"'))
        done = shell(["check", str(saved)], project)
        assert done.returncode == 1, done.stderr
        assert b"countdown" in done.stdout

    @pytest.mark.parametrize("standalone", [[], ["--standalone"]])
    @pytest.mark.parametrize("name", ["whole", "bound", "part"])
    def test_a_workflow_that_declared_it_has_changed(self, project: Path, name: str, standalone: list[str]) -> None:
        write(project / "parts.py", PARTS)
        assert cascade("build", f"parts:{name}", "-o", "parts_saved.py", *standalone).exit_code == 0
        assert shell(["check", "parts_saved.py"], project).returncode == 0
        write(project / "parts.py", PARTS.replace("range(2)", "range(3)"))
        done = shell(["check", "parts_saved.py"], project)
        assert (done.returncode, done.stdout) == (1, b"parts:part has changed\n")

    def test_modules_beside_it_are_found_as_when_it_is_run(self, saved: Path, project: Path) -> None:
        elsewhere = project / "elsewhere"
        elsewhere.mkdir()
        assert shell(["check", str(saved)], elsewhere).stdout.endswith(b"agent.py: fresh\n")
        write(project / "crawl.py", CRAWL.replace('return "done"', 'return "all done"'))
        done = shell(["check", str(saved)], elsewhere)
        assert (done.returncode, done.stdout) == (1, b"crawl:countdown has changed\n")

    def test_no_file(self, project: Path) -> None:
        assert "there is no file 'lost.py'" in wrong(cascade("check", "lost.py"))

    def test_a_file_that_is_none_of_ours(self, project: Path) -> None:
        wrong(cascade("check", "crawl.py"))
