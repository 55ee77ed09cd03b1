"""Prints what was found: a line and the reasons for each module, the same for all of them in sum."""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Iterable

from .compare import Function, Report

_MOST_NAMES = 3
_MOST_FAILURES = 10
_MOST_LINES = 12


def show(report: Report, verbose: bool = False) -> None:
    """Print a line about a module, why functions aren't inlined, and its new failures with their tracebacks.

    `verbose` names every function, and shows tracebacks whole.
    """
    ran = "" if report.ran is None else f" the tests ran {report.ran};"
    print(
        f"{report.subject.name}: {_counts(report.functions)};{ran}"
        f" {report.tests} tests, {len(report.failures)} new failures{_asides(report)}"
    )
    for line in _reasons(report.functions, None if verbose else _MOST_NAMES):
        print(f"    {line}")
    for test, traceback in list(report.failures.items())[: None if verbose else _MOST_FAILURES]:
        print(f"  NEW FAILURE {test}")
        for line in traceback.splitlines()[None if verbose else -_MOST_LINES :]:
            print(f"    {line}")
    if not verbose and len(report.failures) > _MOST_FAILURES:
        more = len(report.failures) - _MOST_FAILURES
        print(f"  and {more} more: python -m tests.corpus --verbose {report.subject.name}")
    print(end="", flush=True)


def show_sum(reports: list[Report]) -> None:
    """Print the reasons of all modules together, the failures that were accepted and why, and one line in sum."""
    functions = [one for report in reports for one in report.functions]
    print("\nAll modules:")
    for line in _reasons(functions, _MOST_NAMES):
        print(f"    {line}")
    for test, why in [item for report in reports for item in report.accepted.items()]:
        print(f"    accepted: {test}: {why}")
    print(
        f"Python {platform.python_version()}, {len(reports)} modules: {_counts(functions)};"
        f" {sum(report.tests for report in reports)} tests,"
        f" {sum(len(report.failures) for report in reports)} new failures"
    )


def _counts(functions: Iterable[Function]) -> str:
    verdicts = [one.verdict for one in functions]
    inlined, called = verdicts.count("inlined"), verdicts.count("called")
    left = len(verdicts) - inlined - called
    return f"{inlined + called} compiled, {inlined} inlined, {called} called, {left} left out"


def _asides(report: Report) -> str:
    parts = []
    if report.failed_before:
        parts.append(f"{report.failed_before} fail without too")
    if report.accepted:
        parts.append(f"{len(report.accepted)} accepted")
    return f" ({', '.join(parts)})" if parts else ""


def _reasons(functions: Iterable[Function], most: int | None) -> list[str]:
    """A line for each reason, the most frequent first, with the first functions it holds for."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in functions:
        if one.verdict in ("called", "left out") or (one.verdict == "inlined" and most is None):
            found[one.verdict, one.why].append(one.name.partition(":")[2])
    lines = []
    for (verdict, why), names in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        more = "" if most is None or len(names) <= most else ", ..."
        lines.append(f"{len(names)} {verdict}{': ' if why else ''}{why} ({', '.join(names[:most])}{more})")
    return lines
