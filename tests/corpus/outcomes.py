"""Runs tests of unittest and records what came of each, test id by test id."""

from __future__ import annotations

import re
import unittest
from dataclasses import dataclass, field
from typing import Any

PASSED = "passed"
SKIPPED = "skipped"
FAILED = "failed"

_ORDER = (PASSED, SKIPPED, FAILED)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")


@dataclass(slots=True)
class Outcomes:
    """What came of each test, and the tracebacks of those that failed. The worst counts where ids are the same."""

    tests: dict[str, str] = field(default_factory=dict)
    tracebacks: dict[str, str] = field(default_factory=dict)

    def add(self, test: Any, outcome: str, traceback: str = "") -> None:
        """Record the outcome of a test, a subtest or the setup of a class or module."""
        name = _ADDRESS.sub("0x...", test.id())
        self.tests[name] = max(outcome, self.tests.get(name, PASSED), key=_ORDER.index)
        if traceback:
            self.tracebacks[name] = traceback


class _Recorder(unittest.TestResult):
    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__()
        self._outcomes = outcomes

    def addSuccess(self, test: Any) -> None:
        self._outcomes.add(test, PASSED)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._outcomes.add(test, PASSED)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._outcomes.add(test, FAILED, "it was expected to fail and passed")

    def addSkip(self, test: Any, reason: str) -> None:
        self._outcomes.add(test, SKIPPED)

    def addError(self, test: Any, err: Any) -> None:
        self._outcomes.add(test, FAILED, self._exc_info_to_string(err, test))  # type: ignore[attr-defined]

    addFailure = addError

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.addError(subtest, err)
            self._outcomes.add(test, FAILED)


def run_tests(names: list[str]) -> Outcomes:
    """Run the test modules `names` and give what came of their tests."""
    outcomes = Outcomes()
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromName(name) for name in names)
    suite.run(_Recorder(outcomes))
    return outcomes
