"""How many random workflows a test draws, and the surroundings of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings

from . import provided
from .author import Program
from .constructs import constructs

_EXAMPLES = int(os.environ.get("CASCADE_FUZZ_EXAMPLES", "500"))
_FUZZ = "CASCADE_FUZZ_EXAMPLES" in os.environ


def examples(share: float) -> Any:
    """The settings of a test that draws this share of all programs."""
    return settings(
        max_examples=max(1, int(_EXAMPLES * share)),
        derandomize=not _FUZZ,
        deadline=None,
        # reducing a program takes minutes: under fuzz only
        phases=[Phase.generate, Phase.shrink] if _FUZZ else [Phase.generate],
        report_multiple_bugs=_FUZZ,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@contextmanager
def surroundings(program: Program) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a program; its constructs are counted for the statistics."""
    for construct in constructs(program):
        event(construct)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CASCADE_FUZZ", raising=False)
        patch.delenv(provided.UNNUMBERED, raising=False)
        for name, value in program.env.items():
            patch.setenv(name, value)
        yield patch
