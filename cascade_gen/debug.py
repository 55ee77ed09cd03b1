"""The debug ladder, `CASCADE_DEBUG`: 1 verifies the Blueprint after every stage, 2 prints it as it was lowered,
3 prints it after every pass, 4 prints the generated module too. What is printed goes to standard error."""

from __future__ import annotations

import os
import sys

VERIFY, LOWERED, PASSES, MODULES = 1, 2, 3, 4


def debug_level() -> int:
    """The rung that `CASCADE_DEBUG` asks for: 0 where it is unset or no number."""
    text = os.environ.get("CASCADE_DEBUG", "0")
    return int(text) if text.isdigit() else 0


def show_stage(name: str, thing: object) -> None:
    """Print what a stage has given, on the rung that asks for it."""
    wanted = {"lowered": LOWERED, "module": MODULES}.get(name, PASSES)
    if debug_level() >= wanted:
        print(f"--- {name} ---\n{thing}", file=sys.stderr)
