"""Tasks of what has no module of its own: partials, bound methods, objects of the standard library."""

from __future__ import annotations

from pathlib import Path

import pytest

import cascade as cs
from tests.standalone.support import Package, printed

STEPS = """
    import functools
    import operator

    import cascade as cs
    from .helpers import joined, twice


    class Adder:
        def __init__(self, k):
            self.k = k

        def add(self, n):
            return self.k + n


    given = cs.task(functools.partial(joined, 2))
    kept = cs.task(functools.partial(joined, b=3), name="other")
    bound = cs.task(Adder(3).add, name="bound")
    method = cs.task("abc".replace, name="method")
    second = cs.task(operator.itemgetter(1), name="second")


    @cs.workflow
    def every(n: int = 1):
        return [given(n), kept(n), bound(n), method("b", "x"), second([n, 5]), given.map(b=[1, n]), twice(n)]


    @cs.workflow
    def nameless(n: int = 1):
        return cs.task(functools.partial(joined, 2))(n)
"""
HELPERS = """
    import functools

    import cascade as cs


    def joined(a, b=1):
        return a * 10 + b


    twice = cs.task(functools.partial(int.__mul__, 2), name="twice")
    ten = cs.task(functools.partial(joined, 10))
"""
EXPECTED = [21, 13, 4, "axc", 5, [21, 21], 2]


@pytest.mark.parametrize("inline", [True, False])
def test_they_are_saved_by_the_names_that_their_modules_have_for_them(tmp_path: Path, inline: bool) -> None:
    package = Package(tmp_path, steps=STEPS, helpers=HELPERS)
    function = cs.aot(package.load().every, inline=inline)
    assert function() == EXPECTED
    function.save(tmp_path / "saved.py")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import saved; print(saved.every())"
    assert package.apart(code) == str(EXPECTED)
    found = printed(package.save(package.load().every, inline=inline))
    assert found == str(EXPECTED).replace("'", '"')


def test_one_that_is_a_workflow_itself_is_saved_too(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=STEPS, helpers=HELPERS)
    assert printed(package.save(package.load("helpers").ten), "--b", "7") == "107"


def test_one_without_a_name_is_refused(tmp_path: Path) -> None:
    nameless = Package(tmp_path, steps=STEPS, helpers=HELPERS).load().nameless
    with pytest.raises(cs.NotShippableError, match="could not import the task 'partial'"):
        cs.aot(nameless).save(tmp_path / "saved.py")
