"""What all tests of random workflows run in: virtual time, and one folder for the modules that they save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import clock


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where modules are saved; one for all programs, since making thousands of folders takes long."""
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module", autouse=True)
def _virtual() -> Iterator[None]:
    with clock.virtual_time():
        yield
