"""Roots that nothing makes go round in their source, with resources or policies, and that do after all."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import saved

LOG: list[Any] = []

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")


@cs.resource
def database() -> Iterator[str]:
    LOG.append("open database")
    yield "database"
    LOG.append("close database")


@cs.resource(scope="task")
def cursor() -> Iterator[list[str]]:
    LOG.append("open cursor")
    yield []
    LOG.append("close cursor")


@cs.resource
async def channel() -> AsyncIterator[str]:
    LOG.append("open channel")
    yield "channel"
    LOG.append("close channel")


def answer(target: Any, key: str, *given: Any) -> Any:
    """Go on by tail calls, then, unless the key is "tails", by returned calls, failing once in between."""
    calls = sum(isinstance(one, tuple) for one in LOG) + 1
    LOG.append((key, *given))
    if calls < 3:
        return cs.tail(target, key=key + "!")
    if key.startswith("tails"):
        return key
    if calls == 4:
        raise OSError("gone")
    return target(key + "?") if calls < 6 else key


@cs.task
def plain(key: str) -> Any:
    return answer(plain, key)


@cs.task
def lookup(key: str, db: str = cs.inject("database")) -> Any:
    return answer(lookup, key, db)


@cs.task
def branching(key: str, db: str = cs.inject("database"), limit: int = 3) -> Any:
    if not key:
        return None
    found = f"{key} of {limit}"
    return answer(branching, key, db, found)


@cs.task
def scratch(key: str, rows: Any = cs.inject("cursor"), db: str = cs.inject("database")) -> Any:
    rows.append(key)
    return answer(scratch, key, len(rows), db)


@cs.task
async def listen(key: str, line: str = cs.inject("channel"), db: str = cs.inject("database")) -> Any:
    await asyncio.sleep(0)
    return answer(listen, key, line, db)


@cs.task
async def listen_anew(key: str, rows: Any = cs.inject("cursor")) -> Any:
    return answer(listen_anew, key, len(rows))


@cs.task
def gather(key: str, *rest: str, limit: int = 3, sep: str = ",", **more: int) -> Any:
    if not rest:
        sep = "."
    return answer(gather, key, rest, f"{limit}{sep}", more)


@cs.task
def seen(value: Any) -> Any:
    return "seen", value


CALLS: dict[str, Callable[[str], Any]] = {
    "plain": plain,
    "lookup": lookup,
    "branching": branching,
    "scratch": scratch,
    "listen": listen,
    "listen_anew": listen_anew,
    "gather": lambda key: gather(key, "x", limit=4, more=1),
}
POLICIES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda call: call,
    "retry": lambda call: call.with_retry(2),
    "constraints": lambda call: call.with_constraints(disk=1),
    "both": lambda call: call.with_retry(3).with_constraints(disk=1),
    "cache": lambda call: call.with_cache(cs.MemoryCache()),
}
RESOURCES = [database, cursor, channel]


def outcome(run: Callable[[], Any]) -> tuple[Any, ...]:
    """What a run comes to, the notes of its failure, and what it has done.

    A plain root that visibly never goes round counts no first round.
    """
    LOG.clear()

    async def wait(value: Any) -> Any:
        return await value

    try:
        found = run()
        return asyncio.run(wait(found)) if inspect.isawaitable(found) else found, [], [*LOG]
    except Exception as error:
        return repr(error), [note.replace(", round 1", "") for note in error.__notes__], [*LOG]


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", CALLS)
def test_later_rounds_are_as_the_first(name: str, policy: str, ends: bool, tmp_path: Path) -> None:
    def build(key: str) -> Any:
        call = POLICIES[policy](CALLS[name](key))
        return call if ends else [call, seen(1)]

    for key in ("all", "tails"):
        expected = outcome(lambda key=key: cs.run(build(key), resources=RESOURCES))
        for inline in (True, False):
            function = cs.aot(build(key), resources=RESOURCES, inline=inline)
            assert "rounds_of" not in function.source
            assert outcome(function) == expected
        if policy != "cache":  # which isn't importable
            assert outcome(saved(function, tmp_path / "agent.py")) == expected
    if policy != "cache":  # what is standalone has a log of its own, and no code for returned calls
        assert outcome(saved(function, tmp_path / "agent.py", standalone=True))[:2] == expected[:2]


@cs.task
def fails(key: str) -> Any:
    return answer(fails, {}[key])


@cs.task
def fails_there(key: str, db: str = cs.inject("database")) -> Any:
    return answer(fails_there, {}[key], db)


@cs.task
async def fails_later(key: str, rows: Any = cs.inject("cursor")) -> Any:
    return answer(fails_later, {}[key], rows)


@pytest.mark.parametrize(
    ("build", "note"),
    [
        (lambda: fails("k").with_retry(2), "task 'fails', attempt 2 of 2, round 1; inputs: key: str"),
        (lambda: fails_there("k"), "task 'fails_there', round 1; inputs: key: str, db: str"),
        (lambda: fails_there(fails_there("k")), "task 'fails_there'; inputs: key: str, db: str"),
        (lambda: fails_later("k"), "task 'fails_later', round 1; inputs: key: str, rows: list"),
    ],
)
def test_the_first_round_is_counted(build: Callable[[], Any], note: str, tmp_path: Path) -> None:
    def notes(run: Callable[[], Any]) -> Any:
        with pytest.raises(KeyError) as caught:
            asyncio.run(found) if inspect.isawaitable(found := run()) else found
        return caught.value.__notes__

    assert notes(lambda: cs.run(build(), resources=RESOURCES)) == [note]
    for inline in (True, False):
        function = cs.aot(build(), resources=RESOURCES, inline=inline)
        assert notes(function) == [note]
        for standalone in (False, True):
            assert notes(saved(function, tmp_path / "agent.py", standalone=standalone)) == [note]


@cs.task
def through(x: Any) -> Any:
    return [x][0]


@cs.task
def check(x: Any) -> None:
    assert x


@pytest.mark.parametrize("inline", [True, False])
def test_what_a_root_is_given_is_there_for_who_reads_it_later(inline: bool) -> None:
    first = seen([1])
    workflow = [first, check(1).run_if(seen(first)), through(first), seen(2)]
    assert cs.aot(workflow, inline=inline)() == cs.run(workflow)
