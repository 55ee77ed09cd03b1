"""The cache on disk: what it keeps, what it refuses, and what it survives."""

from __future__ import annotations

import copy
import gc
import logging
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cascade_gen.runtime.disk_cache import DiskCache
from cascade_gen.runtime.errors import CacheError, CascadeError
from cascade_gen.runtime.sentinels import MISS

ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "some" / "cache"


@pytest.fixture
def cache(folder: Path) -> Iterator[DiskCache]:
    made = DiskCache(folder)
    yield made
    made.close()


def database(folder: Path) -> Path:
    (found,) = folder.glob("*.sqlite3")
    return found


def change(folder: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(database(folder))
    with connection:
        connection.execute(statement, values)
    connection.close()


def exploding(path: Path) -> bytes:
    """A pickle that leaves a trace when it is loaded."""

    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return os.mkdir, (str(path),)

    return pickle.dumps(Bomb())


# --- keeping -----------------------------------------------------------------------------------------------


def test_keeps_values_across_instances(folder: Path) -> None:
    first, second = DiskCache(folder), DiskCache(str(folder))
    assert first.check("a", {}) is MISS
    first.save("a", {"n": 1}, {"rows": [1, 2, (3,)]})
    assert second.check("a", {}) == {"rows": [1, 2, (3,)]}
    second.save("a", {}, "newer")
    assert first.check("a", {}) == "newer"
    assert first.check("b", {}) is MISS


@pytest.mark.parametrize("value", [None, False, 0, "", b"\0", [], float("inf")])
def test_none_and_other_falsy_values_are_values(cache: DiskCache, value: object) -> None:
    cache.save("a", {}, value)
    assert cache.check("a", {}) == value
    assert cache.check("a", {}) is not MISS


def test_keys_may_be_any_text(cache: DiskCache) -> None:
    keys = ["", "a", "A", "ä'\"; --", "\x00b", "\U0001f600"]
    for key in keys:
        cache.save(key, {}, key)
    assert [cache.check(key, {}) for key in keys] == keys


def test_forgets_after_its_time_to_live(folder: Path) -> None:
    clock = Clock()
    cache = DiskCache(folder, ttl=60, clock=clock)
    cache.save("a", {}, 1)
    clock.now += 59
    assert cache.check("a", {}) == 1
    clock.now += 1
    assert cache.check("a", {}) is MISS
    cache.save("a", {}, 2)
    assert cache.check("a", {}) == 2
    clock.now -= 1  # a clock that was set back says nothing about age
    assert cache.check("a", {}) is MISS
    assert DiskCache(folder).check("a", {}) == 2


def test_a_time_to_live_must_be_positive(folder: Path) -> None:
    with pytest.raises(ValueError, match="ttl must be a positive number"):
        DiskCache(folder, ttl=0)


def test_constructing_does_not_touch_the_disk(folder: Path, tmp_path: Path) -> None:
    made = DiskCache(folder)
    assert repr(made) == f"DiskCache({folder!r}, ttl=None)"
    assert list(tmp_path.iterdir()) == []
    made.check("a", {})
    assert database(folder).exists()


def test_a_value_that_cannot_be_pickled_is_named(cache: DiskCache) -> None:
    with pytest.raises(TypeError, match=r"DiskCache.* can't store a value of type 'generator'") as caught:
        cache.save("a", {}, (number for number in range(3)))
    assert isinstance(caught.value, CascadeError)
    with pytest.raises(TypeError, match="can't store a value of type 'function'"):
        cache.save("a", {}, lambda: None)
    assert cache.check("a", {}) is MISS


class Moved:
    pass


def test_a_value_that_cannot_be_restored_is_a_miss(
    cache: DiskCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cache.save("a", {}, Moved())
    monkeypatch.delattr(sys.modules[__name__], "Moved")
    assert cache.check("a", {}) is MISS
    assert "can't be restored and counts as a miss" in caplog.text


# --- refusing ----------------------------------------------------------------------------------------------


def test_an_entry_that_is_not_ours_is_refused_unread(
    cache: DiskCache, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.save("a", {}, "ours")
    change(folder, "UPDATE entries SET payload = ?", exploding(tmp_path / "exploded"))
    with caplog.at_level(logging.WARNING):
        assert cache.check("a", {}) is MISS
    assert "refusing a cache entry that isn't signed by this user: a" in caplog.text
    assert not (tmp_path / "exploded").exists()
    cache.save("a", {}, "ours again")
    assert cache.check("a", {}) == "ours again"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET signature = x'00'",
        "UPDATE entries SET signature = 'text'",
        "UPDATE entries SET payload = 'text'",
        "UPDATE entries SET saved = saved + 1",
        "UPDATE entries SET saved = 'soon'",
        "UPDATE entries SET key = 'b' WHERE key = 'a'",
    ],
)
def test_an_entry_that_was_changed_or_moved_is_refused(
    cache: DiskCache, folder: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    cache.save("a", {}, "value of a")
    change(folder, statement)
    assert (cache.check("a", {}), cache.check("b", {})) == (MISS, MISS)
    assert "refusing a cache entry" in caplog.text


def test_entries_of_another_key_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    DiskCache(folder).save("a", {}, 1)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "someone else"))
    assert DiskCache(folder).check("a", {}) is MISS
    assert "refusing" in caplog.text


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="modes, and where the key is")
def test_a_key_file_that_others_can_read_is_an_error(folder: Path, tmp_path: Path) -> None:
    DiskCache(folder).save("a", {}, 1)
    (tmp_path / "data" / "cascade" / "signing.key").chmod(0o644)
    with pytest.raises(CacheError, match="others can get at it"):
        DiskCache(folder).check("a", {})


