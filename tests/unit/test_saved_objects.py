"""What a saved module does with objects that the workflow was given: caches, defaults that may be changed."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

import cascade as cs
from cascade_gen import pipeline
from cascade_gen.artifact.cache import module_key
from cascade_gen.lower.made_caches import making
from cascade_gen.pipeline import build
from tests.golden.harness import ROOT
from tests.unit.all_paths import saved

SHOP = """
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import cascade as cs

asked = []


@cs.task
def price(name: str) -> int:
    asked.append(name)
    return len(name)


@cs.task
def receipt(name: str) -> str:
    return "receipts/none"


@cs.task
def both(*values: object) -> list[object]:
    return [*values, len(asked)]


class Shelf(cs.MemoryCache):
    pass


@cs.workflow
def twice(name: str):
    cache = cs.MemoryCache(ttl=60.0)
    first = price(name).with_cache(cache)
    return both(first, price(name).with_cache(cache).after(first))


@cs.workflow
def kept(name: str):
    return both(price(name).with_cache(cs.DiskCache(PurePosixPath("FOLDER/prices"), ttl=60)))


@cs.workflow
def written(name: str):
    there = cs.FileExistsCache(__file__)
    return both(receipt(name).with_cache(there), receipt(name).with_cache(cs.MemoryCache(None)))


@cs.workflow
def shelved(name: str):
    shelf = Shelf()
    return both(
        price(name),
        price(name).with_cache(shelf),
    )


@cs.workflow
def timed(name: str):
    return price(name).with_cache(cs.MemoryCache(clock=time.time))


class Till:
    def __init__(self) -> None:
        self.coins = []


@cs.task
def count(n: int, seen: list = [], *, till: Till = Till(), pair: tuple = ([], 1)) -> object:
    seen.append(n)
    till.coins.append(n)
    pair[0].append(n)
    return count(n - 1) if n else (seen, till.coins, pair)


@cs.task
def keep(name: str, where: Path = Path("kept") / "here") -> object:
    return name, where == Path("kept/here")


TILL = Till()


@dataclass
class Slip:
    price: Any
    notes: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tag:
    words: tuple


@dataclass
class Checked:
    price: int

    def __post_init__(self):
        self.price += 1


@cs.task
def spike(slip: object) -> object:
    slip.notes.append(len(slip.notes))
    return slip.price, slip.notes


