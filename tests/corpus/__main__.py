"""CPython's own tests with compiled functions in the standard library: `python -m tests.corpus [MODULE ...]`.

Exit code 0: no new failure; 1: a test fails that passes without; 2: this Python has no tests, or wrong usage.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import sys

from .compare import BrokenRun, Report, compare
from .show import show, show_sum
from .subjects import SUBJECTS


def main() -> int:
    """Run the corpus, print what was found about each module and in sum, and give the exit code."""
    options = _options()
    if not has_tests():
        print(_NO_TESTS.format(version=platform.python_version(), prefix=sys.base_prefix), file=sys.stderr)
        return 2
    reports: list[Report] = []
    broken = False
    for subject in [one for one in SUBJECTS if not options.modules or one.name in options.modules]:
        try:
            reports.append(compare(subject, not options.no_methods))
        except BrokenRun as error:
            broken = True
            print(f"{subject.name}: NOT RUN: {error}", flush=True)
        else:
            show(reports[-1], options.verbose)
    show_sum(reports)
    return 1 if broken or any(report.failures for report in reports) else 0


_NO_TESTS = """\
Python {version} in {prefix} came without its own tests (the package `test`), and they are what the corpus runs.
On Debian and Ubuntu: apt install libpython3-testsuite. Or name one that has them: make corpus PYTHON=python3.13"""


def has_tests() -> bool:
    """Whether this Python came with CPython's tests: some have none, some the package `test` with nothing in it."""
    return all(importlib.util.find_spec(name) for name in ("test", "test.support", "test.test_textwrap"))


def _options() -> argparse.Namespace:
    known = [subject.name for subject in SUBJECTS]
    parser = argparse.ArgumentParser(
        prog="python -m tests.corpus",
        description="Run CPython's own tests with compiled functions in the standard library.",
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(known)}; all if none is named"
    )
    parser.add_argument("--no-methods", action="store_true", help="compile plain functions only")
    parser.add_argument("--verbose", action="store_true", help="name every function")
    options = parser.parse_args()
    unknown = [name for name in options.modules if name not in known]
    if unknown:
        parser.error(f"there is no module {unknown[0]!r} in the corpus; there are {', '.join(known)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
