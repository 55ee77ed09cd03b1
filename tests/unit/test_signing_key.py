"""The signing key: made once, with mode 0600, and refused when it might not be ours alone."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from cascade_gen.runtime.errors import CacheError
from cascade_gen.runtime.signing_key import data_folder, signing_key

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")


def test_the_key_is_made_at_first_use_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    key = signing_key(folder)
    assert len(key) == 32
    assert signing_key(folder) == key
    assert [file.name for file in folder.iterdir()] == ["signing.key"]
    assert signing_key(tmp_path / "other") != key


@posix
def test_only_the_user_can_read_the_key(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        signing_key(tmp_path / "data")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "data" / "signing.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o601])
def test_a_key_that_others_can_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    signing_key(tmp_path)
    (tmp_path / "signing.key").chmod(mode)
    with pytest.raises(CacheError, match=rf"refusing the signing key .*its mode is {mode:04o}, not 0600"):
        signing_key(tmp_path)


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    signing_key(tmp_path)
    os.chown(tmp_path / "signing.key", 12345, -1)
    with pytest.raises(CacheError, match="it belongs to another user"):
        signing_key(tmp_path)


@posix
def test_links_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    signing_key(tmp_path / "real")
    for name in ("link", "pipe", "folder"):
        (tmp_path / name).mkdir()
    (tmp_path / "link" / "signing.key").symlink_to(tmp_path / "real" / "signing.key")
    os.mkfifo(tmp_path / "pipe" / "signing.key", 0o600)
    (tmp_path / "folder" / "signing.key").mkdir()
    with pytest.raises(CacheError, match="can't read the signing key"):
        signing_key(tmp_path / "link")
    with pytest.raises(CacheError, match="it is no regular file"):
        signing_key(tmp_path / "pipe")
    with pytest.raises(CacheError, match=r"no regular file|can't read"):
        signing_key(tmp_path / "folder")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    signing_key(tmp_path)
    (tmp_path / "signing.key").write_bytes(content)
    with pytest.raises(CacheError, match="remove the file to have a new key made"):
        signing_key(tmp_path)


def test_threads_that_need_the_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[bytes] = []
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        found.append(signing_key(tmp_path / "data"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["signing.key"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG folders are other systems' habit")
def test_the_data_folder_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data_folder() == tmp_path / ".local" / "share" / "cascade"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data" / "cascade"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")  # which the specification has ignored
    assert data_folder() == tmp_path / ".local" / "share" / "cascade"
