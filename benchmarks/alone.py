"""Measures code in a Python process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_CACHE = "CASCADE_CACHE"
has_peak = sys.platform != "win32"
"""Whether `peak` works here."""


def peak() -> float:
    """The most resident memory that this process has held so far, in MiB.

    On Linux `ru_maxrss` begins with what the parent has held (getrusage(2)), `VmHWM` doesn't (proc_pid_status(5)).
    """
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def printed(code: str, folder: Path | None = None, cache: str | None = None) -> str:
    """What a process prints that runs the code; it imports from `folder` too, and caches on disk in `cache`.

    Raises `CalledProcessError` where the code fails.
    """
    paths = [str(path) for path in (_ROOT, folder) if path is not None]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(cache_in(cache) if cache else {})}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def numbers(code: str) -> tuple[float, ...]:
    """The numbers that a process prints that runs the code."""
    return tuple(map(float, printed(code).split()))


def cache_in(folder: str) -> dict[str, str]:
    """The environment variable for a process to keep its cache on disk in this folder."""
    return {"LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME": folder}


@contextmanager
def without_cache() -> Iterator[None]:
    """In here nothing is kept on disk or taken from there, in processes that are started neither."""
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = "off"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CACHE]
        else:
            os.environ[_CACHE] = before
