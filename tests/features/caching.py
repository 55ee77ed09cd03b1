"""Caches."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import cascade as cs
from cascade_gen.runtime.errors import UncacheableError

from .paths import Runner
from .table import feature, note
from .words import one

IN_MEMORY = cs.MemoryCache()
ON_DISK = cs.DiskCache("cache")
FILE = cs.FileExistsCache("made.txt")
_runs = itertools.count()


def _shown(inputs: Any) -> list[Any]:
    return [value for name, value in inputs.items() if name != "nonce"]


class OwnPolicy:
    """A policy of the user's own, which tells what it is asked."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def check(self, key: str, inputs: Any) -> Any:
        note("check", *_shown(inputs))
        return self.values.get(key, cs.MISS)

    def save(self, key: str, inputs: Any, value: Any) -> None:
        note("save", *_shown(inputs), value)
        self.values[key] = value


class OwnAsyncPolicy:
    """The same, async."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    async def check(self, key: str, inputs: Any) -> Any:
        note("check", *_shown(inputs))
        return self.values.get(key, cs.MISS)

    async def save(self, key: str, inputs: Any, value: Any) -> None:
        note("save", *_shown(inputs), value)
        self.values[key] = value


THING = object()
OWN = OwnPolicy()
OWN_ASYNC = OwnAsyncPolicy()


@cs.resource
def db():
    note("open db")
    yield object()
    note("close db")


@cs.task
def load(name, nonce):
    note("load", name)
    return f"loaded {name}"


@cs.task
def load_none(nonce):
    note("load_none")


@cs.task
def make_file(text):
    note("make_file", text)
    Path("made.txt").write_text(text)
    return "made.txt"


@cs.task
def unkeyed(thing):
    note("unkeyed")


@cs.task
def query(name, nonce, source=cs.inject("db")):
    note("query", name)
    return name


@cs.task
def rounds(n, nonce):
    note("rounds", n)
    return cs.tail(rounds, n=n - 1) if n else "end"


@cs.task(name="load")
def other_load(name, nonce):
    note("other load", name)
    return f"otherwise loaded {name}"


def twice(runner: Runner) -> list[Any]:
    """Two runs with inputs that no other run has."""
    OWN.values.clear()
    OWN_ASYNC.values.clear()
    nonce = next(_runs)
    return [runner.run(nonce=nonce), runner.run(nonce=nonce)]


def twice_on_file(runner: Runner) -> list[Any]:
    """Two runs with no file at first."""
    Path("made.txt").unlink(missing_ok=True)
    return [runner.run(), runner.run()]


NONCE = cs.Param("nonce", type=int)


@feature(value=["loaded a"] * 2, calls="load a", drive=twice)
def memory():
    """`MemoryCache`: the second run finds what the first has saved"""
    return load("a", NONCE).with_cache(IN_MEMORY)


@feature(value=[None] * 2, calls="load_none", drive=twice)
def none_is_a_value():
    """`None` is a value"""
    return load_none(NONCE).with_cache(IN_MEMORY)


@feature(value=["loaded a"] * 2, calls="load a", drive=twice)
def disk():
    """`DiskCache`"""
    return load("a", NONCE).with_cache(ON_DISK)


@feature(value=["made.txt"] * 2, calls="make_file text", drive=twice_on_file)
def file_exists():
    """`FileExistsCache`"""
    return make_file("text").with_cache(FILE)


@feature(value=["loaded a"] * 2, calls="check a; load a; save a loaded a; check a", drive=twice)
def own():
    """a policy of one's own"""
    return load("a", NONCE).with_cache(OWN)


@feature(value=["loaded a"] * 2, calls="check a; load a; save a loaded a; check a", drive=twice)
def own_async():
    """an async policy of one's own"""
    return load("a", NONCE).with_cache(OWN_ASYNC)


@feature(value=[["loaded a", "otherwise loaded a"]] * 2, calls="load a; other load a", drive=twice)
def identity():
    """tasks of one name and one input are told apart"""
    return [load("a", NONCE).with_cache(IN_MEMORY), other_load("a", NONCE).with_cache(IN_MEMORY)]


@feature(value=["loaded 1"] * 2, calls="one; check 1; load 1; save 1 loaded 1; one; check 1", drive=twice)
def inputs_run():
    """inputs are computed before the cache is asked"""
    return load(one(), NONCE).with_cache(OWN)


@feature(raises=UncacheableError, says="thing", calls="")
def unkeyable():
    """an input that can't be keyed is `TypeError` that names it"""
    return unkeyed(THING).with_cache(IN_MEMORY)


@feature(value=["a", "a"], calls="open db; query a; close db; open db; close db", drive=twice, resources=(db,))
def resources_are_left_out():
    """injected resources are no part of the key"""
    return query("a", NONCE).with_cache(IN_MEMORY)


@feature(
    value=["end", "end"],
    calls="check 1; rounds 1; check 0; rounds 0; save 0 end; check 1; rounds 1; check 0",
    drive=twice,
)
def looping():
    """of a loop, what ends it is stored, under the inputs of the last round; each round asks"""
    return rounds(1, NONCE).with_cache(OWN)
