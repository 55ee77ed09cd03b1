"""Modules that are written for one measurement, since tasks are read from their files."""

from __future__ import annotations

import importlib.util
import sys
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

_numbers = count(1)

_TEN_LINES = '''
@cs.task
def longest_{number}(text: str, limit: int = {number}) -> str:
    """The most frequent of the long words."""
    counts: dict[str, int] = {{}}
    for word in text.lower().split():
        if len(word) > limit:
            counts[word] = counts.get(word, 0) + 1
    if not counts:
        return text
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    best = ordered[0].strip(".,")
    return f"{{best}} {serial}"
'''


def ten_lines(serial: int, tasks: int = 20) -> str:
    """The source of a module of ten-line tasks; no task is like one of another serial number."""
    parts = (_TEN_LINES.format(serial=serial, number=number) for number in range(tasks))
    return "import cascade as cs\n" + "".join(parts)


def unseen_tasks(folder: Path, tasks: int = 20) -> list[Any]:
    """Ten-line tasks of which nobody has seen the like."""
    module = written(folder, ten_lines(next(_numbers), tasks))
    return [getattr(module, f"longest_{number}") for number in range(tasks)]


def one_by_one(tasks: list[Any], start: int = 0) -> Any:
    """A chain of all these tasks, from the one with the number `start` on and round to the one before it."""
    text: Any = "some words, and some more words"
    for task in (*tasks[start:], *tasks[:start]):
        text = task(text)
    return text


def written(folder: Path, text: str) -> ModuleType:
    """Write and import a module under a new name."""
    name = f"written_{next(_numbers)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
