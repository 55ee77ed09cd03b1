"""Rounds that stand at the one tail call to them, or ahead of their loop: how failures are told, and how many may."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import cascade as cs


@cs.task
def begin(text: str) -> object:
    words = text.split(",")
    if len(words) > 3:
        return cs.tail(shorten, words=words)
    return cs.tail(add, words=words, found=1 / len(words[0]))


@cs.task
def shorten(words: list[str]) -> object:
    return cs.tail(add, words=words[:3], found=int(words[3]))


@cs.task
def add(words: list[str], found: float) -> object:
    if not words:
        return cs.tail(end, found=found)
    if words[0] == "half":
        return cs.tail(halve, words=words, found=found)
    return cs.tail(add, words=words[1:], found=found + int(words[0]))


@cs.task
def halve(words: list[str], found: float) -> object:
    return cs.tail(add, words=words[1:], found=found / 2 if found > 1 else int("no half"))


@cs.task
def end(found: float) -> object:
    return 100 / int(found - 6)


@cs.task
def tree(text: str) -> object:
    if text.isdigit():
        return cs.tail(leaf, number=int(text))
    return cs.tail(other, text=text)


@cs.task
def leaf(number: int) -> object:
    return 1 / (number - 7)


@cs.task
def other(text: str) -> object:
    return text.upper()


_LINK = """
@cs.task
def link_{number}(n: int, seen: int = 0):
    if n <= 0:
        return "end", {number}, seen
    return cs.tail(link_{following}, n=n - 1, seen=seen + {number})
"""

_LAST = """
@cs.task
def link_{number}(n: int, seen: int):
    return cs.tail(link_{number}, n=n - 3, seen=seen) if n % 2 else cs.tail(link_0, n=n, seen=seen * 2)
"""


def _told(run: Callable[[], Any]) -> list[str]:
    with pytest.raises((ArithmeticError, ValueError)) as caught:
        run()
    return [note.partition(";")[0] for note in caught.value.__notes__]


@pytest.mark.parametrize(
    ("text", "task", "number"),
    [
        (",1", "begin", 1),
        ("1,2,3,x", "shorten", 2),
        ("1,x", "add", 3),
        ("1,2,x,4", "add", 5),
        ("1,half,half", "halve", 6),
        ("5", "end", 4),
        ("4,half,4", "end", 7),
    ],
)
def test_a_failure_is_told_of_its_round(text: str, task: str, number: int) -> None:
    compiled, called = cs.aot(begin), cs.aot(begin, inline=False)
    assert "state" not in compiled.source
    for run in (compiled, called, lambda given: cs.run(begin(given))):
        assert _told(partial(run, text)) == [f"task {task!r}, round {number}"]


def test_what_does_not_go_round_counts_no_rounds() -> None:
    compiled = cs.aot(tree)
    assert "while" not in compiled.source
    assert _told(lambda: compiled("7")) == ["task 'leaf'"]
    assert compiled("a") == "A"


def test_a_long_chain_is_written_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 150
    text = "".join(_LINK.format(number=number, following=number + 1) for number in range(size - 1))
    text += _LAST.format(number=size - 1)
    (tmp_path / "links_in_place.py").write_text(f"import cascade as cs\n{text}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("links_in_place")
    first, *links = (getattr(module, f"link_{number}") for number in range(size))
    compiled, called = cs.aot(first, blueprints=links), cs.aot(first, blueprints=links, inline=False)
    numbers = re.findall(r"state (?:==|<) \d+|\bstate = \d+", compiled.source)
    assert 0 < len(numbers) < 30
    for n in (0, 20, 149, 151, 400, 1001):
        assert compiled(n) == called(n)
