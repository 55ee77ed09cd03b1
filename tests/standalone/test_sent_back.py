"""Calls that worker processes send back, and the places that they carry along."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standalone.support import Package, printed

STEPS = """
    import cascade as cs


    @cs.task
    def more(a: int) -> int:
        return a + 1


    @cs.task(mode="compute")
    def asks(n: int) -> object:
        return more(n)


    @cs.task(mode="compute")
    def counts(n: int, a: int = 0) -> object:
        return a if n == 0 else cs.tail(counts, n - 1, a=more(a))


    @cs.workflow
    def both(n: int) -> object:
        return [asks(n), counts(n)]
"""


@pytest.mark.parametrize(("name", "expected"), [("asks", "4"), ("counts", "3"), ("both", "[4, 3]")])
def test_calls_that_compute_tasks_return(tmp_path: Path, name: str, expected: str) -> None:
    package = Package(tmp_path, steps=STEPS)
    path = package.save(getattr(package.load(), name))
    assert printed(path, "--n", "3") == expected
