"""Runs standalone files where neither Cascade nor the tests can be imported: `python -I server.py`.

Requests and answers are pickles on standard input and output, each behind its length. This file imports nothing of
the house, so that what it runs can't either.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import io
import os
import pickle
import struct
import sys
from types import ModuleType
from typing import Any, BinaryIO

BLOCKED = ("cascade", "cascade_gen", "tests", "libcst", "black")

_loaded: list[ModuleType] = []


class Blocker:
    """Finds nothing, but for what must not be found: that is an error."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """No spec; `ModuleNotFoundError` for the blocked packages."""
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class Unpickler(pickle.Unpickler):
    """Reads inputs; the classes of blocked packages are those of that name in the file."""

    def __init__(self, data: bytes, module: ModuleType) -> None:
        super().__init__(io.BytesIO(data))
        self._module = module

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name."""
        if module.partition(".")[0] in BLOCKED:
            return getattr(self._module, name)
        return super().find_class(module, name)


class Pickler(pickle.Pickler):
    """Writes values; calls that nobody has made are told by the names of their tasks."""

    def persistent_id(self, value: Any) -> str | None:
        """That name; None for all else."""
        return str(value.task.name) if type(value).__name__ == "LazyResult" else None


def read(stream: BinaryIO) -> Any:
    """The next message; None at the end."""
    head = stream.read(4)
    return pickle.loads(stream.read(struct.unpack("<I", head)[0])) if len(head) == 4 else None


def write(stream: BinaryIO, message: Any) -> None:
    """Send a message."""
    data = io.BytesIO()
    Pickler(data).dump(message)
    stream.write(struct.pack("<I", data.tell()) + data.getvalue())
    stream.flush()


async def _finish(awaitable: Any) -> Any:
    return await awaitable


def load(path: str) -> ModuleType:
    """The module of a file, imported at its first call; the one before it is forgotten."""
    folder, _, file = path.rpartition(os.sep)
    name = file.removesuffix(".py")
    if not _loaded or _loaded[0].__name__ != name:
        for one in _loaded:
            sys.modules.pop(one.__name__, None)
        if folder not in sys.path:  # where child processes find it
            sys.path.insert(0, folder)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        _loaded[:] = [module]
        spec.loader.exec_module(module)
    return _loaded[0]


def answer(request: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
    """Value, exception and log of one call."""
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["folder"])
    value, error, log = None, None, list[Any]()
    try:
        module = load(request["path"])
        log = getattr(module, request["log"], log)
        log.clear()
        value = getattr(module, request["function"])(**Unpickler(request["inputs"], module).load())
        if inspect.isawaitable(value):
            value = asyncio.run(_finish(value))
    except Exception as raised:
        value, error = None, raised
    return value, error, log


def main() -> None:
    """Answer requests until the input ends."""
    sys.meta_path.insert(0, Blocker())
    sys.dont_write_bytecode = True
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what tasks print
    while (request := read(sys.stdin.buffer)) is not None:
        value, error, log = answer(request)
        try:
            write(answers, (value, error, log))
        except Exception as unsent:
            write(answers, (None, RuntimeError(f"can't send {value!r} or {error!r}: {unsent}"), log))
    os._exit(0)  # threads that a timeout has abandoned are not waited for


if __name__ == "__main__":
    main()
