"""The data of jumps: dicts of every class override inputs by name, anything else is the first input."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes

pytestmark = pytest.mark.filterwarnings("ignore:CS303")


class Words(dict[str, Any]):
    """A dict of the user's own."""


@cs.task
def ordered(n: int = 3, seen: tuple[int, ...] = ()) -> Any:
    return cs.Jump("again", OrderedDict(n=n - 1, seen=(*seen, n))) if n else cs.Jump("done", seen)


@cs.task
def counted(n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", Counter(n=n - 1)) if n else (n, k)


@cs.task
def with_default(n: int = 3, k: int = 7) -> Any:
    if not n:
        return (n, k)
    data: defaultdict[str, int] = defaultdict(int)
    data["n"] = n - 1
    return cs.Jump("again", data)


@cs.task
def own(n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", Words(n=n - 1)) if n else (n, k)


@cs.task
def plain(n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", {"n": n - 1}) if n else (n, k)


@cs.task
def keyword_only(*, n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", n - 1) if n else (n, k)


@cs.task
def keyword_only_literal(*, n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", 1) if n > 1 else (n, k)


@cs.task
def keyword_only_list(*, n: Any = (), k: int = 7) -> Any:
    return cs.Jump("again", [*n, 1]) if len(n) < 2 else (n, k)


@cs.task
def keyword_only_words(*, n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", OrderedDict(k=k + 1, n=n - 1)) if n else (n, k)


@cs.task
def behind_a_star(*args: int, k: int = 7) -> Any:
    return (args, k) if args else cs.Jump("again", 5)


@cs.task
async def later(*, n: int = 3, k: int = 7) -> Any:
    return cs.Jump("again", n - 1) if n else (n, k)


CASES: dict[str, tuple[Any, Any]] = {
    "OrderedDict": (ordered, (3, 2, 1)),
    "Counter": (counted, (0, 7)),
    "defaultdict": (with_default, (0, 7)),
    "a class of the user's": (own, (0, 7)),
    "dict": (plain, (0, 7)),
    "a first input by keyword": (keyword_only, (0, 7)),
    "a literal for one": (keyword_only_literal, (1, 7)),
    "a list for one": (keyword_only_list, ([1, 1], 7)),
    "a dict where all are by keyword": (keyword_only_words, (0, 10)),
    "the first of any number": (behind_a_star, ((5,), 7)),
    "an async step": (later, (0, 7)),
}


def machine(task: Any) -> Any:
    step = task()
    return cs.bind(step, cs.select_jump({"again": step, "done": None}))


@pytest.mark.parametrize("name", CASES)
def test_data_is_taken_alike_on_every_path(name: str, tmp_path: Path) -> None:
    task, wanted = CASES[name]
    found = outcomes(lambda: machine(task)) | saved_outcomes(lambda: machine(task), tmp_path)
    assert found == dict.fromkeys(found, wanted)


@cs.task
def no_inputs() -> Any:
    return cs.Jump("again", 1)


@cs.task
def words_only(**words: int) -> Any:
    return words or cs.Jump("again", 1)


@pytest.mark.parametrize("task", [no_inputs, words_only])
def test_a_step_without_a_first_input_takes_dicts_only(task: Any) -> None:
    wanted = f"TypeError: {task.name}() takes 0 positional arguments but 1 was given"
    found = outcomes(lambda: machine(task))
    assert found == dict.fromkeys(found, wanted)
