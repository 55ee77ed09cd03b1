"""The folder of compiled modules: where it is, and what is read from it and what is not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cascade_gen.artifact.cache_folder import make_room, modules_folder, read_entry, write_entry

KEY = "ab" * 32
OTHER = "cd" * 32

posix = pytest.mark.skipif(sys.platform == "win32", reason="there an access list says who may write")


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "cache" / "modules")


def only_file(folder: str) -> Path:
    (path,) = Path(folder).iterdir()
    return path


def test_what_was_written_is_read(folder: str) -> None:
    assert read_entry(folder, KEY) is None
    write_entry(folder, KEY, b"text")
    write_entry(folder, OTHER, b"")
    assert read_entry(folder, KEY) == b"text"
    assert read_entry(folder, OTHER) == b""
    write_entry(folder, KEY, b"new text")
    assert read_entry(folder, KEY) == b"new text"


@posix
def test_folders_and_entries_are_for_their_owner_only(folder: str) -> None:
    old = os.umask(0)
    try:
        write_entry(folder, KEY, b"text")
    finally:
        os.umask(old)
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (os.path.dirname(folder), folder, only_file(folder))]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 33, -1])
def test_a_damaged_entry_is_none_and_is_replaced(folder: str, cut: int) -> None:
    write_entry(folder, KEY, b"some text")
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:cut])
    assert read_entry(folder, KEY) is None
    write_entry(folder, KEY, b"some text")
    assert read_entry(folder, KEY) == b"some text"


def test_every_byte_of_an_entry_counts(folder: str) -> None:
    write_entry(folder, KEY, b"some text")
    path = only_file(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_entry(folder, KEY) is None
    path.write_bytes(whole + b"x")
    assert read_entry(folder, KEY) is None


def test_an_entry_of_another_key_is_none(folder: str) -> None:
    write_entry(folder, KEY, b"text")
    path = only_file(folder)
    path.rename(path.with_name(path.name.replace(KEY, OTHER)))
    assert read_entry(folder, OTHER) is None


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_can_write_is_none_and_is_replaced(folder: str, mode: int) -> None:
    write_entry(folder, KEY, b"text")
    only_file(folder).chmod(mode)
    assert read_entry(folder, KEY) is None
    write_entry(folder, KEY, b"text")
    assert read_entry(folder, KEY) == b"text"


@posix
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_is_not_used(folder: str, mode: int) -> None:
    write_entry(folder, KEY, b"text")
    os.chmod(folder, mode)
    assert read_entry(folder, KEY) is None
    write_entry(folder, OTHER, b"text")
    assert [path.name.partition(".")[0] for path in Path(folder).iterdir()] == [KEY]


@posix
def test_what_another_user_owns_is_not_used(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_entry(folder, KEY, b"text")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert read_entry(folder, KEY) is None
    write_entry(folder, OTHER, b"text")
    monkeypatch.undo()
    assert read_entry(folder, OTHER) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_an_entry_given_to_another_user_is_none(folder: str) -> None:
    write_entry(folder, KEY, b"text")
    os.chown(only_file(folder), 12345, 12345)
    assert read_entry(folder, KEY) is None


@posix
def test_a_link_or_a_pipe_is_no_entry(folder: str, tmp_path: Path) -> None:
    write_entry(folder, KEY, b"text")
    path = only_file(folder)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert read_entry(folder, KEY) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert read_entry(folder, KEY) is None


@pytest.mark.parametrize("made", ["file", "dangling link", "below a file"])
def test_a_folder_that_is_none_is_no_trouble(tmp_path: Path, made: str) -> None:
    folder = tmp_path / "modules"
    if made == "file":
        folder.write_text("")
    elif made == "dangling link":
        folder.symlink_to(tmp_path / "nowhere" / "at all")
    else:
        (tmp_path / "above").write_text("")
        folder = tmp_path / "above" / "modules"
    write_entry(str(folder), KEY, b"text")
    assert read_entry(str(folder), KEY) is None


@contextmanager
def nobody_special() -> Iterator[str]:
    """A folder of a user who is not root, and that user."""
    with tempfile.TemporaryDirectory() as base:
        root = os.geteuid() == 0
        if root:
            os.chown(base, 12345, -1)
            os.seteuid(12345)
        try:
            yield base
        finally:
            if root:
                os.seteuid(0)


@posix
def test_a_read_only_folder_is_read() -> None:
    with nobody_special() as base:
        folder = os.path.join(base, "modules")
        write_entry(folder, KEY, b"text")
        os.chmod(folder, 0o500)
        write_entry(folder, OTHER, b"text")
        assert (read_entry(folder, KEY), read_entry(folder, OTHER)) == (b"text", None)
        os.chmod(base, 0o500)
        write_entry(os.path.join(base, "other"), KEY, b"text")
        assert os.listdir(base) == ["modules"]
        os.chmod(base, 0o700)
        os.chmod(folder, 0o700)


def test_a_full_disk_leaves_nothing(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    write_entry(folder, KEY, b"text")
    assert not list(Path(folder).iterdir())


_KILLED = """
import os, sys
from cascade_gen.artifact.cache_folder import write_entry
os.replace = lambda *paths: os.kill(os.getpid(), 9)
write_entry(sys.argv[1], sys.argv[2], b"killed" * 100_000)
"""


@posix
def test_a_killed_writer_leaves_the_old_entry_and_is_swept_up_after(folder: str) -> None:
    write_entry(folder, KEY, b"old")
    done = subprocess.run([sys.executable, "-c", _KILLED, folder, KEY], timeout=60)
    assert done.returncode == -9
    assert read_entry(folder, KEY) == b"old"
    (left,) = (path for path in Path(folder).iterdir() if path.name.startswith("."))
    make_room(folder)
    assert left.exists(), "somebody may still be writing it"
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    make_room(folder)
    assert not left.exists()
    assert read_entry(folder, KEY) == b"old"


_MANY = """
import os, sys
from cascade_gen.artifact.cache_folder import make_room, read_entry, write_entry
number = int(sys.argv[2])
for count in range(150):
    key = f"{count % 7:064x}"
    write_entry(sys.argv[1], key, bytes([number]) * (10_000 + 1_000 * number))
    found = read_entry(sys.argv[1], key)
    assert found is None or len(found) == 10_000 + 1_000 * found[0] and set(found) == {found[0]}, "a mixture"
    make_room(sys.argv[1], most_entries=5)
