"""Each trap ends on every path as plain functions end, with the same effects in the same order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .agreement import agree
from .bodies import Program
from .traps import traps

TRAPS = [*traps("loop_traps.txt"), *traps("settled_traps.txt"), *traps("call_traps.txt")]

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


@pytest.mark.parametrize("program", [pytest.param(program, id=name) for name, program in TRAPS])
def test_trap(program: Program) -> None:
    for way in (0, 1, 3):
        agree(replace(program, way=way))
