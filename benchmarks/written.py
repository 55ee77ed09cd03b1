"""Modules of tasks written for one measurement, since tasks are read from their files."""

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
    return f"{{best}} {{limit}}"
'''

_STATE = """
@cs.task
def state_{number}(left: int, seed: int = 1):
    if left <= 0:
        return "state {number}"
    following = "state_{far}" if seed & 64 else "state_{near}"
    return cs.TailCall(
        kwargs={{"left": left - 1, "seed": (seed * 5 + {number}) % 1021}}, target_blueprint_id=following
    )


def plain_{number}(seed: int) -> tuple[int, int]:
    return {far} if seed & 64 else {near}, (seed * 5 + {number}) % 1021
"""

_DRIVER = """
TABLE = [{table}]


def plain(left: int, seed: int = 1) -> str:
    state = 0
    while left > 0:
        state, seed = TABLE[state](seed)
        left -= 1
    return f"state {{state}}"
"""


def unseen_tasks(folder: Path, tasks: int = 20) -> Any:
    """A chain of ten-line tasks in a module that nobody has seen before."""
    module = _written(folder, "".join(_TEN_LINES.format(number=number) for number in range(tasks)))
    text: Any = "some words, and some more words"
    for number in range(tasks):
        text = getattr(module, f"longest_{number}")(text)
    return text


def state_machine(folder: Path, states: int = 100) -> ModuleType:
    """A module of tasks `state_0` and so on, each going on to one of two others; and `plain`, the same by table."""
    parts = [
        _STATE.format(number=number, near=(number * 7 + 1) % states, far=(number * 13 + 5) % states)
        for number in range(states)
    ]
    table = ", ".join(f"plain_{number}" for number in range(states))
    return _written(folder, "".join(parts) + _DRIVER.format(table=table))


def _written(folder: Path, text: str) -> ModuleType:
    """Write and import a module under a new name."""
    name = f"written_{next(_numbers)}"
    path = folder / f"{name}.py"
    path.write_text(f"import cascade as cs\n{text}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
