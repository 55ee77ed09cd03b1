"""Runs saved modules in another process: `python -m tests.features.elsewhere FOLDER` prints what failed, as JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from .paths import imported
from .surroundings import surrounded
from .table import features_of


def main(folder: Path) -> dict[str, str]:
    """The tracebacks of the features that failed, by the path of their module; it says which were saved."""
    failed: dict[str, str] = {}
    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        try:
            _check(folder, entry)
        except Exception:
            failed[entry["file"]] = traceback.format_exc()
    return failed


def _check(folder: Path, entry: dict[str, Any]) -> None:
    importlib.import_module(entry["module"])
    feature = next(one for one in features_of(entry["module"]) if one.name == entry["name"])
    with tempfile.TemporaryDirectory() as work, surrounded(feature, Path(work)):
        feature.check(lambda one: imported(one, folder / entry["file"], entry["function"]))


if __name__ == "__main__":
    result = main(Path(sys.argv[1]))
    print(json.dumps(result), flush=True)
    os._exit(0)  # threads that a timeout has abandoned are not waited for
