"""One run in a process of its own: `python -m tests.corpus.child OUTPUT [--plain] MODULE,... TEST,...`."""

from __future__ import annotations

import argparse
import cProfile
import json
import random
from pathlib import Path
from types import CodeType

from .outcomes import run_tests
from .replace import Replaced, replace_in


def main() -> None:
    """Replace, run the tests and write the outcomes to OUTPUT as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("modules")
    parser.add_argument("tests")
    parser.add_argument("--plain", action="store_true", help="replace nothing")
    parser.add_argument("--no-profile", action="store_true", help="don't watch which functions run")
    parser.add_argument("--no-methods", action="store_true", help="replace no functions of classes")
    options = parser.parse_args()
    modules = [] if options.plain else options.modules.split(",")
    replaced = replace_in(modules, methods=not options.no_methods)
    _like_regrtest()
    profile = cProfile.Profile(subcalls=False, builtins=False)
    watched = modules and not options.no_profile
    if watched:
        profile.enable()
    outcomes = run_tests(options.tests.split(","))
    profile.disable()
    ran = {entry.code for entry in profile.getstats() if isinstance(entry.code, CodeType)}
    functions = _functions(replaced, ran if watched else None)
    found = {"tests": outcomes.tests, "tracebacks": outcomes.tracebacks, "functions": functions}
    options.output.write_text(json.dumps(found), encoding="utf-8")


def _like_regrtest() -> None:
    """As CPython's own runner has it: the same random numbers every time, no network, nothing that takes long."""
    from test import support  # type: ignore[import-not-found]

    support.use_resources = []
    random.seed(0)


def _functions(replaced: Replaced, ran: set[CodeType] | None) -> list[dict[str, str | bool | None]]:
    """What became of each function, and whether one of its compiled forms ran, if that is known."""
    return [
        {
            "name": found[-1].name,
            "verdict": found[-1].verdict,
            "why": found[-1].why,
            "ran": None if ran is None else any(one.code in ran for one in found),
        }
        for found in replaced.by_function()
    ]


if __name__ == "__main__":
    main()
