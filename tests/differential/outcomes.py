"""What a program's runs have to end with, and whether those of a path do."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any

from .oracle import run_oracle
from .paths import Paths
from .runs import Outcome, attempt, error_of, left_open, same


def expected_of(paths: Paths, is_async: bool, times: int) -> tuple[list[Outcome], list[Outcome]]:
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


def check_run(
    paths: Paths, path: str, is_async: bool, allowed: tuple[list[Outcome], list[Outcome]], actual: list[Outcome]
) -> None:
    """Whether the runs on a path ended as `allowed`: as expected, or with what else may be raised."""
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
