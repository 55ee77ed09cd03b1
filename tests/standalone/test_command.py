"""The command line of saved modules: every kind of parameter, and what has no quick way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cascade as cs
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


TYPES = """
    import cascade as cs


    @cs.task
    def shown(*values):
        return [f"{type(one).__name__} {one}" for one in values]


    @cs.task
    def lists(words: list[str]):
        return f"list {words}"


    @cs.task
    def limited(n: int, words: dict[str, int] = {}):
        return f"{n} {words}"


    @cs.workflow
    def kinds(pair: tuple[int, int] = (), seen: set[int] = frozenset(), kept: frozenset[int] = frozenset()):
        return shown(pair, seen, kept)


    @cs.workflow
    def unions(more: dict[str, int | None] | None = None, most: list[int] | int = 3, name: str | None = "x"):
        return shown(more, most, name)


    @cs.task
    def several(*rest: int, **more: int):
        return [rest, more]


    @cs.task
    def helped(help: int = 1, h: int = 2):
        return [help, h]


    def parsed(text):
        if text == "worse":
            raise ValueError("no such word")
        return "parsed", text


    class Slug(str):
        pass


    @cs.workflow
    def own(*, plain=None, given=cs.Param("given", type=parsed), left=cs.Param("left", "3", type=parsed)):
        return shown(plain, given, left, cs.Param("letters", "", type=list), cs.Param("slug", "", type=Slug))


    def told(text):
        print("converting", text)
        if text == "worse":
            raise ValueError("no such word")
        return text + "!" if text != "none" else None


    @cs.workflow
    def once():
        return shown(
            cs.Param("first", type=told, description="what comes first; 100% of it"),
            cs.Param("last", "a", type=told, description='the "last" of them'),
        )


    graph = limited(cs.Param("count", type=int))
    optional = limited(cs.Param("count", 2, type=int))
    mixed = shown(cs.Param("count", 2, type=int), cs.Param("words"))
"""


_START = """
import runpy, sys
sys.path[:0], sys.argv = sys.argv[1:3], sys.argv[3:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("types"), steps=TYPES)


def both(package: Package, name: str, *arguments: str) -> tuple[int, str]:
    """The exit code and the last line that a saved workflow has printed, as a module and as a standalone file."""
    done = ran(package, name, *arguments)
    said = (done.stderr or done.stdout).rstrip("\n").rpartition("\n")[2]
    return done.returncode, said


