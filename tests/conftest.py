"""Options of the whole suite."""

from __future__ import annotations

import os

import pytest

os.environ["CASCADE_CACHE"] = "off"  # tests look at what the generator does, and leave the user's cache alone


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-data` writes what the golden cases give into their files."""
    parser.addoption("--update-data", action="store_true", help="rewrite what the golden cases in tests/data expect")
