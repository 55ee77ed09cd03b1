"""Packages written for a test, saved as standalone files and run where Cascade can't be imported."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import cascade as cs

_names = itertools.count()
_RUN = """
import runpy, sys
sys.modules["cascade"] = sys.modules["cascade_gen"] = sys.modules["libcst"] = sys.modules["black"] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Package:
    """A package of the user's in a folder; `modules` are its texts by name, with PACKAGE for its own name."""

    def __init__(self, folder: Path, **modules: str) -> None:
        self.folder = folder
        self.name = f"orchard_{next(_names)}"
        self.place = folder / self.name
        self.place.mkdir()
        for name, text in {"__init__": "", **modules}.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write one of the modules."""
        path = self.place / f"{name}.py"
        path.write_text(dedent(text).lstrip("\n").replace("PACKAGE", self.name), encoding="utf-8")

    def load(self, name: str = "steps") -> ModuleType:
        """Import one of the modules."""
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        importlib.invalidate_caches()
        return importlib.import_module(f"{self.name}.{name}")

    def apart(self, code: str) -> str:
        """What code prints that imports the package in a process of its own."""
        command = [sys.executable, "-c", code]
        places = os.pathsep.join((str(self.folder), str(Path(cs.__file__).parent.parent)))
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": places}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def save(self, workflow: Any, name: str = "agent", **options: Any) -> Path:
        """Save a workflow as a standalone file of a folder of its own."""
        path = self.folder / "out" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        cs.aot(workflow, **options).save(path, standalone=True)
        return path


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a file as a command, in a process that can't import Cascade."""
    command = [sys.executable, "-I", "-c", _RUN, str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=path.parent)


def printed(path: Path, *arguments: str) -> str:
    """What running a file prints; it has to end well."""
    done = run(path, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def refusal(package: Package, workflow: Any, **options: Any) -> str:
    """The words in which a workflow is refused; nothing is written."""
    try:
        package.save(workflow, **options)
    except cs.NotShippableError as error:
        assert list((package.folder / "out").glob("*")) == []
        return str(error)
    raise AssertionError("it was saved")
