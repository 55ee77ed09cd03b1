"""The secret with which this user signs what is unpickled later: a file that only they can read."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from .errors import CacheError

_SIZE = 32
# As they are, no links and no waiting for pipes: on platforms that know of these.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def data_folder() -> Path:
    """The folder for Cascade's own data of this user, which need not exist yet.

    `$XDG_DATA_HOME/cascade` or `~/.local/share/cascade` (XDG Base Directory Specification), the equivalents
    on macOS and Windows. `CacheError` if the user has no home.
    """
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_DATA_HOME", "")
    if os.path.isabs(base):
        return Path(base, "cascade")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise CacheError("there is no home folder to keep the signing key in; set XDG_DATA_HOME")
    if sys.platform == "win32":
        return Path(home, "AppData", "Local", "cascade")
    if sys.platform == "darwin":
        return Path(home, "Library", "Application Support", "cascade")
    return Path(home, ".local", "share", "cascade")


def signing_key(folder: Path | None = None) -> bytes:
    """The user's key; made, with mode 0600, if there is none in `folder` (by default `data_folder()`).

    `CacheError` if its file belongs to someone else, is open to others, or is no key.
    """
    path = (folder or data_folder()) / "signing.key"
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CacheError(f"can't read the signing key {path}: {error.strerror}") from error
    try:
        fault = _fault(os.fstat(descriptor))
        key = b"" if fault else os.read(descriptor, _SIZE + 1)
    finally:
        os.close(descriptor)
    if not fault and len(key) != _SIZE:
        fault = f"it has not the {_SIZE} bytes of a key"
    if fault:
        raise CacheError(
            f"refusing the signing key {path}: {fault}; remove the file to have a new key made"
            " (what was signed with the old one is then computed anew)"
        )
    return key


def _fault(status: os.stat_result) -> str:
    """What is wrong with the key file, if anything."""
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if sys.platform == "win32":  # where the folder's access list does what the mode can't tell
        return ""
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & 0o077:
        return f"others can get at it (its mode is {stat.S_IMODE(status.st_mode):04o}, not 0600)"
    return ""


def _create(path: Path) -> None:
    """Make a key file unless there is one by then; it appears under its name whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(os.urandom(_SIZE))
            file.flush()
            os.fsync(descriptor)
        _publish(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _publish(beside: Path, path: Path) -> None:
    """Give the file its name unless the name is taken: the first of several processes wins."""
    try:
        if sys.platform == "win32":
            os.rename(beside, path)  # there it fails if the name is taken
        else:
            os.link(beside, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise CacheError(f"can't make the signing key {path}: {error.strerror}") from error
