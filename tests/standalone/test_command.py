"""The command line of saved modules: every kind of parameter, and what has no quick way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standalone.support import Package, printed, run

STEPS = """
    import cascade as cs


    @cs.task
    def every(a: int, b: float = 0.5, /, c_d: str | None = "c", *rest: int, flag: bool = False, data=None, **more):
        return [a, b, c_d, list(rest), flag, data, more]
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = Package(tmp_path_factory.mktemp("command"), steps=STEPS)
    return package.save(package.load().every)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--a", "1"], '[1, 0.5, "c", [], false, null, {}]'),
        (["--a=-1", "--b", "2"], '[-1, 2.0, "c", [], false, null, {}]'),
        (["--a", "1", "--c-d", "x", "--flag", "yes"], '[1, 0.5, "x", [], true, null, {}]'),
        (["--c_d=", "--a", "1", "--data", "[1]"], '[1, 0.5, "", [], false, [1], {}]'),
        (["--a", "1", "--data", "no json"], '[1, 0.5, "c", [], false, "no json", {}]'),
        (["--a", "1", "--a", "2"], '[2, 0.5, "c", [], false, null, {}]'),
        (["--a", "1", "--more", '{"x": 2}'], '[1, 0.5, "c", [], false, null, {"x": 2}]'),
        (["--a", "-3"], '[-3, 0.5, "c", [], false, null, {}]'),
    ],
)
def test_inputs(path: Path, arguments: list[str], expected: str) -> None:
    assert printed(path, *arguments) == expected


@pytest.mark.parametrize(
    "arguments", [["--a"], ["--a", "1", "2"], ["a"], ["--", "--a", "1"], ["--a", "--b"], ["--a", "x"], ["-a", "1"]]
)
def test_wrong_usage(path: Path, arguments: list[str]) -> None:
    done = run(path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: agent.py")