"""


def test_many_processes_read_whole_entries(folder: str) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", _MANY, folder, str(number)]) for number in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    assert all(path.suffix == ".module" for path in Path(folder).iterdir())


@pytest.mark.parametrize(("most_entries", "most_bytes"), [(10, 10**9), (10**9, 10 * 132)])
def test_room_is_made_by_what_was_used_longest_ago(folder: str, most_entries: int, most_bytes: int) -> None:
    keys = [f"{number:064x}" for number in range(1, 13)]
    for age, key in enumerate(keys):
        write_entry(folder, key, b"x" * 100)
        os.utime(Path(folder, f"{key}.module"), (0, 10**9 + age))
    assert read_entry(folder, keys[0]), "what is read counts as used"
    make_room(folder, most_entries, most_bytes)
    left = {path.stem for path in Path(folder).iterdir()}
    assert left == {keys[0], *keys[-8:]}
    make_room(folder, most_entries, most_bytes)
    assert {path.stem for path in Path(folder).iterdir()} == left


def test_some_writes_make_room_by_themselves(folder: str) -> None:
    os.makedirs(folder, 0o700)
    left = Path(folder, ".abandoned")
    left.touch()
    os.utime(left, (0, 0))
    for first in range(64):
        write_entry(folder, f"{first:02x}" * 32, b"")
    assert not left.exists()


def test_the_variable_is_read_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASCADE_CACHE", "off")
    assert modules_folder() == ""
    monkeypatch.setenv("CASCADE_CACHE", str(tmp_path / "mine"))
    assert modules_folder() == str(tmp_path / "mine" / "modules")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASCADE_CACHE", "here")
    assert modules_folder() == str(tmp_path / "here" / "modules")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG folders are other systems' habit")
def test_the_platforms_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASCADE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert modules_folder() == str(tmp_path / "xdg" / "cascade" / "modules")
    for ignored in ("", "relative"):  # which the specification has ignored
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert modules_folder() == str(tmp_path / ".cache" / "cascade" / "modules")
    monkeypatch.setenv("HOME", "nowhere")
    assert modules_folder() == ""
