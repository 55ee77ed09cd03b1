"""What a fresh process waits for: imports, and an agent that is ready to run."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cascade as cs

from .alone import printed
from .formats import digits, milliseconds
from .report import Table
from .workflows import tally
from .written import ten_lines

_KEPT_OUT = ("libcst", "black", "asyncio")
_IMPORT_AIM = 2
_READY_AIM = 250
_IMPORT = """
import sys, time
start = time.process_time()
import {module}
print(time.process_time() - start)
print(*(name for name in {watched!r} if name in sys.modules))
"""
_READY = """
{code}
import time
print(time.process_time())
"""
_AGENT = """
import cascade as cs
from benchmarks.workflows import tally
cs.aot(tally)
"""
_TWENTY = """
import cascade as cs
import twenty
from benchmarks.written import one_by_one
cs.aot(one_by_one([getattr(twenty, f"longest_{number}") for number in range(20)]))
"""


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones start fewer processes."""
    runs = 3 if quick else 9
    with tempfile.TemporaryDirectory() as folder, _compiled_files(folder):
        yield imports(runs)
        yield ready(Path(folder), runs)


@contextmanager
def _compiled_files(folder: str) -> Iterator[None]:
    """Have processes keep compiled files of modules, as installed ones have them, whatever the environment says."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("CASCADE_CACHE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(folder, "compiled")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def imports(runs: int) -> Table:
    """What importing takes, and which heavy modules come with it."""
    table = Table(
        "Imports",
        f"Milliseconds in a fresh process, the median of {runs}; and which of {', '.join(_KEPT_OUT)} are loaded"
        " then.",
        ("import", "ms", "of asyncio's", "aim", "loads"),
    )
    reference = 0.0
    for module in ("asyncio", "cascade", "cascade_gen.pipeline"):
        found = [_imported(module) for _ in range(runs)]
        seconds = statistics.median(time for time, _ in found)
        reference = reference or seconds
        aim = digits(_IMPORT_AIM) if module == "cascade" else ""
        table.add(module, milliseconds(seconds), digits(seconds / reference), aim, found[0][1] or "none")
    return table


def _imported(module: str) -> tuple[float, str]:
    """The seconds of an import, and what of the heavy modules it has loaded."""
    seconds, loaded = printed(_IMPORT.format(module=module, watched=_KEPT_OUT)).splitlines()
    return float(seconds), loaded


def ready(folder: Path, runs: int) -> Table:
    """What a process takes until it has a compiled workflow at hand."""
    table = Table(
        "A cold process",
        f"Milliseconds from the start of the process, that of Python included, the median of {runs}. Compiled with"
        " nothing on disk, with what an earlier process has left in the cache on disk, and imported as a saved"
        " module. The agent is the text agent of above; the twenty tasks have ten lines each.",
        ("ready to run", "ms", "aim"),
    )
    cs.aot(tally).save(folder / "saved.py")
    (folder / "twenty.py").write_text(ten_lines(0), encoding="utf-8")
    table.add("nothing but Python", _ready("pass", folder, runs), "")
    table.add("a saved agent, imported", _ready("import saved", folder, runs), "")
    table.add("an agent, nothing on disk", _ready(_AGENT, folder, runs, kept=False), "")
    table.add("an agent, cached on disk", _ready(_AGENT, folder, runs), digits(_READY_AIM))
    table.add("twenty tasks, nothing on disk", _ready(_TWENTY, folder, runs, kept=False), "")
    table.add("twenty tasks, cached on disk", _ready(_TWENTY, folder, runs), "")
    return table


def _ready(code: str, folder: Path, runs: int, kept: bool = True) -> str:
    """The median milliseconds of processes that run the code; `kept`: each finds the cache of the one before."""
    seconds = []
    with tempfile.TemporaryDirectory() as common:
        for run in range(runs + 1):
            with tempfile.TemporaryDirectory() as own:
                took = float(printed(_READY.format(code=code), folder, common if kept else own))
            if run:  # the first one filled the cache, and the files of modules that Python keeps compiled
                seconds.append(took)
    return milliseconds(statistics.median(seconds))
