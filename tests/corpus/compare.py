"""Runs a subject's tests twice, plain and with compiled functions, and compares what came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .outcomes import FAILED, PASSED, SKIPPED
from .subjects import ACCEPTED, Subject

ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 1800


@dataclass(frozen=True, slots=True)
class Function:
    """`verdict` and `why` as in `replace.Compiled`, and whether the tests ran the function, if that is known."""

    name: str
    verdict: str
    why: str
    ran: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about a subject: `failures` are the new ones, each a test and what happened to it.

    A function on which the compiler crashed is one too. `accepted` are the others, with the reasons.
    """

    subject: Subject
    functions: tuple[Function, ...]
    tests: int
    failed_before: int
    accepted: dict[str, str]
    failures: dict[str, str]

    @property
    def verdicts(self) -> Counter[str]:
        return Counter(one.verdict for one in self.functions)

    @property
    def ran(self) -> int | None:
        """How many compiled functions the tests ran, if that is known."""
        known = [one.ran for one in self.functions if one.ran is not None]
        return sum(known) if known else None


class BrokenRun(Exception):
    """The tests could not be run at all; the message is what the process said."""


def compare(subject: Subject, methods: bool = True) -> Report:
    """Run the subject's tests in two processes, one plain and one with compiled functions.

    Raises `BrokenRun` where one of them comes to no end, or where no compiled function ran.
    """
    options = [*([] if methods else ["--no-methods"]), *([] if subject.profiled else ["--no-profile"])]
    with ThreadPoolExecutor(2) as pool:
        plain, replaced = pool.map(lambda more: _run(subject, more), (["--plain"], options))
    functions = tuple(Function(**one) for one in replaced["functions"])
    if subject.profiled and not any(one.ran for one in functions):
        raise BrokenRun(f"the tests of {subject.name} ran none of its {len(functions)} compiled functions")
    found = new_failures(plain["tests"], replaced["tests"])
    failures = {f"compiling {one.name}": one.why for one in functions if one.verdict == "crashed"}
    failures |= {test: replaced["tracebacks"].get(test, what) for test, what in found.items() if not _accepted(test)}
    return Report(
        subject,
        functions,
        len(plain["tests"]),
        sum(outcome == FAILED for outcome in plain["tests"].values()),
        {test: ACCEPTED[test] for test in found if test in ACCEPTED},
        failures,
    )


def new_failures(plain: dict[str, str], replaced: dict[str, str]) -> dict[str, str]:
    """The tests that came out worse with compiled functions, with what happened to each.

    A test that is not there any more, or skipped where it ran, is as bad as one that fails.
    """
    found = {}
    for test in [*plain, *(one for one in replaced if one not in plain)]:
        before, now = plain.get(test, PASSED), replaced.get(test)
        if now is None and before != FAILED:
            found[test] = f"{before} plain, and not there with compiled functions"
        elif now in (FAILED, SKIPPED) and before not in (now, FAILED):
            found[test] = f"{before} plain, {now} with compiled functions"
    return found


def _accepted(test: str) -> bool:
    """Whether the failure of a test is accepted; a subtest has the id of its test and more behind it."""
    return test in ACCEPTED or test.partition(" ")[0] in ACCEPTED


def _run(subject: Subject, options: list[str]) -> dict[str, Any]:
    """What one process has written, run in a folder of its own."""
    with TemporaryDirectory(prefix="corpus-") as folder:
        output = Path(folder, "outcomes.json")
        place = Path(folder, "place")
        place.mkdir()
        words = [str(output), ",".join(subject.modules), ",".join(subject.tests), *options]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.corpus.child", *words],
                cwd=place,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=_LONGEST,
            )
        except subprocess.TimeoutExpired:
            raise BrokenRun(f"{' '.join(words[1:])}: no end after {_LONGEST} seconds") from None
        if not output.exists():
            raise BrokenRun(f"{' '.join(words[1:])}: exit code {done.returncode}\n{done.stdout}")
        found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return found
