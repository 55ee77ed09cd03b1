"""The oracle, the interpreter and compiled modules agree on random workflows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from . import provided
from .author import Program
from .examples import examples, surroundings
from .outcomes import check_run, expected_of
from .paths import Paths
from .runs import Outcome, attempt, cancelled, left_open, same, same_times
from .workflows import core_workflows, full_workflows, timed_workflows

# some tasks have a wrong tail call on purpose
pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


def agree(program: Program, folder: Path) -> None:
    """Run a workflow on every path and compare."""
    with surroundings(program) as patch:
        _compare(Paths(program, folder), patch)


def _compare(paths: Paths, patch: pytest.MonkeyPatch) -> None:
    program = paths.program
    try:
        is_async = paths.function().blueprint.is_async
        paths.check_forms()
    except ValueError:  # impossible constraints, as the oracle will say
        is_async = False
    if is_async:
        patch.setenv(provided.UNNUMBERED, "yes")
    times = 1 + program.cached
    expected, also = expected_of(paths, is_async, times)
    reference: list[Outcome] = []
    for path, run in paths.all().items():
        actual = attempt(run, times)
        check_run(paths, path, is_async, (expected, also), actual)
        reference = reference or actual
        if is_async:
            for one, other in zip(reference, actual, strict=False):
                assert same_times(one, other), paths.report(path, "times", one.instants(), other.instants())
        else:
            texts = [[repr(one) for one in outcomes] for outcomes in (reference, actual)]
            assert texts[0] == texts[1], paths.report(path, "texts", *texts)
    if is_async and program.cancel is not None:
        _check_cancelled(paths, program.cancel, reference[0])


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


@examples(0.4)
@given(program=core_workflows())
def test_calls_containers_and_tail_calls(program: Program, folder: Path) -> None:
    agree(program, folder)


@examples(0.4)
@given(program=full_workflows())
def test_all_constructs(program: Program, folder: Path) -> None:
    agree(program, folder)


@examples(0.2)
@given(program=timed_workflows())
def test_times_timeouts_and_cancellation(program: Program, folder: Path) -> None:
    agree(program, folder)
