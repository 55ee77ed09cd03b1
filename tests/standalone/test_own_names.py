"""`__name__` of the user's modules is the text that it was there, wherever the code that reads it has gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cascade as cs
from tests.standalone.support import Package, printed

STEPS = """
    from typing import TYPE_CHECKING as ONLY_CHECKED

    import cascade as cs


    def quoted():
        return f"a '{__name__}'" + f'b "{__name__!r}"' + f'''{__name__:>4}'''


    @cs.task
    def moved(n: int = 0) -> str:
        where = __name__
        return where + str(n)


    @cs.task
    def folded(n: int = 0) -> str:
        return __name__ if n else "none"


    @cs.task
    def inside_texts(n: int = 0) -> list[str]:
        found = [f"a {__name__} b", f'a {__name__!r} "{n}"']
        return [*found, quoted()]


    @cs.task
    def round_and_round(n: int = 2, said: str = "") -> str:
        return cs.tail(round_and_round, n - 1, said=said + __name__) if n else said


    @cs.task
    def flags(n: int = 0) -> list[bool]:
        if ONLY_CHECKED:
            return [True, n > 0]
        return [ONLY_CHECKED]
"""


@pytest.mark.parametrize("name", ["moved", "folded", "inside_texts", "round_and_round", "flags"])
def test_names_of_modules_in_bodies_that_have_moved(tmp_path: Path, name: str) -> None:
    package = Package(tmp_path, steps=STEPS)
    task = getattr(package.load(), name)
    path = package.save(task)
    expected = cs.run(task(1))
    assert printed(path, "--n", "1") == (expected if isinstance(expected, str) else json.dumps(expected))
