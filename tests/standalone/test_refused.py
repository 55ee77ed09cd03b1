"""What can't be taken along is refused by name, with the way out, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.standalone.support import Package, refusal

HEAD = "import cascade as cs\n\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param("return __file__", "reads the file's own place", id="file"),
        pytest.param("return globals()['x']", "looks names up while it runs", id="globals"),
        pytest.param("return cs.run(other(n))", "cs.run needs the compiler", id="compiler"),
        pytest.param("return cs.Router(n, {1: 2})", "cs.Router makes a graph", id="router"),
        pytest.param("return made(n)", "'made' is no name that the text of", id="dynamic"),
        pytest.param("import PACKAGE.helpers as helpers\n    return str(helpers)", "used as a value", id="module"),
        pytest.param("from PACKAGE.stars import floor\n    return floor(n)", "import it by its name", id="star"),
    ],
)
def test_refused(body: str, says: str, tmp_path: Path) -> None:
    task = "@cs.task\ndef other(n):\n    return n\n\n"
    package = Package(
        tmp_path,
        steps=f"{HEAD}{task}@cs.task\ndef root(n: int):\n    {body}\n\nvars()['made'] = len\n",
        helpers="X = 1\n",
        stars="from PACKAGE.inner import *\n",
        inner="floor = int\n",
    )
    said = refusal(package, package.load().root)
    assert says in said
    assert re.search(rf"^  (run\.source|{package.name}/(steps|stars)\.py):\d+: ", said, re.MULTILINE)
    assert "save it without standalone=True" in said


def test_a_closure_is_refused_as_for_saved_modules(tmp_path: Path) -> None:
    text = f"{HEAD}def make(k):\n    @cs.task\n    def inner(n: int):\n        return n + k\n    return inner\n\n"
    text += "made = make(2)\n"
    package = Package(tmp_path, steps=text)
    assert "another process could not import" in refusal(package, package.load().make(1))


def test_a_source_that_has_changed_since(tmp_path: Path) -> None:
    package = Package(
        tmp_path, steps=f"{HEAD}def plus(n):\n    return n + 1\n\n\n@cs.task\ndef root(n: int):\n    return plus(n)\n"
    )
    root = package.load().root
    package.write(
        "steps", f"{HEAD}def plus(n):\n    return n + 2\n\n\n@cs.task\ndef root(n: int):\n    return plus(n)\n"
    )
    assert "the source of 'plus' has changed since it was imported" in refusal(package, root)
