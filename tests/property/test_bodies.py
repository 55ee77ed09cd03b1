"""Compiled modules can't be told from plain calls of their tasks, whatever is in the bodies."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import UnsatisfiedAssumption

from .agreement import agree
from .bodies import Program, graphs, loops
from .reduce import failing, reduced

_EXAMPLES = int(os.environ.get("CASCADE_FUZZ_EXAMPLES", "400"))
_FUZZ = "CASCADE_FUZZ_EXAMPLES" in os.environ

# some tasks have a wrong tail call on purpose
pytestmark = pytest.mark.filterwarnings(
    "ignore::cascade_gen.errors.CompileWarning", "ignore::SyntaxWarning", "ignore:coroutine:RuntimeWarning"
)


def _settings(share: float) -> Any:
    return settings(
        max_examples=max(1, int(_EXAMPLES * share)),
        derandomize=not _FUZZ,
        deadline=None,
        phases=[Phase.generate],  # a program comes from one seed; `reduced` makes it smaller
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def _check(program: Program) -> None:
    """Fail with the smallest program that fails."""
    error = failing(agree, program)
    if isinstance(error, UnsatisfiedAssumption):
        raise error
    if error is not None:
        print(program)  # as it was drawn, should making it smaller take long
        agree(reduced(agree, program))


@_settings(0.65)
@given(program=loops())
def test_loops_of_tail_calls(program: Program) -> None:
    _check(program)


@_settings(0.35)
@given(program=graphs())
def test_calls_in_calls(program: Program) -> None:
    _check(program)
