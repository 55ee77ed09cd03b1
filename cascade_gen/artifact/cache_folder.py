"""A folder of entries that this user's processes share: each is read whole and unchanged, or not at all.

What is read here is executed, so nothing counts but what this user wrote and nobody else can have changed. An entry
is a file named by its key; it begins with the SHA-256 of its key and content, which tells a damaged one and one that
was moved. It is written beside its place and renamed, so that a reader, or a writer that is killed, never leaves or
sees a half. Nothing here raises for what is wrong with a folder or file: then there is no entry.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

_ENDING = ".module"
_HASH = 32
_MOST_BYTES = 200 * 2**20
_MOST_ENTRIES = 10_000
_LARGEST = 64 * 2**20
_LEFT = 0.9
"""What is left of too many entries, so that they aren't counted out one by one."""
_DAY = 86_400.0
_ABANDONED = 3_600.0
"""Seconds after which nobody is still writing a file."""
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def modules_folder() -> str:
    """The folder of compiled modules, which need not exist yet; empty where none is to be used.

    `CASCADE_CACHE` names the folder above it, or is `off`. Otherwise that is the platform's: on Linux
    `$XDG_CACHE_HOME/cascade` or `~/.cache/cascade` (XDG Base Directory Specification), `~/Library/Caches/cascade`
    on macOS, `%LOCALAPPDATA%\\cascade` on Windows.
    """
    asked = os.environ.get("CASCADE_CACHE", "")
    if asked == "off":
        return ""
    above = os.path.abspath(os.path.expanduser(asked)) if asked else _platform_folder()
    return os.path.join(above, "modules") if above else ""


def _platform_folder() -> str:
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return os.path.join(base, "cascade")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return ""
    if sys.platform == "win32":
        return os.path.join(home, "AppData", "Local", "cascade")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "cascade")
    return os.path.join(home, ".cache", "cascade")


def read_entry(folder: str, key: str) -> bytes | None:
    """The content kept under a key; None where there is none, or where it isn't surely what this user wrote."""
    path = os.path.join(folder, key + _ENDING)
    try:
        if not _is_private(os.stat(folder), stat.S_IFDIR):
            return None
        descriptor = os.open(path, _READ)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_private(status, stat.S_IFREG) or status.st_size > _LARGEST:
            return None
        with open(descriptor, "rb", closefd=False) as file:
            found = file.read()
    except OSError:
        return None
    finally:
        os.close(descriptor)
    content = found[_HASH:]
    if found[:_HASH] != _seal(key, content):
        return None
    if time.time() - status.st_mtime > _DAY:
        with suppress(OSError):  # what is used stays longest
            os.utime(path)
    return content


def write_entry(folder: str, key: str, content: bytes) -> None:
    """Keep the content under a key, as far as the folder is there or can be made; one in 64 writes makes room."""
    beside = os.path.join(folder, f".{key}.{os.urandom(8).hex()}")
    try:
        _make_private(folder)
        if not _is_private(os.stat(folder), stat.S_IFDIR):
            return
        descriptor = os.open(beside, _WRITE, 0o600)
    except (OSError, ValueError):
        return
    try:
        with open(descriptor, "wb") as file:
            file.write(_seal(key, content) + content)
        os.replace(beside, os.path.join(folder, key + _ENDING))
    except OSError:  # a full disk; on Windows, a file that somebody reads
        _remove(beside)
    except BaseException:
        _remove(beside)
        raise
    if int(key[:2], 16) % 64 == 0:
        make_room(folder)


def make_room(folder: str, most_entries: int = _MOST_ENTRIES, most_bytes: int = _MOST_BYTES) -> None:
    """Remove what writers have abandoned, and the entries longest unused where there are too many or too large."""
    entries: list[tuple[float, int, str]] = []
    now = time.time()
    for path, status in _files(folder):
        if path.endswith(_ENDING):
            entries.append((status.st_mtime, status.st_size, path))
        elif now - status.st_mtime > _ABANDONED:
            _remove(path)
    count, size = len(entries), sum(size for _, size, _ in entries)
    if count <= most_entries and size <= most_bytes:
        return
    for _, one, path in sorted(entries):
        if count <= most_entries * _LEFT and size <= most_bytes * _LEFT:
            return
        _remove(path)
        count, size = count - 1, size - one


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with suppress(OSError), os.scandir(folder) as found:
        for one in found:
            with suppress(OSError):  # another process has removed it
                yield one.path, one.stat(follow_symlinks=False)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def _seal(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + content).digest()


def _make_private(folder: str) -> None:
    """Make the folder and what is missing above it, for this user only, as the XDG specification wants it."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    if above != folder:
        _make_private(above)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)


def _is_private(status: os.stat_result, kind: int) -> bool:
    """Whether this is a file or folder of this user's that nobody else can write."""
    if stat.S_IFMT(status.st_mode) != kind:
        return False
    if sys.platform == "win32":  # where the folder's access list does what the mode can't tell
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
