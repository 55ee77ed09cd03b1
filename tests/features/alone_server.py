"""Runs standalone files where neither Cascade nor the tests can be imported: `python -I alone_server.py`.

Requests and answers are pickles on standard input and output, each behind its length. This file imports nothing of
the house, so that what it runs can't either.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import pickle
import struct
import sys
from typing import Any, BinaryIO

BLOCKED = ("cascade", "cascade_gen", "tests", "libcst", "black")


class Blocker:
    """Finds nothing, but for what must not be found: that is an error."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """No spec; `ModuleNotFoundError` for the blocked packages."""
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def read(stream: BinaryIO) -> Any:
    """The next message; None at the end."""
    head = stream.read(4)
    return pickle.loads(stream.read(struct.unpack("<I", head)[0])) if len(head) == 4 else None


def write(stream: BinaryIO, message: Any) -> None:
    """Send a message."""
    data = pickle.dumps(message)
    stream.write(struct.pack("<I", len(data)) + data)
    stream.flush()


async def _finish(awaitable: Any) -> Any:
    return await awaitable


def answer(request: dict[str, Any]) -> tuple[Any, Any, list[str]]:
    """Value, exception and log of one call; the module is imported at its first."""
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["folder"])
    if request["folder"] not in sys.path:
        sys.path.insert(0, request["folder"])
    value, error, log = None, None, list[str]()
    try:
        module = importlib.import_module(request["module"])
        log = getattr(module, "log", log)
        log.clear()
        value = getattr(module, request["function"])(**request["inputs"])
        if inspect.isawaitable(value):
            value = asyncio.run(_finish(value))
    except Exception as raised:
        value, error = None, raised
    return value, error, log


def main() -> None:
    """Answer requests until the input ends."""
    sys.meta_path.insert(0, Blocker())
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
