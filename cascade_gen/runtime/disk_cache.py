"""A cache of pickled values in a folder, shared by processes, that unpickles only what this user has signed.

SQLite in WAL mode keeps the entries, so that a write is there whole or not at all. Each is signed with
HMAC-SHA256 (RFC 2104) over its key, the time it was saved and its pickle: one that was changed, moved to
another key or written by someone else is refused before anything is unpickled.
"""

from __future__ import annotations

import hmac
import logging
import os
import pickle
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from .caches import checked_ttl
from .errors import UncacheableError
from .sentinels import MISS
from .signing_key import signing_key

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_FILE = "cascade-cache-1.sqlite3"  # the number is the format's
_TABLE = (
    "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, saved REAL NOT NULL,"
    " signature BLOB NOT NULL, payload BLOB NOT NULL)"
)
_PATIENCE = 30.0  # seconds to wait for another process's write
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_of_forks: list[sqlite3.Connection] = []  # connections of a parent process, which must not be closed here


class DiskCache:
    """Values kept in `directory`, each for at most `ttl` seconds, across runs and processes.

    Nothing touches the disk before the first `check` or `save`, which creates the folder. The signing key is
    the user's own (see `signing_key`). `clock` gives the time in seconds, the same for all processes.
    """

    __slots__ = ("__weakref__", "_clock", "_local", "directory", "ttl")

    def __init__(
        self,
        directory: str | os.PathLike[str],
        ttl: float | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.ttl = checked_ttl(ttl)
        self._clock = clock
        self._local = threading.local()  # SQLite's connections are for one process, and best for one thread

    def __repr__(self) -> str:
        return f"DiskCache({self.directory!r}, ttl={self.ttl})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.directory, self.ttl, self._clock)

    def check(self, key: str, inputs: Mapping[str, object]) -> object:
        """The value saved for `key`, or `MISS`: none, too old, not this user's, or not to be restored."""
        found = self._attempt(lambda opened: opened.read(key))
        if found is None:
            return MISS
        saved, payload = found
        if self.ttl is not None and not 0 <= self._clock() - saved < self.ttl:
            return MISS
        try:
            return pickle.loads(payload)
        except Exception as error:  # its class has moved, say: what another version saved is no value here
            _log.warning("%r: an entry can't be restored and counts as a miss (%s)", self, error)
            return MISS

    def save(self, key: str, inputs: Mapping[str, object], value: object) -> None:
        """Keep `value`. `UncacheableError`, a `TypeError`, names the type of one that can't be pickled."""
        try:
            payload = pickle.dumps(value, protocol=5)
        except Exception as error:
            raise UncacheableError(
                f"{self!r} can't store a value of type {type(value).__qualname__!r}: {error}"
            ) from error
        saved = float(self._clock())
        self._attempt(lambda opened: opened.write(key, saved, payload))

    def close(self) -> None:
        """Close this thread's connection; the next use opens another. Other threads' go with them."""
        self._local.__dict__.pop("opened", None)

    def _attempt(self, step: Callable[[_Opened], _T]) -> _T:
        """Do `step` on the database, a second time on a new one if the first turns out to be broken."""
        path = Path(self.directory, _FILE)
        try:
            return step(self._opened(path))
        except sqlite3.DatabaseError as error:
            if _code(error) not in _BROKEN:
                raise
            self._set_aside(path, error)
        return step(self._opened(path))

    def _opened(self, path: Path) -> _Opened:
        """This thread's connection to the database that is in the folder now."""
        opened: _Opened | None = self._local.__dict__.get("opened")
        self._local.seen = _identity(path)
        if opened is None or opened.process != os.getpid() or opened.file != self._local.seen:
            self.close()
            opened = self._local.opened = _Opened(path)
        return opened

    def _set_aside(self, path: Path, error: sqlite3.DatabaseError) -> None:
        """Rename the broken database, unless another process has done so and put a new one in its place."""
        self.close()
        if self._local.seen != _identity(path):
            return
        aside = path.with_name(f"{_FILE}.broken-{os.urandom(4).hex()}")
        _log.warning("%r: the database is broken (%s); set aside as %s", self, error, aside.name)
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")


class _Opened:
    """A connection to the database at `path`, made if need be, and the key that signs its entries."""

    __slots__ = ("connection", "file", "key", "process")

    def __init__(self, path: Path) -> None:
        self.key = signing_key()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = os.getpid()
        before = _identity(path)
        # The thread that drops the last reference closes it, and that may be another one.
        self.connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            _prepare(self.connection)
        except BaseException:
            self.connection.close()  # now: a file that is open can't be renamed everywhere
            raise
        self.file = before or _identity(path)

    def __del__(self) -> None:
        connection = getattr(self, "connection", None)
        if connection is None:
            return
        if self.process == os.getpid():
            connection.close()
        else:
            _of_forks.append(connection)

    def read(self, key: str) -> tuple[float, bytes] | None:
        """When the entry was saved and its pickle, or None if there is none that this user has signed."""
        query = "SELECT saved, signature, payload FROM entries WHERE key = ?"
        row = self.connection.execute(query, (key,)).fetchone()
        if row is None:
            return None
        saved, signature, payload = row
        if (
            isinstance(saved, float)
            and isinstance(signature, bytes)
            and isinstance(payload, bytes)
            and hmac.compare_digest(signature, self._signature(key, saved, payload))
        ):
            return saved, payload
        _log.warning("refusing a cache entry that isn't signed by this user: %s", key)
        return None

    def write(self, key: str, saved: float, payload: bytes) -> None:
        """Put the entry in place of an older one."""
        row = (key, saved, self._signature(key, saved, payload), payload)
        self.connection.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", row)

    def _signature(self, key: str, saved: float, payload: bytes) -> bytes:
        name = key.encode("utf-8", "surrogatepass")
        signer = hmac.new(self.key, struct.pack(">16sQd", b"cascade-cache-1", len(name), saved), "sha256")
        signer.update(name)
        signer.update(payload)
        return signer.digest()


def _rebuilt(directory: str | os.PathLike[str], ttl: float | None, clock: Callable[[], float]) -> DiskCache:
    return DiskCache(directory, ttl, clock=clock)


def _prepare(connection: sqlite3.Connection) -> None:
    """Bring a database to its mode and table; several processes may be at it at once."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA trusted_schema = OFF")  # others may have made the file
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
            return
        except sqlite3.OperationalError as error:
            # The change to WAL needs the file for itself and doesn't always wait for its turn.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest tells details


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells one file from another that has taken its name since; None if there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
