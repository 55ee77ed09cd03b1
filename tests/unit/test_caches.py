"""The cache policies that keep values in memory or look for a file."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from cascade_gen.runtime import caches
from cascade_gen.runtime.caches import CachePolicy, FileExistsCache, MemoryCache
from cascade_gen.runtime.sentinels import MISS


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_file_exists_cache_hits_while_the_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    cache: CachePolicy = FileExistsCache(path)
    assert cache.check("key", {}) is MISS
    cache.save("key", {}, "the task's own value")
    assert cache.check("key", {}) is MISS
    path.write_text("done")
    assert cache.check("other key", {"n": 1}) is path
    path.unlink()
    assert cache.check("key", {}) is MISS


def test_file_exists_cache_gives_the_path_as_it_was_given(tmp_path: Path) -> None:
    path = str(tmp_path / "a.txt")
    Path(path).touch()
    assert FileExistsCache(path).check("key", {}) == path
    assert isinstance(FileExistsCache(path).check("key", {}), str)


def test_memory_cache_gives_back_the_very_value() -> None:
    cache: CachePolicy = MemoryCache()
    value = object()
    assert cache.check("a", {}) is MISS
    cache.save("a", {}, value)
    assert cache.check("a", {}) is value
    assert cache.check("b", {}) is MISS


@pytest.mark.parametrize("other", [None, ModuleType("_collections")], ids=["missing", "empty"])
def test_a_python_whose_collections_is_made_otherwise(
    other: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "_collections", other)
    spec = spec_from_file_location("cascade_gen.runtime.other_caches", caches.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    cache = module.MemoryCache(maxsize=1)
    for key in ("a", "b"):
        cache.save(key, {}, key)
    assert [cache.check(key, {}) for key in ("a", "b")] == [MISS, "b"]


@pytest.mark.parametrize("value", [None, False, 0, (), MISS.__class__])
def test_none_and_other_falsy_values_are_values(value: object) -> None:
    cache = MemoryCache()
    cache.save("a", {}, value)
    assert cache.check("a", {}) is value


def test_memory_cache_drops_what_was_used_longest_ago() -> None:
    cache = MemoryCache(maxsize=2)
    cache.save("a", {}, 1)
    cache.save("b", {}, 2)
    cache.check("a", {})
    cache.save("c", {}, 3)
    assert [cache.check(name, {}) for name in "abc"] == [1, MISS, 3]


def test_saving_again_replaces_the_value_and_counts_as_a_use() -> None:
    cache = MemoryCache(maxsize=2)
    cache.save("a", {}, 1)
    cache.save("b", {}, 2)
    cache.save("a", {}, 10)
    cache.save("c", {}, 3)
    assert [cache.check(name, {}) for name in "abc"] == [10, MISS, 3]
    assert len(cache) == 2


def test_sizes() -> None:
    nothing, everything = MemoryCache(maxsize=0), MemoryCache(maxsize=None)
    for number in range(500):
        nothing.save(str(number), {}, number)
        everything.save(str(number), {}, number)
    assert (len(nothing), len(everything)) == (0, 500)
    with pytest.raises(ValueError, match="maxsize must not be negative"):
        MemoryCache(maxsize=-1)


def test_memory_cache_forgets_after_its_time_to_live() -> None:
    clock = Clock()
    cache = MemoryCache(ttl=10, clock=clock)
    cache.save("a", {}, 1)
    clock.now += 9.9
    assert cache.check("a", {}) == 1
    clock.now += 0.1
    assert cache.check("a", {}) is MISS
    assert len(cache) == 0
    cache.save("a", {}, 2)
    clock.now += 9
    assert cache.check("a", {}) == 2


@pytest.mark.parametrize("ttl", [0, -1, float("nan")])
def test_a_time_to_live_must_be_positive(ttl: float) -> None:
    with pytest.raises(ValueError, match="ttl must be a positive number"):
        MemoryCache(ttl=ttl)


def test_values_that_are_dropped_may_use_the_cache_as_they_die() -> None:
    cache = MemoryCache(maxsize=1)

    class Value:
        pass

    value = Value()
    weakref.finalize(value, cache.save, "last words", {}, "bye")
    cache.save("a", {}, value)
    del value
    cache.save("b", {}, 2)
    gc.collect()
    assert cache.check("last words", {}) == "bye"


def test_threads_may_share_a_memory_cache() -> None:
    cache = MemoryCache(maxsize=8)
    wrong: list[object] = []

    def work(seed: int) -> None:
        for step in range(3_000):
            name = str((seed * 7 + step) % 12)
            found = cache.check(name, {})
            if found is MISS:
                cache.save(name, {}, name)
            elif found != name:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cache) == 8
