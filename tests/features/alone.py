"""The column of standalone files: saved as one file, and run by a process that can import nothing of the house."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

from tests.standalone.served import Served

from . import words
from .table import Feature, log

_names = itertools.count()


def save_alone(feature: Feature, function: Any) -> Served:
    """Save a compiled feature as a standalone file of the current folder."""
    path = Path(f"alone_{next(_names)}.py").absolute()
    function.save(path, standalone=True)
    return Served(path, str(function.__code__.co_name), (sys.modules[feature.module], words), "log")


def call_alone(served: Served, inputs: dict[str, Any]) -> Any:
    """What such a file gives or raises; its log is added to this process's."""
    value, error, calls = served.call(inputs)
    log.extend(calls)
    if error is not None:
        raise error
    return value
