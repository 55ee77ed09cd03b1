"""A row of arguments or targets in an async workflow: what stands to the right of a failed sync one never starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved

log: list[str] = []


@cs.task
async def fetch(name: str) -> str:
    log.append(f"+{name}")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        log.append(f"-{name}")
        raise
    return name


@cs.task
async def quick(name: str) -> str:
    log.append(name)
    return name


@cs.task
def refuse(reason: str) -> str:
    log.append(f"refuse {reason}")
    raise ValueError(reason)


@cs.task
async def refuse_at_once(reason: str) -> str:
    log.append(f"refuse {reason}")
    raise ValueError(reason)


@cs.task
def plain(name: str) -> str:
    log.append(f"plain {name}")
    return name


@cs.task
def joined(*parts: Any) -> list[Any]:
    return list(parts)


@cs.workflow
def declared(reason: str) -> Any:
    return joined(fetch("x"), plain("s"), refuse(reason), plain("t"), fetch("y"))


ROWS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "arguments": (lambda: joined(fetch("x"), refuse("no"), fetch("y")), ["+x", "refuse no", "-x"]),
    "targets": (
        lambda: [fetch("x"), refuse("no"), plain("s"), fetch("y")],
        ["+x", "refuse no", "-x"],
    ),
    "items of a container": (
        lambda: joined({"a": fetch("x"), "b": [refuse("no")], "c": fetch("y")}),
        ["+x", "refuse no", "-x"],
    ),
    "sync ones to the left": (
        lambda: joined(plain("s"), fetch("x"), plain("t"), refuse("no"), plain("u"), fetch("y")),
        ["plain s", "+x", "plain t", "refuse no", "-x"],
    ),
    "an argument of an async call": (
        lambda: joined(fetch("x"), fetch(refuse("no")), plain("s"), fetch("y")),
        ["+x", "refuse no", "-x"],
    ),
    "the first of them": (lambda: [refuse("no"), fetch("x"), fetch("y")], ["refuse no"]),
    "the last of them": (lambda: [fetch("x"), fetch("y"), refuse("no")], ["+x", "+y", "refuse no", "-x", "-y"]),
    "an async one that fails before it waits": (
        lambda: joined(fetch("x"), refuse_at_once("no"), fetch("y")),
        ["+x", "refuse no", "-x"],
    ),
    "items of a map": (lambda: refuse_at_once.map(reason=["no", "never", "not"]), ["refuse no"]),
    "a shared one": (
        lambda: (lambda bad: joined(fetch("x"), [bad], [bad, fetch("y")], fetch("z")))(refuse("no")),
        ["+x", "refuse no", "-x"],
    ),
}


def attempt(act: Callable[[], Any]) -> tuple[str, list[str]]:
    """What it raises, and the notes of what ran."""
    log.clear()
    with pytest.raises(ValueError) as caught:
        act()
    return str(caught.value), list(log)


@pytest.mark.parametrize("name", ROWS)
def test_what_stands_to_the_right_never_starts(name: str, tmp_path: Path) -> None:
    build, wanted = ROWS[name]
    compiled = cs.aot(build(), name="row")
    called = cs.aot(build(), name="row", inline=False)
    blueprint = cs.BlueprintBuilder().build(build(), template=True)
    module = saved(compiled, tmp_path / "saved.py")
    paths: dict[str, Callable[[], Any]] = {
        "cs.run": lambda: cs.run(build()),
        "use_vm": lambda: asyncio.run(cs.Engine().run(build(), use_vm=True)),
        "VirtualMachine": lambda: asyncio.run(waited(cs.VirtualMachine().execute(blueprint))),
        "compiled": compiled.run,
        "not inlined": called.run,
        "saved": lambda: asyncio.run(module()),
    }
    assert {path: attempt(act) for path, act in paths.items()} == dict.fromkeys(paths, ("no", wanted))


async def waited(awaitable: Any) -> Any:
    return await awaitable


def test_of_a_workflow_function() -> None:
    wanted = ["+x", "plain s", "refuse no", "-x"]
    assert attempt(lambda: cs.run(declared, {"reason": "no"})) == ("no", wanted)
    assert attempt(lambda: cs.aot(declared).run("no")) == ("no", wanted)


def test_where_nothing_fails_all_start_from_left_to_right() -> None:
    def build() -> Any:
        return joined(quick("x"), plain("s"), quick("y"), plain("t"))

    for path, found in outcomes(build).items():
        assert found == ["x", "s", "y", "t"], path
    log.clear()
    cs.aot(build()).run()
    assert log == ["x", "plain s", "y", "plain t"]


@cs.task
async def counting(n: int, found: Any = ()) -> Any:
    if n:
        return cs.tail(counting, n=n - 1, found=[quick("x"), refuse("no"), plain("s"), quick("y")])
    return found


def test_in_the_values_of_a_tail_call(tmp_path: Path) -> None:
    compiled = cs.aot(counting(1))
    wanted = ("no", ["x", "refuse no"])
    assert attempt(compiled.run) == wanted
    assert attempt(lambda: cs.run(counting(1))) == wanted
    alone = saved(compiled, tmp_path / "alone.py", standalone=True)
    assert attempt(lambda: asyncio.run(alone()))[0] == "no"
    assert alone.__globals__["log"] == wanted[1]
