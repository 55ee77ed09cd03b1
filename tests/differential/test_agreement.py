"""The oracle, the interpreter and compiled modules agree on random workflows."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from . import clock, provided
from .author import Program
from .constructs import constructs
from .oracle import run_oracle
from .paths import Paths
from .runs import Outcome, attempt, cancelled, error_of, left_open, same, same_times
from .workflows import core_workflows, full_workflows, timed_workflows

_EXAMPLES = int(os.environ.get("CASCADE_FUZZ_EXAMPLES", "500"))
_FUZZ = "CASCADE_FUZZ_EXAMPLES" in os.environ

# some tasks have a wrong tail call on purpose
pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where modules are saved; one for all programs, since making thousands of folders takes long."""
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module", autouse=True)
def _virtual() -> Iterator[None]:
    with clock.virtual_time():
        yield


def agree(program: Program, folder: Path) -> None:
    """Run a workflow on every path and compare."""
    for construct in constructs(program):
        event(construct)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CASCADE_FUZZ", raising=False)
        for name, value in program.env.items():
            patch.setenv(name, value)
        _compare(Paths(program, folder))


def _expected(paths: Paths, is_async: bool, times: int) -> tuple[list[Outcome], list[Outcome]]:
    """What the oracle says of each run; and what else may be raised where several things fail side by side."""
    program = paths.program
    named = {getattr(one, "task", one).name: one for one in paths.blueprints}
    with asyncio.Runner() as runner:
        oracle = partial(
            run_oracle,
            paths.workflow,
            runner.run,
            paths.params,
            resources=paths.resources,
            capacity=program.capacity,
            blueprints=named,
        )

        def run() -> Any:
            value, error, _ = oracle()
            if error is not None:
                raise error
            return value

        outcomes = attempt(run, times)
        also: list[Outcome] = []
        if is_async and outcomes[-1].failed:
            attempt(lambda: also.extend(map(error_of, oracle(every=True)[2])))
    return outcomes, also


def _compare(paths: Paths) -> None:
    program = paths.program
    try:
        is_async = paths.function().blueprint.is_async
        paths.check_forms()
    except ValueError:  # impossible constraints, as the oracle will say
        is_async = False
    provided.number(not is_async)
    times = 1 + program.cached
    expected, also = _expected(paths, is_async, times)
    reference: list[Outcome] = []
    for path, run in paths.all().items():
        actual = attempt(run, times)
        _check_run(paths, path, is_async, (expected, also), actual)
        reference = reference or actual
        if is_async:
            for one, other in zip(reference, actual, strict=False):
                assert same_times(one, other), paths.report(path, "times", one.instants(), other.instants())
        else:
            texts = [[repr(one) for one in outcomes] for outcomes in (reference, actual)]
            assert texts[0] == texts[1], paths.report(path, "texts", *texts)
    if is_async and program.cancel is not None:
        _check_cancelled(paths, program.cancel, reference[0])


def _check_run(
    paths: Paths, path: str, is_async: bool, allowed: tuple[list[Outcome], list[Outcome]], actual: list[Outcome]
) -> None:
    expected, also = allowed
    for wanted, got in zip(expected, actual, strict=True):
        options = [wanted, *(also if wanted.failed else ())]
        assert any(same(one, got) for one in options), paths.report(path, "result", wanted, got)
        assert not left_open(got), paths.report(path, "left open", [], left_open(got))
        if not is_async:
            assert got.calls == wanted.calls, paths.report(path, "calls", wanted.calls, got.calls)
        elif not wanted.failed:
            # of two equal calls side by side none finds the other's result
            count = set if paths.program.cached else Counter
            found = [count(one.calls) for one in (wanted, got)]
            assert found[0] == found[1], paths.report(path, "calls", *found)


def _check_cancelled(paths: Paths, when: float | tuple[int, int], whole: Outcome) -> None:
    """Cancel a run, and run again: the first leaves nothing behind."""
    index, passes = (0, 0) if isinstance(when, float) else when
    at = when if isinstance(when, float) else (*whole.times, 0.0)[index % (len(whole.times) + 1)]
    for path, start in paths.startable().items():

        async def scenario(start: Any = start) -> tuple[Outcome, float, Outcome]:
            first = await cancelled(start, at, passes)
            begun = asyncio.get_running_loop().time()
            return first, begun, await cancelled(start, None, 0)

        first, begun, again = asyncio.run(scenario())
        where = f"{path}, cancelled at {at} and {passes}"
        if first.kind == "CancelledError":
            known = whole.before(at), first.before(at)
            assert known[0] == known[1], paths.report(where, "until then", *known)
        else:
            ended = same(whole, first) or (whole.failed and first.failed and at >= whole.ended)
            assert ended, paths.report(where, "result", whole, first)
            assert same_times(whole, first), paths.report(where, "times", whole.instants(), first.instants())
        assert not left_open(first), paths.report(where, "left open", [], left_open(first))
        again = again.since(begun)
        assert same_times(whole, again), paths.report(where, "run again", whole.instants(), again.instants())


@_settings(0.4)
@given(program=core_workflows())
def test_calls_containers_and_tail_calls(program: Program, folder: Path) -> None:
    agree(program, folder)


@_settings(0.4)
@given(program=full_workflows())
def test_all_constructs(program: Program, folder: Path) -> None:
    agree(program, folder)


@_settings(0.2)
@given(program=timed_workflows())
def test_times_timeouts_and_cancellation(program: Program, folder: Path) -> None:
    agree(program, folder)
