"""What no other process could import is refused when a module is saved, whether it has moved into the text or not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

SCRIPT = """\
import sys
import cascade as cs

@cs.task
def double(n: int) -> int:
    return 2 * n

@cs.task
def show(n: int) -> str:
    return f"<{n}>"

compiled = cs.aot(show(double(5)), name="shown")
print(compiled())
for standalone in (False, True):
    try:
        compiled.save(sys.argv[1], standalone=standalone)
    except cs.NotShippableError as error:
        print(error)
"""


def test_tasks_of_a_script_are_named_each(tmp_path: Path) -> None:
    script, path = tmp_path / "script.py", tmp_path / "shown.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, str(script), str(path)], env=environment, capture_output=True, text=True, check=True
    )
    first, *rest = done.stdout.splitlines()
    said = "CS201: 'shown' can't be saved: another process could not import the task 'double', the task 'show'"
    assert first == "<10>"
    assert rest.count(said) == 2
    assert not path.exists()


def local(step: int = 1) -> tuple[Any, Any]:
    @cs.task
    def plain(n: int) -> int:
        return n + 1

    @cs.task
    def closed(n: int) -> int:
        return n + step

    return plain, closed


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("standalone", [True, False])
def test_tasks_of_a_function_and_lambdas_are_named_each(tmp_path: Path, inline: bool, standalone: bool) -> None:
    plain, closed = local(3)
    compiled = cs.aot([plain(1), closed(1), cs.task(lambda n: n)(5)], name="all", inline=inline)
    assert compiled() == [2, 4, 5]
    with pytest.raises(cs.NotShippableError) as raised:
        compiled.save(tmp_path / "all.py", standalone=standalone)
    for name in ("'plain'", "'closed'", "'<lambda>'"):
        assert f"the task {name}" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@cs.task
def pong(n: int, step: int = 1) -> int:
    return n * step


@cs.task
def ping(n: int) -> Any:
    return cs.tail(pong, n=n - 1)


waiting = pong(0, step=7).run_if(True)


def test_a_blueprint_with_a_condition_needs_the_compiler(tmp_path: Path) -> None:
    compiled, path = cs.aot(ping(3), blueprints=[waiting]), tmp_path / "agent.py"
    compiled.save(path)  # another process can import it
    assert compiled() == 14
    with pytest.raises(cs.NotShippableError, match="can't be saved as a standalone file") as caught:
        compiled.save(path, standalone=True)
    line = pong.func.__code__.co_firstlineno + 10
    said = f"test_not_shippable.py:{line}: the workflow 'pong' has a condition, predecessors, or several calls"
    assert said in str(caught.value)
    assert "change that, or save it without standalone=True" in str(caught.value)


class Box:
    def __init__(self, kept: int = 0) -> None:
        self.kept = kept


@cs.task
def opened(box: object, n: int) -> object:
    return box, n


@cs.workflow
def of_a_default(box: Any = Box(1), n: int = 1) -> Any:  # noqa: B008  # the default
    return opened(box, n)


GIVEN = {
    "the root": opened(Box(), 4),  # the root
    "in a container": opened([Box()], 4),  # in a container
    "a loop": cs.bind(opened(Box(), 1), cs.select_jump({"again": None})),  # a loop
    "one of several": [opened(Box(), 1)],  # one of several
    "one level deeper": pong(1, step=opened(Box(), 2)),  # one level deeper
    "a policy": opened(1, 2).with_cache(cs.MemoryCache(clock=lambda: 1.0)),  # a policy
    "a Param": opened(1, cs.Param("n", Box())),  # a Param
    "the default": of_a_default,
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("inline", [True, False])
def test_a_value_is_told_where_it_is_given(name: str, inline: bool, tmp_path: Path) -> None:
    with pytest.raises(cs.NotShippableError, match="another process could not import the value ") as caught:
        cs.aot(GIVEN[name], inline=inline).save(tmp_path / "out.py")
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (expected,) = (number for number, line in enumerate(lines, 1) if line.endswith(f"  # {name}"))
    assert caught.value.location is not None
    assert caught.value.location.line == expected
    assert f"test_not_shippable.py:{expected}\n" in str(caught.value)


def test_a_further_workflow_without_a_name_is_told_where_it_was_made(tmp_path: Path) -> None:
    line = sys._getframe().f_lineno + 1
    compiled = cs.aot(ping(3), blueprints=[pong.map(n=[1, 2])], inline=False)
    with pytest.raises(cs.NotShippableError, match="could not import the value ") as caught:
        compiled.save(tmp_path / "out.py")
    assert f"test_not_shippable.py:{line}\n" in str(caught.value)
