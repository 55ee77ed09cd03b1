"""The workflow that is compiled may stand among the further ones: it counts as itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import saved


@cs.task
def pong(n: int, cfg: int = 1) -> Any:
    return cs.TailCall([n - 1], {}, "ping") if n > 0 else ("pong", cfg)


@cs.task
def ping(n: int, cfg: int = 2) -> Any:
    return cs.TailCall([n - 1], {}, "pong") if n > 0 else ("ping", cfg)


@cs.workflow
def declared(n: int) -> Any:
    return ping(n)


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("listed", [[ping, pong], [pong, ping], [ping, pong, ping, pong]])
def test_the_task(listed: list[Any], inline: bool, tmp_path: Path) -> None:
    for workflow, wanted in ((ping, ("ping", 2)), (ping(5, cfg=7), ("ping", 7))):
        compiled = cs.aot(workflow, blueprints=listed, inline=inline)
        assert compiled(4) == wanted
        assert compiled(3) == ("pong", 1)
        assert saved(compiled, tmp_path / "saved.py")(4) == wanted
        blueprint = cs.BlueprintBuilder(blueprints=listed).build(workflow, template=True)
        assert cs.VirtualMachine().execute(blueprint, (4,)) == wanted
        assert str(compiled.blueprint) == str(cs.aot(workflow, blueprints=[pong], inline=inline).blueprint)


def test_the_very_call() -> None:
    call = ping(4, cfg=7)
    assert cs.aot(call, blueprints=[pong, call])() == ("ping", 7)


def test_a_workflow_function() -> None:
    assert cs.aot(declared, blueprints=[declared, pong, ping])(4) == ("ping", 2)


@pytest.mark.parametrize("workflow", [ping, ping(4), ping.map(n=[4])])
def test_another_call_of_it_is_another_workflow(workflow: Any) -> None:
    with pytest.raises(cs.CompileError, match="two workflows are named 'ping'"):
        cs.aot(workflow, blueprints=[ping(5, cfg=7), pong])


def test_the_task_of_a_map_is_another_workflow() -> None:
    with pytest.raises(cs.CompileError, match="two workflows are named 'ping'"):
        cs.aot(ping.map(n=[4]), blueprints=[ping, pong])
