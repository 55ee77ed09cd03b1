"""Sync tasks in processes: workers with a pipe each, one call at a time, killed when the call is cancelled.

The standard library's pool can't stop a single call, waits for running ones at exit, and fails all calls when
one worker dies.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .errors import WorkerDiedError
from .remote import describe, pack, serve, unpack
from .threads import Threads

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE = 2.0  # seconds that a process gets to end
_pool: _Pool  # made at the end of this file, and in each forked child


async def compute(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a sync function in a worker process; gives or raises what it does.

    The function is sent by its module and name (if that is a task, its `func` is meant); arguments and result
    are pickled. Raises `NotPicklableError` for what can't be sent, and `WorkerDiedError` if the process ends
    in the midst of it. When this is cancelled, the process is killed. Context variables stay here.
    """
    pool = _pool
    call = _Call(pool, describe(func), pack(func, args, kwargs))
    try:
        value: T = await pool.threads.run(call.run)
    finally:
        call.cancel()
    return value


class _Worker:
    """A worker process and the pipe to it."""

    def __init__(self, path: tuple[str, ...]) -> None:
        # imported here, since most programs have no task in a process
        import multiprocessing

        methods = multiprocessing.get_all_start_methods()
        context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        self.path = path
        self._pipe: Connection[bytes, bytes]
        self._pipe, theirs = context.Pipe()
        # no daemon: those may not have children, and tasks may want some
        self.process: BaseProcess = context.Process(target=serve, args=(theirs,), name="cascade-compute")
        with _uninterrupted():
            self.process.start()
        theirs.close()

    def receive(self) -> bytes:
        """The next message. Raises `EOFError` or `OSError` when the process has died."""
        from multiprocessing.connection import wait

        # not the pipe alone: a child that the task left behind may keep its end open
        if self._pipe not in wait([self._pipe, self.process.sentinel]):
            raise EOFError
        return self._pipe.recv_bytes()

    def call(self, request: bytes) -> bytes:
        """Send a request and wait for the reply. Raises `EOFError` or `OSError` when the process dies."""
        self._pipe.send_bytes(request)
        return self.receive()

    def hang_up(self) -> None:
        """Close the pipe: an idle process ends of itself."""
        self._pipe.close()

    def bury(self) -> int | None:
        """See to it that the process has ended; gives its exit code."""
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_PATIENCE)
        return self.process.exitcode


class _Pool:
    """The workers of this process: those at rest, and all."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.threads = Threads(_processors(), "cascade-compute")  # each waits for one worker
        self._resting: list[_Worker] = []
        self._all: list[_Worker] = []
        self._closes_at_exit = self._closed = False

    def take(self) -> _Worker:
        """A worker at rest, else a new one. Raises `WorkerDiedError` if it can't start."""
        path = tuple(sys.path)
        with self.lock:
            while self._resting:
                worker = self._resting.pop()
                # one that started with another path might know another module by the name we mean
                if worker.path == path and worker.process.is_alive():
                    return worker
                self._all.remove(worker)
                worker.hang_up()
            worker = self._hire(path)
        try:
            worker.receive()
        except (EOFError, OSError):
            code = self.dismiss(worker)
            raise WorkerDiedError(
                f'a worker process (mode="compute") could not start (exit code {code}); a script that runs'
                " such tasks must do so under `if __name__ == '__main__':`, since workers import it"
            ) from None
        return worker

    def _hire(self, path: tuple[str, ...]) -> _Worker:
        """Start a worker; holding the lock, so that `close` sees it or it isn't started."""
        if self._closed:
            raise WorkerDiedError('no worker process (mode="compute") can start: the program is ending')
        if not self._closes_at_exit:
            from multiprocessing.util import Finalize

            Finalize(None, self.close, exitpriority=10)  # as `atexit`, but in worker processes too
            self._closes_at_exit = True
        worker = _Worker(path)
        self._all.append(worker)
        return worker

    def give_back(self, worker: _Worker) -> None:
        with self.lock:
            self._resting.append(worker)

    def dismiss(self, worker: _Worker) -> int | None:
        """Forget a worker that has died; gives its exit code."""
        with self.lock:
            if worker in self._all:
                self._all.remove(worker)
        code = worker.bury()
        worker.hang_up()
        return code

    def close(self) -> None:
        """End all workers, those at work by force."""
        with self.lock:
            self._closed = True
            workers, self._all = self._all, []
            for worker in workers:
                if worker in self._resting:
                    worker.hang_up()
                else:
                    worker.process.kill()
            self._resting.clear()
        for worker in workers:
            worker.bury()


class _Call:
    """One call, which a thread makes by way of a worker and which can be cancelled meanwhile."""

    def __init__(self, pool: _Pool, name: str, request: bytes) -> None:
        self._pool = pool
        self._name = name
        self._request = request
        self._lock = Lock()  # its own: the pool's is held while a process starts, and the event loop cancels
        self._worker: _Worker | None = None
        self._cancelled = self._killed = False

    def run(self) -> Any:
        """Make the call, in a thread; gives or raises what the function does, or `WorkerDiedError`."""
        worker = self._pool.take()
        try:
            reply = worker.call(self._request) if self._hold(worker) else None
        except (EOFError, OSError):
            self._let_go()
            code = self._pool.dismiss(worker)
            raise WorkerDiedError(
                f'the worker process that ran {self._name} (mode="compute") died: {_reason(code)}'
            ) from None
        self._let_go()
        if self._killed:  # with its reply already under way
            self._pool.dismiss(worker)
        else:
            self._pool.give_back(worker)
        return None if reply is None else unpack(reply, self._name)

    def cancel(self) -> None:
        """Kill the worker if the call is running; do nothing if it is over."""
        with self._lock:
            self._cancelled = True
            if self._worker is not None:
                self._worker.process.kill()
                self._killed = True

    def _hold(self, worker: _Worker) -> bool:
        """Note the worker to kill; gives False if the call was cancelled before it began."""
        with self._lock:
            if not self._cancelled:
                self._worker = worker
            return not self._cancelled

    def _let_go(self) -> None:
        with self._lock:
            self._worker = None


def _reason(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"killed by signal {-code}" + (", for want of memory perhaps" if code == -9 else "")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C doesn't reach before they see to it themselves: they would show tracebacks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which would let Ctrl-C through again, if it came up within
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _fresh_pool() -> None:
    """A forked child has its parent's workers not for its own, and needs a pool of its own."""
    global _pool
    _pool = _Pool()


_fresh_pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_pool)
