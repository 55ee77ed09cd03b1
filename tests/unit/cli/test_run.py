"""`cascade run`: results, inputs, failures."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.cli.support import CRAWL, ROOT, cascade, environment, shell, write, wrong

MUTE = """\
    import cascade as cs


    class Mute:
        def __str__(self):
            raise LookupError("no words")


    @cs.task
    def mute():
        return Mute()
"""

LONG = """\
    import cascade as cs


    @cs.task
    def long():
        return "x" * 3_000_000
"""


class TestRun:
    @pytest.mark.parametrize(
        ("arguments", "printed"),
        [
            (["crawl:countdown", "--input", "n=5"], "done\n"),
            (["crawl:countdown", "-i", "n=6", "-i", "step=2"], "done\n"),
            (["crawl:later", "-i", "n=1"], "2\n"),
            (["crawl:report", "-i", "n=1"], "2\n"),
            (["crawl:count", "-i", 'words=["to", "be"]'], '{"to": 2, "be": 2}\n'),
            (["crawl:echo", "-i", "value=[1, null, true]"], "[1, null, true]\n"),
            (["crawl:echo", "-i", "value=plain text"], "plain text\n"),
            (["crawl:echo", "-i", "value=a=b"], "a=b\n"),
            (["crawl:echo", "-i", "value=null"], ""),
            (["crawl:echo", "-i", "value="], "\n"),
            (["crawl:fetch", "-i", "url=index"], "page at index\n"),
            (["crawl:both"], '[1, "two"]\n'),
            (["crawl:Group.inner"], "5\n"),
            (["crawl:dated", "-i", "day=2024-02-29"], "2024-02-29\n"),
            (["crawl:tagged"], "none\n"),
            (["crawl:tagged", "-i", "tag=007"], "007\n"),
            (["crawl:tagged", "-i", "tag=[]"], "[]\n"),
            (["crawl:visit"], "visited the store\n"),
            (["crawl.py:countdown", "-i", "n=1"], "done\n"),
            (["./crawl.py:countdown", "-i", "n=1"], "done\n"),
        ],
    )
    @pytest.mark.parametrize("executor", ["--vm", "--no-vm"])
    def test_prints_the_result(self, project: Path, arguments: list[str], printed: str, executor: str) -> None:
        result = cascade("run", *arguments, executor)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == printed

    @pytest.mark.parametrize("executor", ["--vm", "--no-vm"])
    def test_a_failure_shows_the_users_frames_and_exits_1(self, project: Path, executor: str) -> None:
        result = cascade("run", "crawl:fail", "-i", "n=7", executor)
        assert result.exit_code == 1
        assert result.stdout == ""
        line = 1 + dedent(CRAWL).splitlines().index('    raise LookupError(f"no page {n}")')
        assert f'crawl.py", line {line}' in result.stderr
        assert "LookupError: no page 7" in result.stderr
        assert str(ROOT / "cascade_gen") not in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["crawl:countdown", "-i", "n=five"], "input 'n' takes an int; got 'five'"),
            (["crawl:countdown", "-i", "setp=5"], "unknown input 'setp'; did you mean 'step'?"),
            (["crawl:countdown", "-i", "zebra=5"], "unknown input 'zebra'\nThe inputs are"),
            (["crawl:countdown", "-i", "n"], "an input is given as name=value; got 'n'"),
            (["crawl:countdown", "-i", "n=1", "-i", "n=2"], "input 'n' is given twice"),
            (["crawl:countdown"], "missing input; give it with --input n=VALUE"),
            (["crawl:dated"], "missing input; give it with --input day=VALUE"),
            (["crawl:dated", "-i", "day=soon"], "'day' can't be 'soon'"),
            (["crawl:both", "-i", "n=1"], "unknown input 'n'; the workflow has none"),
            (["crawl:count", "-i", "words=to be"], "input 'words' takes JSON"),
            (["crawl:count", "-i", "words={}"], "input 'words' takes a list, written in JSON"),
            (["crawl:countdwon"], "module 'crawl' has no 'countdwon'; did you mean 'countdown'?"),
            (["crawl:Group.outer"], "'Group' has no 'outer'"),
            (["crwl:countdown"], "there is no module 'crwl'"),
            (["crawl.lost:countdown"], "there is no module 'crawl.lost'"),
            (["lost/crawl.py:countdown"], "there is no file 'lost/crawl.py'"),
            (["crawl"], "expected MODULE:NAME"),
            (["crawl:"], "expected MODULE:NAME"),
            (["..crawl:countdown"], "can't be the name of a module"),
            (["crawl:number"], "CS102"),
            (["crawl:circle"], "CS101"),
        ],
    )
    def test_wrong_usage(self, project: Path, arguments: list[str], said: str) -> None:
        assert said in wrong(cascade("run", *arguments))

    def test_an_unknown_option_is_wrong_usage(self, project: Path) -> None:
        assert "--nput" in wrong(cascade("run", "crawl:countdown", "--nput", "n=1"))

    def test_a_module_that_fails_shows_where(self, project: Path) -> None:
        write(project / "broken.py", "import crawl\n\nlimit = 1 / 0\n")
        result = cascade("run", "broken:flow")
        assert (result.exit_code, result.stdout) == (2, "")
        assert 'broken.py", line 3' in result.stderr
        assert "ZeroDivisionError" in result.stderr
        assert "importlib" not in result.stderr
        assert str(ROOT / "cascade_gen") not in result.stderr

    def test_a_missing_import_of_the_module_is_not_a_missing_module(self, project: Path) -> None:
        write(project / "needy.py", "import no_such_thing\n")
        result = cascade("run", "needy:flow")
        assert result.exit_code == 2
        assert 'needy.py", line 1' in result.stderr

    @pytest.mark.parametrize(
        ("command", "name", "code"),
        [("run", "crawl:number", "CS102"), ("run", "crawl:again", "CS112"), ("visualize", "crawl:number", "CS102")],
    )
    def test_what_is_no_workflow_has_no_line_of_the_command_lines_own(
        self, project: Path, command: str, name: str, code: str
    ) -> None:
        write(project / "crawl.py", f"{dedent(CRAWL)}\n\n@cs.workflow\ndef again(n):\n    return again(n)\n")
        done = shell([command, name], project)
        assert done.returncode == 2
        said = done.stderr.decode()
        assert said.startswith(f"error: {code}: ")
        assert [line for line in said.splitlines() if "-->" in line and "crawl.py" not in line] == []
        assert "typer" not in said

    def test_a_warning_is_told_as_errors_are(self, project: Path) -> None:
        write(
            project / "forgetful.py",
            """\
            import warnings
            import cascade as cs

            @cs.task
            def show(n=1):
                warnings.warn("something of its own", stacklevel=1)
                return n

            @cs.workflow
            def forgets(n=1):
                show(n)
            """,
        )
        before = warnings.showwarning
        result = cascade("run", "forgetful:forgets")
        assert result.exit_code == 0
        assert result.stderr.startswith("warning: CS306: the workflow 'forgets' returns nothing")
        assert result.stderr.splitlines()[-1].startswith("  = help: ")
        others = shell(["run", "forgetful:show"], project)
        assert others.stdout == b"1\n"
        assert b"forgetful.py:6: UserWarning: something of its own" in others.stderr
        assert warnings.showwarning is before

    @pytest.mark.parametrize("way", ["--vm", "--no-vm"])
    def test_the_type_of_a_param_is_asked_once(self, project: Path, way: str) -> None:
        write(
            project / "asking.py",
            """
            import cascade as cs

            def loud(text):
                print("asked for", text)
                return text.upper()

            @cs.task
            def both(one, other):
                return f"{one} {other}"

            @cs.task
            def hands_on(name):
                return [both(name, cs.Param("name", default="nobody"))].pop()

            twice = both(cs.Param("name", type=loud), cs.Param("name", type=loud))
            handed = hands_on(cs.Param("name", type=loud))
            """,
        )
        for name in ("twice", "handed"):
            assert cascade("run", f"asking:{name}", way, "-i", "name=ada").stdout == "asked for ada\nADA ADA\n"

    def test_a_warning_can_be_made_an_error(self, project: Path) -> None:
        write(project / "forgetful.py", "import cascade as cs\n\n@cs.workflow\ndef forgets():\n    cs.Param('n')\n")
        done = shell(["run", "forgetful:forgets"], project, PYTHONWARNINGS="error::UserWarning")
        assert done.returncode == 2
        assert b"CS306" in done.stderr

    def test_interrupted(self, project: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "cascade_gen.cli", "run", "crawl:wait"],
            cwd=project,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "waiting\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert said == "interrupted\n"

    def test_the_text_of_a_result_that_fails_is_a_failure_of_the_workflow(self, project: Path) -> None:
        write(project / "mute.py", MUTE)
        done = shell(["run", "mute:mute"], project)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.endswith(b"LookupError: no words\n")
        assert b"cascade_gen" not in done.stderr

    def test_stdout_that_nobody_reads(self, project: Path) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        arguments = ["run", "crawl:countdown", "-i", "n=1"]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "cascade_gen.cli", *arguments],
                cwd=project,
                env=environment(),
                stdout=writer,
                stderr=subprocess.PIPE,
                timeout=120,
            )
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (1, b"")

    @pytest.mark.parametrize("arguments", [["run", "crawl:countdown", "-i", "n=1"], ["show", "crawl:countdown"]])
    def test_stdout_that_takes_nothing(self, arguments: list[str], project: Path) -> None:
        with open(os.devnull, "rb") as unwritable:
            done = subprocess.run(
                [sys.executable, "-m", "cascade_gen.cli", *arguments],
                cwd=project,
                env=environment(),
                stdout=unwritable,
                stderr=subprocess.PIPE,
                timeout=120,
                text=True,
            )
        assert done.returncode == 1
        assert done.stderr == f"error: can't write to standard output: {os.strerror(errno.EBADF)}\n"

    @pytest.mark.parametrize("arguments", [["run", "crawl:countdown", "-i", "n=1"], ["show", "crawl:countdown"]])
    def test_stdout_that_is_closed(self, arguments: list[str], project: Path) -> None:
        command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "cascade_gen.cli", *arguments]
        done = subprocess.run(command, cwd=project, env=environment(), stderr=subprocess.PIPE, timeout=120)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_a_reader_that_leaves_in_the_midst(self, unbuffered: str, project: Path) -> None:
        write(project / "long.py", LONG)
        process = subprocess.Popen(
            [sys.executable, "-m", "cascade_gen.cli", "run", "long:long"],
            cwd=project,
            env=environment() | {"PYTHONUNBUFFERED": unbuffered},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None and process.stderr is not None
            assert process.stdout.read(10) == b"x" * 10
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 1

    def test_a_long_result_without_a_buffer(self, project: Path) -> None:
        write(project / "long.py", LONG)
        done = subprocess.run(
            [sys.executable, "-m", "cascade_gen.cli", "run", "long:long"],
            cwd=project,
            env=environment() | {"PYTHONUNBUFFERED": "1"},
            capture_output=True,
            timeout=120,
        )
        assert (done.returncode, len(done.stdout), done.stderr) == (0, 3_000_001, b"")
