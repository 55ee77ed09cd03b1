"""The column of standalone files: saved as one file, and run by a process that can import nothing of the house."""

from __future__ import annotations

import atexit
import functools
import io
import itertools
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import cascade as cs
from cascade_gen.runtime import alone, errors

from . import alone_server
from .table import Feature, log

_names = itertools.count()


class Unpickler(pickle.Unpickler):
    """Takes the classes of a standalone file for those they were cut from."""

    def __init__(self, data: bytes, feature: Feature) -> None:
        super().__init__(io.BytesIO(data))
        self._modules = [sys.modules[feature.module], sys.modules[f"{__package__}.words"], cs, alone, errors]

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name."""
        if module.startswith("alone_"):
            return next(getattr(one, name) for one in self._modules if hasattr(one, name))
        return super().find_class(module, name)


class Server:
    """The process that runs standalone files."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", alone_server.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self._process.kill)

    def call(self, feature: Feature, module: str, function: str, inputs: dict[str, Any]) -> Any:
        """What a function of a file in the current folder gives or raises; its log is added to this process's."""
        request = {
            "module": module,
            "function": function,
            "folder": os.getcwd(),
            "environ": dict(os.environ),
            "inputs": inputs,
        }
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        alone_server.write(process.stdin, request)  # type: ignore[arg-type]
        size = struct.unpack("<I", process.stdout.read(4))[0]
        value, error, calls = Unpickler(process.stdout.read(size), feature).load()
        log.extend(calls)
        if error is not None:
            raise error
        return value


@functools.cache
def server() -> Server:
    """The one server of this process."""
    return Server()


def save_alone(feature: Feature, function: Any) -> tuple[str, str]:
    """Save a compiled feature as a standalone file of the current folder; gives the names of module and function."""
    module = f"alone_{next(_names)}"
    function.save(Path(f"{module}.py"), standalone=True)
    return module, str(function.__code__.co_name)
