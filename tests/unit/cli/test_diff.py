"""`cascade diff`: what differs for a caller between two saved modules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from cascade_gen.artifact.diff import read_saved
from cascade_gen.blueprint import Loop, walk
from cascade_gen.emit import FORMAT, text_hash
from tests.unit.cli.support import cascade, shell, write, wrong

Save = Callable[..., str]

AGENT = """\
import cascade as cs

LIMITS = [1, 2]


@cs.task
def agent({signature}){returns}:
    return {value}
"""

LOOP = """\
import cascade as cs


@cs.task
def agent({signature}):
    if n <= 0:
        return n
    {tail}


@cs.task
def other(n, {more}):
    if n <= 0:
        return n
    return cs.tail(agent, n=n - 1)
"""

VISIBLE = "return cs.tail({}, n=n - 1)"
HIDDEN = "step = cs.TailCall(kwargs={{'n': n - 1}}, target_blueprint_id={!r})\n    return step"

POLICY = """\
import cascade as cs


@cs.task
def fetch(url):
    return url.upper()


@cs.workflow
def agent(url):
    return fetch(url){policy}
"""

STEPS = """\
import cascade as cs


KEYS = ["stop", "again"]


@cs.task
def step(n):
    return cs.Jump(KEYS[n > 0], {{"n": n - 1}})


