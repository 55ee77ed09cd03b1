"""Dask: https://docs.dask.org/en/stable/custom-graphs.html"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dask.local import get_sync

from .. import workflows as w
from ..slices import Work


def works(folder: Path) -> dict[str, Work]:
    """The chain and the diamond; their input is part of the graph, for Dask has no other."""
    links = {f"link {number}": (w.following.func, f"link {number - 1}") for number in range(1, 21)}
    shifted = {f"shifted {by}": (w.plain_shifted, "source", by) for by in range(100)}
    diamond = {"source": (w.plain_source, 1), **shifted, "total": (w.plain_total, list(shifted))}
    return {
        "chain of 20": _computed({"link 0": 1, **links}, "link 20"),
        "diamond of 100": _computed(diamond, "total"),
    }


def _computed(graph: dict[str, Any], wanted: str) -> Work:
    def work(times: int) -> object:
        result: object = None
        for _ in range(times):
            result = get_sync(graph, wanted)
        return result

    return work
