"""Standalone files run by a process that can import nothing of the house."""

from __future__ import annotations

import atexit
import functools
import io
import os
import pickle
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import cascade as cs
from cascade_gen.runtime import alone, errors

from . import server


class Unpickler(pickle.Unpickler):
    """Takes the classes of a standalone file for those they were cut from: of `modules`, or Cascade's own."""

    def __init__(self, data: bytes, file: str, modules: tuple[ModuleType, ...]) -> None:
        super().__init__(io.BytesIO(data))
        self._file = file
        self._modules = (*modules, cs, alone, errors)

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name."""
        if module == self._file:
            return next(getattr(one, name) for one in self._modules if hasattr(one, name))
        return super().find_class(module, name)

    def persistent_load(self, name: str) -> Any:
        """A call of a task of that name."""
        return cs.task(_nothing, name=name)()


def _nothing() -> None:
    """The task of calls that nobody has made."""


@dataclass(frozen=True)
class Served:
    """A function of a saved file; `modules` are those its classes were taken from, `log` the list that calls fill."""

    path: Path
    function: str
    modules: tuple[ModuleType, ...]
    log: str

    def call(self, inputs: dict[str, Any]) -> tuple[Any, BaseException | None, list[Any]]:
        """What it gives, what it raises, and what it has put into its log, in this folder and environment."""
        request = {
            "path": str(self.path.absolute()),
            "function": self.function,
            "log": self.log,
            "folder": os.getcwd(),
            "environ": dict(os.environ),
            "inputs": pickle.dumps(inputs),
        }
        found: tuple[Any, BaseException | None, list[Any]] = Unpickler(
            _process().ask(request), self.path.stem, self.modules
        ).load()
        return found


class _Process:
    """The process that runs the files."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", server.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self._process.kill)

    def ask(self, request: dict[str, Any]) -> bytes:
        """The answer to a request, pickled."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        server.write(process.stdin, request)  # type: ignore[arg-type]
        return process.stdout.read(struct.unpack("<I", process.stdout.read(4))[0])


@functools.cache
def _process() -> _Process:
    """One for all."""
    return _Process()