first = step(3)
cs.bind(first, cs.select_jump({{{jumps}}}))
"""


@pytest.fixture
def save(project: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Saves the `agent`, or another `target`, of a source text as the module `flow`; gives the name of the file."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def saved(file: str, source: str, *options: str, target: str = "agent") -> str:
        write(project / "flow.py", source)
        sys.modules.pop("flow", None)
        importlib.invalidate_caches()
        result = cascade("build", f"flow:{target}", "-o", file, *options)
        assert result.exit_code == 0, result.stderr
        return file

    return saved


def agent(signature: str, returns: str = "", value: str = "n") -> str:
    return AGENT.format(signature=signature, returns=returns, value=value)


def loop(signature: str = "n, step=1", tail: str = VISIBLE.format("agent"), more: str = "pace=1") -> str:
    return LOOP.format(signature=signature, tail=tail, more=more)


def lines(result: Any, about: str = "") -> list[str]:
    """The differences, with one blank where the columns are; only those about a subject that begins so."""
    assert result.stderr == ""
    found = [" ".join(line.split(maxsplit=1)) for line in result.stdout.splitlines()]
    return [line for line in found if line.partition(" ")[2].startswith(about)]


class TestInputs:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("n, step=1", "n", ["breaking input step: removed"]),
            ("n", "n, step", ["breaking input step: added, required"]),
            ("n", "n, step=1", ["compatible input step: added, with default 1"]),
            (
                "n, page=1",
                "n, limit=1",
                ["breaking input page: removed", "compatible input limit: added, with default 1"],
            ),
            ("n, step=1", "n, step=2", ["breaking input step: default 2; it was 1"]),
            ("n, step=1", "n, step", ["breaking input step: required now; its default was 1"]),
            ("n, step", "n, step=1", ["compatible input step: optional now, with default 1"]),
            ("n, limits=(1,)", "n, limits=(1, 2)", ["breaking input limits: default (1, 2); it was (1,)"]),
            ("n, limits=LIMITS", "n, limits=(1, 2)", ["breaking input limits: default (1, 2); it was flow.LIMITS"]),
            ("n, m", "m, n", ["breaking input n: position 2; it was 1", "breaking input m: position 1; it was 2"]),
            (
                "n, m=1",
                "n, k=0, m=1",
                ["breaking input m: position 3; it was 2", "compatible input k: added, with default 0"],
            ),
            ("n, m=1", "n, *, m=1", ["breaking input m: given by name; it was by position or by name"]),
            (
                "n, m=1",
                "n, m=1, /",
                [
                    "breaking input n: given by position; it was by position or by name",
                    "breaking input m: given by position; it was by position or by name",
                ],
            ),
            ("n, /", "n", ["compatible input n: given by position or by name; it was by position"]),
            ("n, *, m=1", "n, m=1", ["compatible input m: given by position or by name; it was by name"]),
            ("n, /, **more", "n, **more", ["breaking input n: given by position or by name; it was by position"]),
            (
                "n",
                "n, *rest, **more",
                [
                    "compatible input rest: added, given as any further positions",
                    "compatible input more: added, given as any further names",
                ],
            ),
            (
                "n, *rest",
                "n, m=1, *rest",
                ["breaking input rest: position 3; it was 2", "compatible input m: added, with default 1"],
            ),
            ("n, **more", "n, m=1, **more", ["breaking input m: added, with default 1; the name was one of **more"]),
            ("n, **more", "n", ["breaking input more: removed"]),
            ("n: int", "n: int | None", ["compatible input n: annotated int | None; it was int"]),
            ("n: int | None", "n: int", ["breaking input n: annotated int; it was int | None"]),
            ("n: int | str", "n: str | int", ["breaking input n: annotated str | int; it was int | str"]),
            ("n: list", "n", ["compatible input n: annotated with nothing; it was list"]),
            ("n: int", "n", ["breaking input n: annotated with nothing; it was int"]),
            ("n", "n: int", ["breaking input n: annotated int; it was with nothing"]),
            ("n: int", "n: str", ["breaking input n: annotated str; it was int"]),
            ("n: list", "n: object", ["compatible input n: annotated object; it was list"]),
        ],
    )
    def test_each_change(self, save: Save, old: str, new: str, expected: list[str]) -> None:
        result = cascade("diff", save("old.py", agent(old)), save("new.py", agent(new)))
        assert lines(result, "input") == expected
        assert result.exit_code == (3 if any(one.startswith("breaking") for one in expected) else 1)

    def test_a_param_without_a_default_is_required(self, save: Save) -> None:
        source = agent("n") + "\n\ndated = agent(cs.Param('day'{}))\n"
        old = save("old.py", source.format(", default='monday'"), target="dated")
        result = cascade("diff", old, save("new.py", source.format(""), target="dated"))
        assert lines(result) == ["breaking input day: required now; its default was 'monday'"]
        assert lines(cascade("diff", "new.py", old)) == ["compatible input day: optional now, with default 'monday'"]

    def test_the_same_in_a_standalone_file(self, save: Save) -> None:
        source = agent("n, limits=LIMITS, other=(3, 4)") + "\n\ndated = agent(cs.Param('day'))\n"
        plain = read_saved(Path(save("plain.py", source, target="dated")))
        alone = read_saved(Path(save("alone.py", source, "--standalone", target="dated")))
        assert list(plain.inputs) == ["limits", "other", "day"]
        assert alone.inputs == plain.inputs

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("", " -> int", "compatible result: annotated int; it was with nothing"),
            (" -> int | None", " -> int", "compatible result: annotated int; it was int | None"),
            (" -> int", " -> int | None", "breaking result: annotated int | None; it was int"),
            (" -> int", "", "breaking result: annotated with nothing; it was int"),
        ],
    )
    def test_the_annotation_of_the_result(self, save: Save, old: str, new: str, expected: str) -> None:
        result = cascade("diff", save("old.py", agent("n", old)), save("new.py", agent("n", new)))
        assert lines(result, "result") == [expected]

    def test_an_integer_too_long_to_be_a_decimal(self, save: Save) -> None:
        old = save("old.py", agent(f"n, m=0x{'f' * 5000}"))
        result = cascade("diff", old, save("new.py", agent(f"n, m=0x{'f' * 4999}e")))
        assert lines(result, "input") == [f"breaking input m: default 0x{'f' * 4999}e; it was 0x{'f' * 5000}"]


class TestFunction:
    def test_async_and_back(self, save: Save) -> None:
        old = save("old.py", agent("n"))
        new = save("new.py", agent("n").replace("def agent", "async def agent"))
        there, back = cascade("diff", old, new), cascade("diff", new, old)
        assert lines(there, "function") == ["breaking function: async; it was sync"]
        assert lines(back, "function") == ["breaking function: sync; it was async"]
        assert (there.exit_code, back.exit_code) == (3, 3)

    def test_another_name(self, save: Save) -> None:
        old = save("old.py", agent("n"))
        new = save("new.py", agent("n").replace("def agent", "def survey"), target="survey")
        assert lines(cascade("diff", old, new), "function") == ["breaking function: survey; it was agent"]


class TestWithin:
    def test_tasks(self, save: Save) -> None:
        source = POLICY + "\n\n@cs.task\ndef parse(page):\n    return page\n"
        old = save("old.py", source.format(policy=""))
        changed = source.format(policy="").replace("url.upper()", "url.lower()")
        changed = changed.replace("return fetch(url)", "return parse(fetch(url))")
        result = cascade("diff", old, save("new.py", changed))
        assert lines(result) == [
            "compatible task flow:fetch: its source has changed",
            "compatible task flow:parse: added",
        ]
        assert result.exit_code == 1
        assert "compatible task flow:parse: removed" in lines(cascade("diff", "new.py", old))

    @pytest.mark.parametrize("tail", [VISIBLE, HIDDEN])
    def test_what_a_state_carries(self, save: Save, tail: str) -> None:
        """Whether the bodies have moved and the tail calls are assignments, or the runtime binds them."""
        old = save("old.py", loop(tail=tail.format("other")))
        new = save("new.py", loop("n, step=1, top=9", tail.format("other")))
        assert lines(cascade("diff", old, new), "loop") == [
            "compatible loop of agent: state agent(n, step, top); it was agent(n, step)"
        ]

    def test_a_state_that_comes_and_goes(self, save: Save) -> None:
        old, new = save("old.py", loop()), save("new.py", loop(tail=VISIBLE.format("other")))
        assert lines(cascade("diff", old, new), "loop") == ["compatible loop of agent: state other(n, pace) added"]
        assert lines(cascade("diff", new, old), "loop") == ["compatible loop of agent: state other(n, pace) removed"]

    def test_a_call_that_may_go_round_is_no_loop_yet(self, save: Save) -> None:
        plain, open_ = save("plain.py", agent("n")), save("open.py", agent("n", value="n.copy()"))
        wider, goes = save("wider.py", agent("n, m=1", value="n.copy()")), save("goes.py", loop("n"))
        assert read_saved(Path(plain)).loops == ()
        assert [one.hidden for one in read_saved(Path(open_)).loops] == [True]
        for old, new in ((plain, open_), (open_, plain), (open_, wider), (open_, goes)):
            assert lines(cascade("diff", old, new), "loop") == []
        assert lines(cascade("diff", wider, goes), "loop") == [
            "compatible loop of agent: state agent(n); it was agent(n, m)"
        ]

    def test_both_forms_of_a_loop_are_the_same_loop(self, save: Save) -> None:
        old = save("old.py", loop(tail=VISIBLE.format("other")))
        new = save("new.py", loop(tail=HIDDEN.format("other")))
        assert "binds" in Path(new).read_text() and "binds" not in Path(old).read_text()
        assert lines(cascade("diff", old, new), "loop") == []

    def test_a_loop_that_comes_and_goes(self, save: Save) -> None:
        old = save("old.py", agent("n, step=1"))
        new = save("new.py", loop(tail=VISIBLE.format("other")))
        there, back = cascade("diff", old, new), cascade("diff", new, old)
        assert lines(there, "loop") == ["compatible loop of agent: added, with agent(n, step) and other(n, pace)"]
        assert lines(back, "loop") == ["compatible loop of agent: removed"]

    def test_other_repetitions_are_no_loops(self, save: Save) -> None:
        source = agent("n", value="n + 1") + "\n\nseveral = [agent(1).with_retry(3)]\n"
        source = source.replace("    return", "    while n < 9:\n        n += 1\n    return")
        assert read_saved(Path(save("saved.py", source, target="several"))).loops == ()

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_the_states_are_those_of_the_blueprint(self, save: Save, kind: str) -> None:
        source = loop(tail=VISIBLE.format("other")) + "\n\nthree = [agent(1), agent(2, step=3), other(1)]\n"
        source = source.replace("\ndef agent", f"\n{kind} agent")
        plain = read_saved(Path(save("plain.py", source, target="three")))
        alone = read_saved(Path(save("alone.py", source, "--standalone", target="three")))
        first = ["agent(n, step)", "other(n, pace)"]
        assert [[str(state) for state in one.states] for one in plain.loops] == [first, first, first[::-1]]
        assert alone.loops == plain.loops
        listed = walk(cs.aot(sys.modules["flow"].three).blueprint.body)
        loops = [one for one in listed if isinstance(one, Loop)]
        assert [[state.task for state in one.states] for one in loops] == [
            [state.task for state in one.states] for one in plain.loops
        ]

    def test_jumps(self, save: Save) -> None:
        old = save("old.py", STEPS.format(jumps='"again": first, "stop": None'), target="first")
        new = save("new.py", STEPS.format(jumps='"again": first, "halt": None'), target="first")
        result = cascade("diff", old, new)
        assert lines(result) == [
            "compatible loop of step: jumps of step: 'again' to step, 'halt' to the end;"
            " it was 'again' to step, 'stop' to the end"
        ]
        assert result.exit_code == 1

    def test_a_policy(self, save: Save) -> None:
        old = save("old.py", POLICY.format(policy=""))
        new = save("new.py", POLICY.format(policy=".with_retry(3)"))
        result = cascade("diff", old, new)
        assert lines(result) == ["compatible workflow: its graph, its policies or its values have changed"]
        assert result.exit_code == 1
        three = save("three.py", POLICY.format(policy=".with_retry(3)").replace("agent(url)", "agent(url='here')"))
        assert lines(cascade("diff", new, three)) == ["compatible input url: optional now, with default 'here'"]

    def test_versions(self, save: Save, project: Path) -> None:
        old, new = save("old.py", agent("n")), project / "new.py"
        text = Path(old).read_text().replace("cascade-gen 0", "cascade-gen 17.0", 1)
        text = text.replace(f"format {FORMAT}", f"format {FORMAT - 1}")
        stamp = text.partition(", text ")[2].partition("\n")[0]
        new.write_text(text.replace(stamp, text_hash(text)))
        result = cascade("diff", old, str(new))
        assert [line.partition(";")[0].partition(": ")[0] for line in lines(result)] == [
            "compatible generator",
            "compatible format",
        ]
        assert result.exit_code == 1


class TestStandalone:
    def test_each_way(self, save: Save) -> None:
        old, new = save("old.py", agent("n")), save("new.py", agent("n"), "--standalone")
        there, back = cascade("diff", old, new), cascade("diff", new, old)
        assert lines(there) == ["compatible module: standalone; it needed cascade_gen and the modules of its tasks"]
        assert lines(back) == ["breaking module: needs cascade_gen and the modules of its tasks; it was standalone"]
        assert (there.exit_code, back.exit_code) == (1, 3)

    def test_what_was_taken_along(self, save: Save) -> None:
        source = agent("n", value="n + LIMITS[0]")
        old = save("old.py", source, "--standalone")
        result = cascade("diff", old, save("new.py", source.replace("[1, 2]", "[2, 2]"), "--standalone"))
        assert lines(result) == ["compatible module flow: what was taken along of it has changed (LIMITS)"]
        assert result.exit_code == 1

    def test_the_workflow_within_another_form(self, save: Save) -> None:
        old = save("old.py", POLICY.format(policy=""))
        new = save("new.py", POLICY.format(policy=".with_retry(3)"), "--standalone")
        assert "compatible workflow: its graph, its policies or its values have changed" in lines(
            cascade("diff", old, new)
        )


class TestNoDifference:
    @pytest.mark.parametrize("options", [(), ("--standalone",)])
    def test_comments_and_lines(self, save: Save, options: tuple[str, ...]) -> None:
        old = save("old.py", loop(), *options)
        new = save(
            "new.py", "# for the tests\n\n\n" + loop().replace("return n\n", "return n  # it is over\n"), *options
        )
        result = cascade("diff", old, new)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "no difference\n", "")

    def test_with_what_would_be_built(self, save: Save) -> None:
        file = save("old.py", loop())
        result = cascade("diff", file, "flow:agent")
        assert (result.exit_code, result.stdout) == (0, "no difference\n")
        assert cascade("diff", "flow.py:agent", file).exit_code == 0


class TestReading:
    def test_nothing_is_run(self, save: Save, project: Path) -> None:
        old = save("old.py", "print('I run')\n" + agent("n"), "--standalone")
        new = save("new.py", "print('I run')\n" + agent("n, m=1"), "--standalone")
        write(project / "flow.py", "raise SystemExit('I was imported')")
        done = shell(["diff", old, new], project)
        assert (done.returncode, done.stderr) == (1, b"")
        assert b"I run" not in done.stdout

    def test_no_file(self, save: Save) -> None:
        old = save("old.py", agent("n"))
        assert "there is no file 'lost.py'" in wrong(cascade("diff", old, "lost.py"))
        assert "there is no file 'lost.py'" in wrong(cascade("diff", "lost.py:agent", old))

    def test_a_file_that_is_none_of_ours(self, save: Save) -> None:
        said = wrong(cascade("diff", save("old.py", agent("n")), "crawl.py"))
        assert said == wrong(cascade("check", "crawl.py"))

    def test_edited_by_hand(self, save: Save) -> None:
        old, new = save("old.py", agent("n")), save("new.py", agent("n"))
        Path(new).write_text(Path(new).read_text().replace("return n", "return -n"))
        assert "new.py: edited by hand since it was generated" in wrong(cascade("diff", old, new))

    def test_a_newer_format(self, save: Save) -> None:
        old, new = save("old.py", agent("n")), save("new.py", agent("n"))
        Path(new).write_text(Path(new).read_text().replace(f"format {FORMAT}", f"format {FORMAT + 1}"))
        said = wrong(cascade("diff", old, new))
        assert "CS202" in said
        assert said == wrong(cascade("check", new))

    def test_what_this_python_cannot_parse(self, save: Save) -> None:
        old, new = save("old.py", agent("n")), save("new.py", agent("n"))
        text = Path(new).read_text().replace("return n", "return n n")
        stamp = text.partition(", text ")[2].partition("\n")[0]
        Path(new).write_text(text.replace(stamp, text_hash(text)))
        assert "can't read new.py: invalid syntax" in wrong(cascade("diff", old, new))

    def test_what_cannot_be_saved(self, save: Save) -> None:
        assert "CS201" in wrong(cascade("diff", save("old.py", agent("n")), "crawl:closure"))
