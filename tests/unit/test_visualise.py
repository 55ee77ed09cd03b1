"""Pictures of workflows, as the text that Graphviz reads."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cascade_gen.errors import CascadeError, NotAWorkflowError, RecursiveWorkflowError
from cascade_gen.inspect.visualise import render, to_dot
from cascade_gen.lang import (
    Env,
    LazyResult,
    Param,
    Router,
    Workflow,
    bind,
    inject,
    select_jump,
    task,
    workflow,
)


@task
def fetch(url: Any, limit: int = 10) -> Any:
    return url, limit


@task
def merge(*parts: Any, **named: Any) -> Any:
    return parts, named


@task
def query(sql: Any, database: Any = inject("database")) -> Any:
    return sql, database


def lines(target: Any) -> list[str]:
    """The nodes and edges of the picture, without the header and the fonts."""
    return [line.strip() for line in to_dot(target).source.splitlines()[3:-1]]


def test_a_chain() -> None:
    assert lines(fetch(fetch("a"), limit=3)) == [
        "n1 [peripheries=2]",
        "n1 [label=fetch shape=box style=rounded]",
        "n2 -> n1 [label=url]",
        "n2 [label=fetch shape=box style=rounded]",
    ]


def test_a_node_used_twice_is_drawn_once() -> None:
    page = fetch("a")
    assert [line for line in lines(merge(page, [{"deep": (page,)}])) if "->" in line] == [
        "n2 -> n1 [label=parts]",
        "n2 -> n1 [label=parts]",
    ]


def test_inputs_of_every_kind() -> None:
    root = merge(Param("day"), Env("HOME"), Param("day"), query("select"))
    assert lines(root) == [
        "n1 [peripheries=2]",
        "n1 [label=merge shape=box style=rounded]",
        "n2 -> n1 [label=parts]",
        "n3 -> n1 [label=parts]",
        "n2 -> n1 [label=parts]",
        "n4 -> n1 [label=parts]",
        "n2 [label=day shape=ellipse]",
        "n3 [label=HOME shape=ellipse style=dashed]",
        "n4 [label=query shape=box style=rounded]",
        "n5 -> n4 [label=database]",
        "n5 [label=database shape=cylinder]",
    ]


def test_a_task_has_its_parameters_as_inputs() -> None:
    assert lines(query) == [
        "n1 [peripheries=2]",
        "n1 [label=query shape=box style=rounded]",
        "n2 -> n1 [label=sql]",
        "n3 -> n1 [label=database]",
        "n2 [label=sql shape=ellipse]",
        "n3 [label=database shape=cylinder]",
    ]


def test_a_workflow_is_traced() -> None:
    @workflow
    def report(url: str) -> Any:
        return {"one": fetch(url), "two": [fetch(url)]}

    assert isinstance(report, Workflow)
    drawn = lines(report)
    assert drawn[:2] == ["n1 [peripheries=2]", "n2 [peripheries=2]"]
    assert [line for line in drawn if "->" in line] == ["n3 -> n1 [label=url]", "n3 -> n2 [label=url]"]
    assert to_dot(report).source.startswith("digraph report {")


def test_policies_conditions_and_predecessors() -> None:
    first = fetch("a")
    node: LazyResult[Any] = fetch("b").run_if(Param("wanted")).after(first)
    node.with_retry(5).with_timeout(2.5).with_constraints(gpu=1, memory=Param("size"))
    drawn = lines(node)
    label = r"fetch\nup to 5 attempts\ntimeout 2.5 s\ngpu=1\nmemory=…"
    assert f'n1 [label="{label}" shape=box style=rounded]' in drawn
    assert "n2 -> n1 [style=dotted]" in drawn
    assert "n3 -> n1 [label=if style=dashed]" in drawn
    assert "n4 -> n1 [label=memory style=dashed]" in drawn


def test_maps_and_routes() -> None:
    pages = fetch.map(url=Param("urls"))
    root = Router(fetch("kind"), {"all": pages, None: fetch("none")})
    assert lines(root) == [
        "n1 [peripheries=2]",
        "n1 [label=route shape=diamond]",
        "n2 -> n1 [label=selects]",
        """n3 -> n1 [label="'all'"]""",
        "n4 -> n1 [label=None]",
        "n2 [label=fetch shape=box style=rounded]",
        'n3 [label="fetch.map" shape=box3d]',
        "n5 -> n3 [label=url]",
        "n4 [label=fetch shape=box style=rounded]",
        "n5 [label=urls shape=ellipse]",
    ]


def test_jumps_may_point_back() -> None:
    step = fetch("a")
    bind(step, select_jump({"again": step, "exit": None}))
    drawn = lines(step)
    assert """n1 -> n1 [label="'again'" constraint=false style=bold]""" in drawn
    assert """n1 -> end [label="'exit'" constraint=false style=bold]""" in drawn
    assert "end [shape=doublecircle]" in drawn


def test_names_are_shown_as_they_are() -> None:
    named = task(name=r'<b>\n"x"')(fetch.func)
    source = to_dot(named("a")).source
    assert r'n1 [label="<b>\\n\"x\"" shape=box style=rounded]' in source
    assert source.startswith(r'digraph "<b>\n\"x\"" {')


def test_sets_are_drawn_in_the_order_of_creation() -> None:
    members = [fetch(number) for number in range(20)]
    numbered = [task(name=f"t{number}")(fetch.func)(member) for number, member in enumerate(members)]
    labels = [line for line in lines(merge(set(numbered))) if "label=t" in line]
    assert labels == [f"n{2 + number} [label=t{number} shape=box style=rounded]" for number in range(20)]


def test_a_long_chain() -> None:
    node = fetch("a")
    for _ in range(5000):
        node = fetch(node)
    assert sum("->" in line for line in lines(node)) == 5000


@pytest.mark.parametrize("thing", [3, None, print])
def test_what_is_no_workflow(thing: Any) -> None:
    with pytest.raises(NotAWorkflowError, match="this is no workflow"):
        to_dot(thing)


def test_constants_beside_a_call_are_not_drawn() -> None:
    node = fetch("a")
    assert lines([node, 3, {"b": None}]) == lines([node])


def test_a_workflow_that_calls_itself() -> None:
    @workflow
    def again(n: Any) -> Any:
        return merge(again(n))

    with pytest.raises(RecursiveWorkflowError, match="CS112: the workflow 'again' calls itself while it is traced"):
        to_dot(again)


def test_a_function_that_calls_itself_in_a_workflow() -> None:
    def deeper(n: Any) -> Any:
        return deeper(n)

    @workflow
    def lost(n: Any) -> Any:
        return deeper(n)

    with pytest.raises(RecursionError):
        to_dot(lost)


def test_a_cycle_is_drawn_too() -> None:
    one, two = fetch("a"), fetch("b")
    one.after(two)
    two.after(one)
    assert sum("->" in line for line in lines(one)) == 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz isn't installed")
def test_renders_a_picture(tmp_path: Path) -> None:
    render(to_dot(fetch(fetch("a"))), tmp_path / "graph.svg")
    assert "<svg" in (tmp_path / "graph.svg").read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["graph.svg"]


def test_a_picture_by_any_dot_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Graphviz's program prints is what the file holds, and a failure of it leaves no file."""
    program = tmp_path / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write(' '.join(sys.argv[1:]))\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    render(to_dot(fetch("a")), tmp_path / "graph.svg")
    assert "-Tsvg" in (tmp_path / "graph.svg").read_text()

    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('bad graph')\n")
    with pytest.raises(CascadeError, match=r"could not draw 'graph\.png'"):
        render(to_dot(fetch("a")), tmp_path / "graph.png")
    assert not (tmp_path / "graph.png").exists()


def test_the_text_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "from cascade_gen.inspect.visualise import to_dot\n"
        "from cascade_gen.lang import task, Param\n"
        "@task\ndef f(*a): ...\n"
        "print(to_dot(f({f(1), f(Param('b'), Param('c')), (f(2), 'x')}, {'k': f('y')})).source)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": root, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
