"""Writes files whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

_SHORT = 50
"""The most characters of a file's name that go into that of the one beside it, which has to be allowed too."""


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, then rename: whoever reads sees the old file or the new one, never a half.

    A symbolic link is followed. The file mode of an old file is kept. A device or a pipe is written to, and stays
    what it is. Where it can't be written, the `OSError` is about `path`, not about the file beside it that the
    caller knows nothing of.
    """
    is_device = path.exists() and not path.is_file() and not path.is_dir()
    if path.is_symlink() and not is_device:  # where the link /dev/stdout leads may have no name
        path = path.resolve()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; name a file in it", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder to save into", str(path))
    try:
        if is_device:
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # Python picks the subclass by the number


def _replace(path: Path, text: str) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name[:_SHORT]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _mode(path))
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
