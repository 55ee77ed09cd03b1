"""mypy as a process of its own: within a process that runs tests, it would change Python's limits for the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def mypy(arguments: Sequence[str], folder: Path, *roots: Path) -> tuple[str, str, int]:
    """What `mypy arguments` prints in `folder`, on both outputs, and its exit code; modules are found in `roots`."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments],
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join(map(str, roots))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout, done.stderr, done.returncode
