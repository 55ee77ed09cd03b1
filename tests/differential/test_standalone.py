"""Standalone files do what the function in memory does, where nothing of Cascade can be imported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis.strategies import SearchStrategy

import cascade as cs
from tests.standalone.served import Served

from . import clock, pool, provided, relays, returns, tail_calls
from .author import Program
from .examples import examples, surroundings
from .outcomes import check_run, expected_of
from .paths import Paths, new_name
from .runs import Outcome, attempt, error_of, same, value_of
from .workflows import core_workflows, full_workflows

_MODULES = (pool, tail_calls, returns, provided, relays, clock)
_MOST_REFUSED = 0.2
# what docs/standalone.md says is refused, and what it says is an error when it is met
_REASON = re.compile(r"^  \S+:\d+: (.*)$", re.M)
_NOT_SAVED = "makes a graph when a task runs, which needs the compiler; make it part of the workflow"
_NOT_RUN = {
    "CascadeError": "a task returned a graph that this standalone file was not compiled for",
    "UnknownBlueprintError": "a tail call names '",
}
_PLACE = re.compile(r"\n +(-->|= help:) .*", re.S)
_ONLY_CLEANUP = re.compile(r"close |\w+ (sees|swallows)$")

# some tasks have a wrong tail call on purpose
pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


def agree(program: Program, folder: Path) -> str:
    """Run a workflow in memory and as a file, and compare; says how far that went."""
    with surroundings(program) as patch:
        paths = Paths(program, folder, as_file=True)
        try:
            is_async = paths.function().blueprint.is_async
        except ValueError:  # impossible constraints
            return "impossible"
        if is_async:
            patch.setenv(provided.UNNUMBERED, "yes")
        served = _saved(paths)
        if served is None:
            return "not saved"
        try:
            if "Point(" in repr(paths.params) and "class Point" not in served.path.read_text(encoding="utf-8"):
                return "given what the file has no class for"
            return _compare(paths, served, is_async)
        finally:
            served.path.unlink()


def _saved(paths: Paths) -> Served | None:
    """The program's standalone file; None where it is refused for a known reason."""
    function = paths.function()
    path = paths.folder / f"{new_name('alone')}.py"
    try:
        function.save(path, standalone=True)
    except cs.NotShippableError as error:
        reasons = _REASON.findall(str(error))
        assert reasons and all(_NOT_SAVED in one for one in reasons), paths.report("standalone", "save", "", error)
        assert not path.exists()
        return None
    return Served(path, function.__code__.co_name, _MODULES, "calls")


def _compare(paths: Paths, served: Served, is_async: bool) -> str:
    times = 1 + paths.program.cached
    expected = [_told(one) for one in attempt(lambda: paths.function()(**paths.params), times)]
    actual = _run(served, paths.params, times)
    wanted, got = expected[len(actual) - 1], actual[-1]
    if not same(wanted, got) and _NOT_RUN.get(got.kind, "no such") in got.text:
        _check_until_refused(paths, wanted, got, is_async)
        return "not run"
    also = expected_of(paths, is_async, times)[1]
    check_run(paths, "standalone", is_async, (expected, also), actual)
    if not is_async:
        texts = [[repr(one) for one in outcomes] for outcomes in (expected, actual)]
        assert texts[0] == texts[1], paths.report("standalone", "texts", *texts)
    return "async" if is_async else "sync"


def _run(served: Served, params: dict[str, Any], times: int) -> list[Outcome]:
    """What each run of the file ends with, up to the first that fails."""
    outcomes: list[Outcome] = []
    while len(outcomes) < times and not (outcomes and outcomes[-1].failed):
        value, error, calls = served.call(params)
        outcome = _told(value_of(value) if error is None else error_of(error))
        outcome.calls = tuple(calls)
        outcomes.append(outcome)
    return outcomes


def _told(outcome: Outcome) -> Outcome:
    """The same without what a diagnostic shows of the file around, since each has its own."""
    return replace(outcome, text=_PLACE.sub("", outcome.text))


def _check_until_refused(paths: Paths, wanted: Outcome, got: Outcome, is_async: bool) -> None:
    """Nothing is called before the error that would not have been called without it."""
    if is_async or "with_retry" in paths.program.source:  # which calls again
        return
    calls = [one for one in got.calls if not _ONLY_CLEANUP.match(one[0])]
    known = [one for one in wanted.calls if not _ONLY_CLEANUP.match(one[0])]
    assert calls == known[: len(calls)], paths.report("standalone", "calls until it is refused", known, calls)


@pytest.mark.parametrize("workflows", [core_workflows, full_workflows])
def test_a_standalone_file_does_what_the_function_does(
    workflows: Callable[[], SearchStrategy[Program]], folder: Path
) -> None:
    ran: Counter[str] = Counter()

    @examples(0.05)
    @given(program=workflows())
    def check(program: Program) -> None:
        how = agree(program, folder)
        event(how)
        ran[how] += 1

    check()
    assert ran["not saved"] + ran["not run"] <= _MOST_REFUSED * ran.total(), ran
