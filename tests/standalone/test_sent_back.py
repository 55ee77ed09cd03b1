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


    @cs.task(mode="compute")
    def down(n: int) -> object:
        return n if n == 0 else down(n - 1)


    @cs.task(mode="blocking")
    def slow(a: int) -> int:
        return a + 1


    def mixed(n: int, a: int) -> object:
        return cs.tail(mixes, n - 1, a=slow(more(a))) if n else slow(a)


    @cs.task
    async def mixes(n: int, a: int = 0) -> object:
        return mixed(n, a)


    @cs.workflow
    def both(n: int) -> object:
        return [asks(n), counts(n)]
"""


@pytest.mark.parametrize(
    ("name", "expected"), [("asks", "4"), ("counts", "3"), ("both", "[4, 3]"), ("down", "0"), ("mixes", "7")]
)
def test_calls_for_workers_and_by_them(tmp_path: Path, name: str, expected: str) -> None:
    package = Package(tmp_path, steps=STEPS)
    path = package.save(getattr(package.load(), name))
    assert printed(path, "--n", "3") == expected
