"""Results of saved modules that standard output doesn't take, in standalone files too."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from tests.standalone.support import Package

ROOT = Path(cs.__file__).resolve().parents[1]
STEPS = '''
    import cascade as cs


    @cs.task
    def echo(text: str):
        """Says it again, à la lettre."""
        return text


    class Mute:
        def __str__(self):
            raise LookupError("no words")


    @cs.task
    def mute():
        return Mute()


    class Loud:
        def __repr__(self):
            raise LookupError("no words")


    @cs.task
    def loud():
        return [Loud()]


    @cs.task
    def surrogate():
        return chr(0xD800)
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    found = Package(tmp_path_factory.mktemp("printed"), steps=STEPS)
    steps = found.load()
    for name in ("echo", "mute", "loud", "surrogate"):
        run = cs.aot(getattr(steps, name))
        run.save(found.folder / f"{name}_whole.py")
        run.save(found.folder / f"{name}_alone.py", standalone=True)
    return found


def ran(
    package: Package, file: str, *arguments: str, stdout: Any = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(package.folder), str(ROOT)]) if file.endswith("whole") else ""
    variables = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, str(package.folder / f"{file}.py"), *arguments]
    return subprocess.run(
        command, env=variables, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120, cwd=package.place
    )


@pytest.mark.parametrize("way", ["whole", "alone"])
class TestPrinted:
    def test_letters_that_its_encoding_lacks_are_escaped(self, package: Package, way: str) -> None:
        done = ran(package, f"echo_{way}", "--text", "é😀")
        assert (done.returncode, done.stdout, done.stderr) == (0, "\\xe9\\U0001f600\n", "")
        done = ran(package, f"surrogate_{way}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "\\ud800\n", "")

    @pytest.mark.parametrize("text", ["plain", "é"])
    def test_it_takes_nothing(self, package: Package, way: str, text: str) -> None:
        with open(os.devnull, "rb") as unwritable:
            done = ran(package, f"echo_{way}", "--text", text, stdout=unwritable)
        said = f"can't print the result: {os.strerror(errno.EBADF)}\n"
        assert (done.returncode, done.stderr) == (1, said)

    def test_its_reader_has_left(self, package: Package, way: str) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = ran(package, f"echo_{way}", "--text", "plain", stdout=writer)
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (1, "")

    @pytest.mark.parametrize("task", ["mute", "loud"])
    def test_the_text_of_a_result_that_fails_is_a_failure_of_the_workflow(
        self, package: Package, way: str, task: str
    ) -> None:
        done = ran(package, f"{task}_{way}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.endswith("LookupError: no words\n")
        assert "shown" not in done.stderr
        assert done.stderr.count("Traceback") == 1

    def test_help_is_printed_as_results_are(self, package: Package, way: str) -> None:
        done = ran(package, f"echo_{way}", "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Says it again, \\xe0 la lettre." in done.stdout.splitlines()
        with open(os.devnull, "rb") as unwritable:
            done = ran(package, f"echo_{way}", "--help", stdout=unwritable)
        assert (done.returncode, done.stderr) == (1, f"can't print the result: {os.strerror(errno.EBADF)}\n")
