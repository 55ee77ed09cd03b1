"""The folder that the command line is tested in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.support import CRAWL, write


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with `crawl.py`; what is imported from it is forgotten afterwards."""
    write(tmp_path / "crawl.py", CRAWL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CASCADE_DEBUG", raising=False)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
