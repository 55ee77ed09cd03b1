"""Saving where it can't be: the error is about the path that was given, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

import cascade as cs
from cascade_gen.artifact.files import write_whole


@cs.task
def double(n: int) -> int:
    return 2 * n


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        cs.aot(double).save(tmp_path)
    assert caught.value.filename == str(tmp_path)
    assert "this is a folder; name a file in it" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_name_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IsADirectoryError, match=r"this is a folder; name a file in it: '\.'"):
        cs.aot(double).save("")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "failing"), [(tempfile, "mkstemp"), (os, "fsync"), (os, "replace")])
@pytest.mark.parametrize("kind", [PermissionError, OSError])
def test_what_the_system_refuses(
    module: object, failing: str, kind: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = errno.EACCES if kind is PermissionError else errno.ENOSPC

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "not today", "a file beside it")

    path = tmp_path / "agent.py"
    monkeypatch.setattr(module, failing, refuse)
    with pytest.raises(kind) as caught:
        cs.aot(double).save(path)
    assert type(caught.value) is kind
    assert (caught.value.errno, caught.value.filename, caught.value.filename2) == (number, str(path), None)
    assert str(caught.value) == f"[Errno {number}] not today: {str(path)!r}"
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_that_a_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / f"{'é' * 126}.py"
    write_whole(path, "text")
    assert path.read_text() == "text"


@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_written_to_and_stays_one(name: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(tmp_path / name, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_has_no_name() -> None:
    reader, writer = os.pipe()
    try:
        write_whole(Path(f"/dev/fd/{writer}"), "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
        os.close(writer)


def test_what_is_no_file_and_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(OSError, match=r"'socket'$") as caught:
            write_whole(Path("socket"), "text")
        assert caught.value.filename == "socket"
        assert stat.S_ISSOCK(os.stat("socket").st_mode)