def ran(package: Package, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a saved workflow has printed, which is the same of a module and of a standalone file."""
    workflow = getattr(package.load(), name)
    place = package.folder / f"{name}_module.py"
    cs.aot(workflow).save(place)
    folders = [str(package.folder), str(Path(cs.__file__).parent.parent)]
    command = [sys.executable, "-c", _START, *folders, str(place), *arguments]
    ends = []
    for done in (
        subprocess.run(command, capture_output=True, text=True, timeout=120),
        run(package.save(workflow, f"{name}_single"), *arguments),
    ):
        assert "Traceback" not in done.stderr
        for word in (f"{name}_module", f"{name}_single"):
            done.stdout, done.stderr = (text.replace(word, "agent") for text in (done.stdout, done.stderr))
        ends.append((done.returncode, done.stdout, done.stderr))
    assert ends[0] == ends[1]
    return done


@pytest.mark.parametrize(
    ("name", "arguments", "needed"),
    [("graph", [], "count"), ("mixed", ["--count", "3"], "words"), ("lists", [], "words"), ("own", [], "given")],
)
def test_inputs_that_must_be_given(types: Package, name: str, arguments: list[str], needed: str) -> None:
    message = f"agent.py: error: the following arguments are required: --{needed}"
    assert both(types, name, *arguments) == (2, message)


def test_usage_shows_which_params_must_be_given(types: Package) -> None:
    assert "[-h] [--count INT] --words STR" in printed(types.save(types.load().mixed, "usage"), "--help")


@pytest.mark.parametrize(
    ("name", "arguments", "printed"),
    [
        ("graph", ["--count", "3"], "3 {}"),
        ("graph", ["--count=3"], "3 {}"),
        ("optional", [], "2 {}"),
        ("mixed", ["--words", "5"], '["int 2", "str 5"]'),
        ("lists", ["--words", "[1]"], "list [1]"),
        ("limited", ["--n", "1", "--words", '{"a": 1}'], "1 {'a': 1}"),
        (
            "kinds",
            ["--pair", "[1, 2]", "--seen", "[1]", "--kept=[2]"],
            '["tuple (1, 2)", "set {1}", "frozenset frozenset({2})"]',
        ),
        ("unions", [], '["NoneType None", "int 3", "str x"]'),
        ("unions", ["--more", "null", "--name", "None"], '["NoneType None", "int 3", "NoneType None"]'),
        ("unions", ["--more", "{}", "--most", "[1]", "--name", "null "], '["dict {}", "list [1]", "str null "]'),
        ("unions", ["--most", "5"], '["NoneType None", "int 5", "str x"]'),
        ("several", ["--rest", "[1, 2]", "--more", '{"x": 2}'], '[[1, 2], {"x": 2}]'),
        ("several", [], "[[], {}]"),
        (
            "own",
            ["--plain", "5", "--given", "5"],
            """["int 5", "tuple ('parsed', '5')", "tuple ('parsed', '3')", "list []", "Slug "]""",
        ),
        (
            "own",
            ["--given=[1]", "--left", '"a"', "--letters", "[1]", "--slug", "5"],
            """["NoneType None", "tuple ('parsed', '[1]')", "tuple ('parsed', '\\"a\\"')","""
            """ "list ['[', '1', ']']", "Slug 5"]""",
        ),
        ("helped", ["--help", "3", "--h=4"], "[3, 4]"),
        ("helped", ["-h"], "  --h INT     int, default 2"),
    ],
)
def test_inputs_are_of_their_types(types: Package, name: str, arguments: list[str], printed: str) -> None:
    assert both(types, name, *arguments) == (0, printed)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("lists", ["--words", "5"], "'words' takes a list, written in JSON; got '5'"),
        ("lists", ["--words={}"], "'words' takes a list, written in JSON; got '{}'"),
        ("lists", ["--words", "a"], "'words' takes JSON (list; Expecting value: line 1 column 1 (char 0)); got 'a'"),
        ("limited", ["--n", "1", "--words", "[]"], "'words' takes a dict, written in JSON; got '[]'"),
        ("kinds", ["--pair", "{}"], "'pair' takes a tuple, written in JSON; got '{}'"),
        ("kinds", ["--seen", "[[1]]"], "'seen' takes a set, written in JSON (unhashable type: 'list'); got '[[1]]'"),
        ("kinds", ["--kept", "null"], "'kept' takes a frozenset, written in JSON; got 'null'"),
        ("unions", ["--more", "[1]"], "'more' takes a dict, written in JSON; got '[1]'"),
        ("unions", ["--most", "null"], "'most' takes a list, written in JSON or an int; got 'null'"),
        ("helped", ["--help", "x"], "'help' takes an int; got 'x'"),
        ("several", ["--rest", "1"], "'rest' takes a list, written in JSON; got '1'"),
        ("own", ["--given", "worse"], "'given' can't be 'worse': it is no parsed (no such word)"),
        ("several", ["--more", "1"], "'more' takes a dict, written in JSON; got '1'"),
    ],
)
def test_inputs_of_another_kind(types: Package, name: str, arguments: list[str], said: str) -> None:
    assert both(types, name, *arguments) == (2, f"agent.py: error: the input {said}")


def test_a_converter_is_called_once_for_each_input(types: Package) -> None:
    done = ran(types, "once", "--first", "x")
    assert done.stdout.splitlines() == ["converting x", "converting a", '["str x!", "str a!"]']
    done = ran(types, "once", "--first=none", "--last", "y")
    assert done.stdout.splitlines() == ["converting none", "converting y", '["NoneType None", "str y!"]']


def test_what_a_converter_refuses_is_wrong_usage(types: Package) -> None:
    done = ran(types, "once", "--first", "worse", "--last", "y")
    assert (done.returncode, done.stdout) == (2, "converting worse\n")


def test_help_has_the_descriptions_of_params(types: Package) -> None:
    lines = [line.strip() for line in ran(types, "once", "--help").stdout.splitlines()]
    assert "--first STR  what comes first; 100% of it, str" in lines
    assert "--last STR   the \"last\" of them, str, default 'a'" in lines
