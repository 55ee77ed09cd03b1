"""The oracle, the interpreter and compiled modules agree on random workflows."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import cascade as cs
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.verify import verify

from . import pool
from .author import Program
from .graphs import reachable
from .oracle import CascadeOwnError, Oracle
from .workflows import core_workflows, full_workflows

_EXAMPLES = int(os.environ.get("CASCADE_FUZZ_EXAMPLES", "500"))
_FUZZ = "CASCADE_FUZZ_EXAMPLES" in os.environ
_modules = itertools.count()

# some tasks have a wrong tail call on purpose
pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")

Outcome = tuple[str, str, Any]


def _settings(share: float) -> Any:
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


def _attempt(run: Callable[[], Any]) -> tuple[Outcome, list[tuple[str, str]]]:
    """What a run ends with, and its calls."""
    pool.reset()
    try:
        result = run()
        if inspect.isawaitable(result):
            result = _finish(result)
        outcome = ("value", pool.shown(result), result)
    except Exception as error:
        outcome = (type(error).__name__, str(error), error)
    return outcome, list(pool.calls)


def _finish(awaitable: Any) -> Any:
    async def main() -> Any:
        return await awaitable

    return asyncio.run(main())


def _saved(function: Any, folder: Path) -> Callable[..., Any]:
    """The function of the saved module, imported under a name of its own."""
    name = f"saved_workflow_{next(_modules)}"
    path = folder / f"{name}.py"
    function.save(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return getattr(module, function.__code__.co_name)  # type: ignore[no-any-return]


def _check_forms(program: Program, function: Any, blueprint: Any) -> None:
    """What is true of every compiled workflow: valid, readable back, and the same when compiled again."""
    for one in (blueprint, function.blueprint):
        verify(one)
        assert parse_blueprint(str(one)) == one, f"it reads back as another Blueprint:\n{program!r}\n{one}"
    again = cs.aot(program.build())
    assert again.source == function.source, f"compiled twice:\n{program!r}\n{function.source}\n{again.source}"


def _paths(
    program: Program, workflow: Any, function: Any, params: dict[str, Any], folder: Path
) -> dict[str, Callable[[], Any]]:
    blueprint = cs.BlueprintBuilder().build(workflow, template=program.overridden)
    _check_forms(program, function, blueprint)
    return {
        "cs.run": lambda: cs.run(workflow, params),
        "compiled": lambda: function(**params),
        "compiled .run": lambda: function.run(**params),
        "saved": lambda: _saved(function, folder)(**params),
        "VirtualMachine": lambda: cs.VirtualMachine().execute(blueprint, (), params),
    }


def _same(expected: Outcome, actual: Outcome) -> bool:
    error = expected[2]
    if isinstance(error, CascadeOwnError):
        return isinstance(actual[2], error.kind) and all(word in actual[1] for word in error.words)
    return expected[:2] == actual[:2]


def agree(program: Program, folder: Path) -> None:
    """Run a workflow on every path and compare."""
    workflow = program.build()
    graph = _graph(workflow)
    used = {node.name for node in reachable(graph) if isinstance(node, cs.Param)}
    params = {name: value for name, value in program.params.items() if name in used or not name.startswith("p")}
    pool.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CASCADE_FUZZ", raising=False)
        for name, value in program.env.items():
            patch.setenv(name, value)
        _compare(program, workflow, params, folder)


def _graph(workflow: Any) -> Any:
    if isinstance(workflow, cs.Workflow):
        return workflow.func(**{name: cs.Param(name) for name in workflow.signature.parameters})
    return workflow


def _compare(program: Program, workflow: Any, params: dict[str, Any], folder: Path) -> None:
    function = cs.aot(workflow)
    is_async = function.blueprint.is_async
    with asyncio.Runner() as runner:
        expected, calls = _attempt(lambda: Oracle(runner.run, params).run(workflow))
        allowed = [expected]
        if is_async and expected[0] != "value":
            thorough = Oracle(runner.run, params, every=True)
            _attempt(lambda: thorough.run(workflow))
            allowed += [(type(one).__name__, str(one), one) for one in thorough.failures]

    def report(path: str, what: str, wanted: Any, got: Any) -> str:
        texts = [f"{path}: {what}", f"expected {wanted}", f"actual   {got}", repr(program)]
        return "\n".join([*texts, str(function.blueprint), function.source])

    texts: dict[str, tuple[str, str]] = {}
    for path, run in _paths(program, workflow, function, params, folder).items():
        actual, made = _attempt(run)
        texts[path] = actual[:2]
        assert any(_same(one, actual) for one in allowed), report(path, "result", expected, actual)
        if not is_async:
            assert made == calls, report(path, "calls", calls, made)
        elif expected[0] == "value":
            assert Counter(made) == Counter(calls), report(path, "calls", calls, made)
    assert is_async or len(set(texts.values())) == 1, report("all", "texts of the paths", expected, texts)


@_settings(0.5)
@given(program=core_workflows())
def test_calls_containers_and_tail_calls(program: Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    agree(program, tmp_path_factory.mktemp("saved"))


@_settings(0.5)
@given(program=full_workflows())
def test_skips_routes_maps_retries_and_jumps(program: Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    agree(program, tmp_path_factory.mktemp("saved"))
