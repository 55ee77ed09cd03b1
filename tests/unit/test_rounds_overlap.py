"""Lazy inputs that a round computes overlap, as those of any call do."""

from __future__ import annotations

import asyncio
from typing import Any

import black
import pytest

import cascade as cs

from .all_paths import linked_outcomes, outcomes

SEEN: list[str] = []


@cs.task
async def fetch(name: str) -> str:
    SEEN.append(f"{name} begins")
    await asyncio.sleep(0.001)
    SEEN.append(f"{name} ends")
    return name


@cs.task
def read(name: str) -> str:
    SEEN.append(name)
    return name


@cs.task
def look(n: int, before: str, page: str, between: str, links: str) -> Any:
    SEEN.append(f"round {n}")
    return (
        cs.Jump("again", {"n": n - 1, "page": "given"} if n == 2 else n - 1) if n else cs.Jump("done", page + links)
    )


@cs.task
def ask(n: int) -> Any:
    return cs.tail(answer, n=n)


@cs.task
def answer(n: int, page: str = "", links: str = "") -> Any:
    SEEN.append(f"round {n}")
    return cs.tail(ask, n - 1) if n else page + links


def machine(n: int) -> Any:
    first = look(n, read("before"), fetch("page"), read("between"), fetch("links"))
    cs.bind(first, cs.select_jump({"again": first, "done": None}))
    return first


WHOLE = ["before", "page begins", "between", "links begins", "page ends", "links ends"]


def seen_by(found: dict[str, Any]) -> list[list[str]]:
    """What each of the paths has noted, in order."""
    size = len(SEEN) // len(found)
    return [SEEN[start : start + size] for start in range(0, len(SEEN), size)]


def test_what_a_jump_leaves_to_the_round_overlaps() -> None:
    SEEN.clear()
    found = outcomes(lambda: machine(1))
    assert found == dict.fromkeys(found, "pagelinks")
    assert seen_by(found) == [[*WHOLE, "round 1", *WHOLE, "round 0"]] * len(found)


def test_what_a_jump_overrides_is_not_computed() -> None:
    SEEN.clear()
    found = outcomes(lambda: machine(2))
    assert found == dict.fromkeys(found, "pagelinks")
    second = ["before", "between", "links begins", "links ends", "round 1"]
    assert seen_by(found) == [[*WHOLE, "round 2", *second, *WHOLE, "round 0"]] * len(found)


def test_what_another_workflow_is_bound_to_overlaps_at_its_first_entry() -> None:
    SEEN.clear()
    found = linked_outcomes(lambda: (ask(1), [answer(0, fetch("page"), fetch("links"))]))
    assert found == dict.fromkeys(found, "pagelinks")
    once = ["page begins", "links begins", "page ends", "links ends"]
    assert seen_by(found) == [[*once, "round 1", "round 0"]] * len(found)


@pytest.mark.parametrize("inline", [True, False])
def test_the_functions_of_branches_stand_apart(inline: bool) -> None:
    source = cs.aot(machine(1), inline=inline).source
    assert "async def page" in source
    assert black.format_str(source, mode=black.Mode()) == source
