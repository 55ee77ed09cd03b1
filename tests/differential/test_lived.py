"""Compiled workflows keep no value longer than interpreted ones, nor does a saved module."""

from __future__ import annotations

import gc
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import cascade as cs

from . import lived
from .examples import examples
from .lived_graphs import lived_graphs
from .runs import finish

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")

N = 3
"""The input of every workflow."""

PATHS = ("interpreted", "compiled", "inline=False", "saved")


@pytest.fixture(autouse=True)
def _counted() -> Iterator[None]:
    """Nothing that only the collector would find is counted."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def saved(function: Any, folder: Path) -> Callable[..., Any]:
    """The function of the saved module."""
    path = folder / "saved_lived.py"
    function.save(path)
    spec = importlib.util.spec_from_file_location("saved_lived", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, function.__code__.co_name)  # type: ignore[no-any-return]


def noted(run: Callable[[], Any]) -> list[int]:
    """How many were alive when each task of a run began."""
    lived.noted.clear()
    lived.failures[:] = [OSError("twice"), OSError("once")]
    result = run()
    if inspect.isawaitable(result):
        finish(result)
    return lived.noted.copy()


def run_on(path: str, workflow: Any, folder: Path) -> list[int]:
    """What a run on that path notes."""
    if path == "interpreted":
        return noted(lambda: cs.run(workflow, {"n": N}))
    function = cs.aot(workflow, inline=path != "inline=False")
    if path == "saved":
        function = saved(function, folder)
    return noted(lambda: function(n=N))


@pytest.mark.parametrize("name", lived.LIVED)
@pytest.mark.parametrize("path", PATHS)
def test_no_value_outlives_its_last_use(name: str, path: str, tmp_path: Path) -> None:
    workflow, expected = lived.LIVED[name]
    found = run_on(path, workflow, tmp_path)
    if path == "interpreted":
        assert found == expected
    assert len(found) == len(expected)
    assert all(one <= most for one, most in zip(found, expected, strict=True)), (found, expected)


@examples(0.3)
@given(graph=lived_graphs())
def test_no_value_of_a_random_graph_outlives_its_last_use(graph: Any, folder: Path) -> None:
    expected = run_on("interpreted", graph, folder)
    for path in PATHS[1:]:
        found = run_on(path, graph, folder)
        assert len(found) == len(expected)
        kept = any(one > most for one, most in zip(found, expected, strict=True))
        text = cs.aot(graph, inline=path != "inline=False").source
        assert not kept, f"{path}: {found} where {expected} is right\n{text}"