# --- surviving ---------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_set_aside(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    DiskCache(folder).save("a", {}, 1)
    gc.collect()
    garbage = b"no database " * 1_000
    database(folder).write_bytes(garbage)
    cache = DiskCache(folder)
    assert cache.check("a", {}) is MISS
    cache.save("a", {}, 2)
    assert cache.check("a", {}) == 2
    (aside,) = [file for file in folder.iterdir() if ".broken-" in file.name and file.suffix != "-wal"]
    assert aside.read_bytes() == garbage
    assert "set aside as" in caplog.text


def test_a_database_that_is_damaged_under_an_open_connection_is_set_aside(folder: Path) -> None:
    cache = DiskCache(folder)
    for number in range(200):
        cache.save(str(number), {}, "x" * 1_000)
    change(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = database(folder)
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    for number in range(200):
        cache.check(str(number), {})
        cache.save(str(number), {}, number)
    assert [cache.check(str(number), {}) for number in range(200)] == list(range(200))
    assert any(".broken-" in file.name for file in folder.iterdir())


def test_a_folder_that_is_removed_meanwhile_is_made_again(cache: DiskCache, folder: Path) -> None:
    cache.save("a", {}, 1)
    shutil.rmtree(folder)
    assert cache.check("a", {}) is MISS
    cache.save("a", {}, 2)
    assert DiskCache(folder).check("a", {}) == 2


def test_a_database_that_another_process_is_just_making_is_waited_for(folder: Path) -> None:
    DiskCache(folder).check("a", {})
    gc.collect()
    path = database(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    found: list[object] = []

    def work() -> None:
        cache = DiskCache(folder)
        cache.save("a", {}, 1)
        found.append(cache.check("a", {}))

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.05)
    other.execute("COMMIT")
    other.close()
    thread.join()
    assert found == [1]


def test_threads_may_share_one(cache: DiskCache) -> None:
    failures: list[object] = []

    def work(seed: int) -> None:
        for step in range(30):
            name = f"{seed}-{step}"
            cache.save(name, {}, name)
            cache.save("shared", {}, "same")
            found = cache.check(name, {}), cache.check("shared", {})
            if found != (name, "same"):
                failures.append(found)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert cache.check("3-29", {}) == "3-29"


def test_pickles_and_copies_without_its_connection(cache: DiskCache) -> None:
    cache.save("a", {}, 1)
    assert pickle.loads(pickle.dumps(cache)).check("a", {}) == 1
    assert copy.deepcopy(cache).check("a", {}) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_gets_its_own_connection(cache: DiskCache) -> None:
    cache.save("parent", {}, 1)
    child = os.fork()
    if child == 0:
        connections = 0

        def counted(*args: Any, **options: Any) -> sqlite3.Connection:
            nonlocal connections
            connections += 1
            return connect(*args, **options)

        connect, sqlite3.connect = sqlite3.connect, counted
        try:
            cache.save("child", {}, cache.check("parent", {}))
        finally:
            os._exit(connections)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert cache.check("child", {}) == 1
    cache.save("parent", {}, 2)
    assert cache.check("parent", {}) == 2


WRITER = """
import sys
from cascade_gen.runtime.disk_cache import DiskCache
from cascade_gen.runtime.sentinels import MISS
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
cache = DiskCache(folder)
print("ready", flush=True)
for number in range(count):
    cache.save(f"{name}-{number}", {}, [name] * 1_000)
    cache.save("shared", {}, "same")
    assert cache.check(f"{name}-{number}", {}) == [name] * 1_000
    assert cache.check("shared", {}) == "same"
"""


def start_writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_may_share_one_from_the_first_moment(folder: Path) -> None:
    writers = [start_writer(folder, name, 20) for name in "abc"]
    for writer in writers:
        _, complaints = writer.communicate(timeout=60)
        assert (writer.returncode, complaints) == (0, "")
    cache = DiskCache(folder)
    for name in "abc":
        assert [cache.check(f"{name}-{number}", {}) for number in range(20)] == [[name] * 1_000] * 20


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_writer_that_is_killed_leaves_whole_entries(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for turn in range(3):
        writer = start_writer(folder, f"w{turn}", 1_000_000)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        cache = DiskCache(folder)
        while cache.check(f"w{turn}-{5 + turn}", {}) is MISS:
            pass
        writer.kill()
        writer.communicate()
        numbers = range(6 + turn)
        assert [cache.check(f"w{turn}-{number}", {}) for number in numbers] == [[f"w{turn}"] * 1_000] * len(numbers)
        cache.save("after", {}, turn)
        assert cache.check("after", {}) == turn
    assert caplog.text == ""
