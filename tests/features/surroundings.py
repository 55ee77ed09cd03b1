"""What a feature runs in: a folder of its own as the current one, and its environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from .table import Feature


@contextmanager
def surrounded(feature: Feature, folder: Path) -> Iterator[None]:
    """Set the folder and the environment, and put back what was there."""
    names = {"XDG_DATA_HOME": str(folder), "LOCALAPPDATA": str(folder)} | dict(feature.environ)
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        with chdir(folder):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