@cs.task
def ring(name: str, *given: object) -> object:
    steps, tills = given
    return steps["price"](name) if tills[0] is TILL and steps["size"] is len else None
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "market_stall.py").write_text(SHOP.replace("FOLDER", str(tmp_path)), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("market_stall")
    del sys.modules["market_stall"]


@pytest.fixture
def said(tmp_path: Path) -> Callable[[Any, str], list[str]]:
    """What two calls give in each of two processes: of a saved module, and of a standalone file."""

    def say(workflow: Any, call: str) -> list[str]:
        found = []
        for name, standalone in (("saved", False), ("alone", True)):
            cs.aot(workflow).save(tmp_path / f"{name}.py", standalone=standalone)
            code = f"import {name}; print({name}.{call}, {name}.{call})"
            path = f"import sys; sys.path[:0] = {[str(tmp_path), str(ROOT)]}; "
            done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            found.append(done.stdout.strip())
        return found

    return say


def test_a_memory_cache_is_made_anew(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    assert said(shop.twice, "twice('pear')") == ["[4, 4, 1] [4, 4, 1]"] * 2
    assert "_cache = MemoryCache(ttl=60.0)\n" in cs.aot(shop.twice).source


def test_a_disk_cache_is_that_of_its_folder(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    assert said(shop.kept, "kept('pear')") == ["[4, 1] [4, 1]", "[4, 0] [4, 0]"]


def test_a_file_is_a_hit(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    expected = f"['{shop.__file__}', 'receipts/none', 0]"
    assert said(shop.written, "written('pear')") == [f"{expected} {expected}"] * 2


def test_in_memory_a_cache_is_the_very_object(shop: ModuleType) -> None:
    cache = cs.MemoryCache()
    cs.run(shop.price("plum").with_cache(cache))
    assert shop.asked == ["plum"]
    assert cs.aot(shop.price("plum").with_cache(cache))() == 4
    assert shop.asked == ["plum"]


def test_a_kept_module_has_the_cache_of_this_process(
    shop: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: Any) -> Any:
        raise AssertionError("it was compiled anew")

    def agent(cache: object) -> Any:
        return cs.aot(shop.price("plum").with_cache(cache))

    monkeypatch.setenv("CASCADE_CACHE", str(tmp_path))
    agent(cs.MemoryCache())
    monkeypatch.setattr(pipeline, "generate", never)
    cache = cs.MemoryCache()
    assert agent(cache)() == 4
    assert len(cache) == 1
    with pytest.raises(AssertionError, match="anew"):
        agent(cs.MemoryCache(ttl=60.0))


@pytest.mark.parametrize(
    ("name", "code"),
    [("shelved", "        price(name).with_cache(shelf),\n"), ("timed", "    return price(name).with_cache(")],
)
def test_what_no_text_makes_is_refused_at_the_call_that_has_it(shop: ModuleType, name: str, code: str) -> None:
    with pytest.raises(cs.NotShippableError, match="the value MemoryCache") as raised:
        cs.aot(getattr(shop, name)).save("never.py")
    assert raised.value.location is not None
    line = raised.value.location.line
    assert SHOP.split("\n")[line - 1].startswith(code.rstrip("\n"))


def test_a_cache_that_is_passed_to_a_task_may_be_full(shop: ModuleType) -> None:
    with pytest.raises(cs.NotShippableError, match=r"the value .*MemoryCache"):
        cs.aot(shop.both(cs.MemoryCache())).save("never.py")


def test_the_making_of_a_cache_leaves_its_defaults_out() -> None:
    assert making(cs.MemoryCache()) == ("cascade_gen.runtime.caches", "MemoryCache", (), {})
    assert making(cs.MemoryCache(128, 5)) == ("cascade_gen.runtime.caches", "MemoryCache", (), {"ttl": 5})
    path = PurePosixPath("prices")
    assert making(cs.DiskCache(path)) == ("cascade_gen.runtime.disk_cache", "DiskCache", (path,), {})
    assert making({}) is None


@pytest.mark.parametrize("bound", [True, False])
def test_a_default_that_may_change_is_that_of_the_task(
    shop: ModuleType, said: Callable[..., list[str]], bound: bool
) -> None:
    row = [2, 1, 0, 2, 1, 0]
    shown = str((row, row, (row, 1)))
    workflow, call = (shop.count(2), "count()") if bound else (shop.count, "count(2)")
    assert said(workflow, call) == [f"{shown} {shown}"] * 2
    assert cs.run(shop.count(1)) == ([1, 0], [1, 0], ([1, 0], 1))
    assert cs.aot(workflow)(2)[0] == [1, 0, 2, 1, 0]


def test_the_key_of_a_module_tells_a_default_from_its_equal(shop: ModuleType) -> None:
    (seen,) = shop.count.func.__defaults__
    given: list[Any] = [seen, [], seen]
    keys = [module_key(build(shop.count(1, one)), {}) for one in given]
    assert keys[0] == keys[2] != keys[1]
    assert all(keys)


def test_a_default_changed_before_is_not_written_down(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    shop.count.func(0)
    row = [0, 0]
    shown = str((row, row, (row, 1)))
    assert said(shop.count(0), "count()") == [f"{shown} {shown}"] * 2


def test_a_path_is_that_of_the_machine_which_runs_it(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    assert said(shop.keep("a"), "keep('a')") == ["('a', True) ('a', True)"] * 2
    assert '_pathlib.Path("kept/here")' in cs.aot(shop.keep("a")).source


def test_what_has_a_name_is_imported_in_containers_too(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    workflow = shop.ring("pear", {"price": shop.price, "size": len}, (shop.TILL,))
    assert said(workflow, "ring()") == ["4 4"] * 2
    with pytest.raises(cs.NotShippableError, match="the value"):
        cs.aot(shop.ring("pear", {}, (shop.Till(),))).save("never.py")


def test_the_key_of_a_module_tells_what_has_a_name_from_what_has_none(shop: ModuleType) -> None:
    cache = shop.cache = cs.MemoryCache()
    given: list[Any] = [shop.TILL, shop.Till(), shop.TILL, cache, cs.MemoryCache()]
    keys = [module_key(build(shop.both([one])), {}) for one in given]
    assert keys[0] == keys[2]
    assert len(set(keys)) == 4


MADE = [
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=1), "here"), fold=1),
    *map(ZoneInfo, available_timezones() & {"Europe/Berlin"}),
    time(3, 4, 5),
    re.compile("a.", re.IGNORECASE),
    re.compile(b"a."),
    OrderedDict(b=1, a=[2]),
    defaultdict(list, {"a": [1]}),
    Counter("abb"),
    deque([1, 2], 3),
]
"""Values that calls make, which stand at no place that they could be imported from."""


@pytest.mark.parametrize("value", MADE, ids=repr)
def test_values_of_the_standard_library_are_made_anew(shop: ModuleType, tmp_path: Path, value: object) -> None:
    compiled = cs.aot(shop.both([value]))
    assert compiled()[0][0] is value
    found = saved(compiled, tmp_path / "saved.py")()[0][0]
    assert (found, repr(found)) == (value, repr(value))
    assert saved(compiled, tmp_path / "alone.py", standalone=True)()[0] == [value]


def test_an_instance_of_a_dataclass_is_one_an_import(shop: ModuleType, said: Callable[..., list[str]]) -> None:
    slip = shop.Slip(shop.Tag(("pear", 3)))
    workflow = shop.spike(slip)
    assert said(workflow, "spike()") == ["(Tag(words=('pear', 3)), [0, 1]) (Tag(words=('pear', 3)), [0, 1])"] * 2
    assert cs.aot(workflow)()[1] is slip.notes


def astray(shop: ModuleType, kind: str) -> Any:
    """Instances of dataclasses that a call with their fields wouldn't give."""
    slip = shop.Slip(1)
    if kind == "in two places":
        return [slip, slip]
    if kind == "in itself":
        slip.notes.append(slip)
    if kind == "with more than its fields":
        slip.more = 1
    return shop.Checked(1) if kind == "with a say in it" else slip


@pytest.mark.parametrize("kind", ["in two places", "in itself", "with more than its fields", "with a say in it"])
def test_an_instance_that_its_fields_dont_tell_is_refused(shop: ModuleType, tmp_path: Path, kind: str) -> None:
    with pytest.raises(cs.NotShippableError, match="the value"):
        cs.aot(shop.both(astray(shop, kind))).save(tmp_path / "never.py")


def test_an_instance_with_a_name_is_imported(shop: ModuleType) -> None:
    shop.SLIP = shop.Slip(1)
    assert "_market_stall.SLIP" in cs.aot(shop.both([shop.SLIP])).source


def test_the_key_of_a_module_tells_what_made_values_hold(shop: ModuleType) -> None:
    slip = shop.Slip(1)
    shop.SLIP = shop.Slip(1)
    given: list[Any] = [slip, shop.Slip(1), shop.Slip(2), shop.SLIP, deque([1]), deque([1], 1), [slip, slip]]
    keys = [module_key(build(shop.both([one])), {}) for one in given]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1
