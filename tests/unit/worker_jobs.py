"""Functions for worker processes, which find them by module and name."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Task:
    """As a decorator leaves it: the name is bound to this, the plain function is its `func`."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self.func = func


class NeedsTwo(Exception):
    """Its arguments aren't those of its constructor, so that the usual pickle fails."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


class Prefixing(Exception):
    """The usual pickle would prefix it twice."""

    def __init__(self, text: str) -> None:
        super().__init__(f"prefixed {text}")


class Unreadable:
    """Can be pickled and not be read again."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


def add(a: int, b: int = 0) -> int:
    return a + b


@Task
def doubled(n: int) -> int:
    return 2 * n


class Holder:
    @staticmethod
    def inner(n: int) -> int:
        return n + 1

    def method(self) -> int:
        return 1


def process_id() -> int:
    return os.getpid()


def interrupts() -> tuple[bool, bool, int]:
    """Whether Ctrl-C is ignored, whether it is held back, and the process that this one comes from."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN, signal.SIGINT in blocked, os.getppid()


def surroundings(name: str) -> tuple[str, str | None]:
    return str(Path.cwd()), os.environ.get(name)


def raise_this(error: BaseException) -> None:
    raise error


def raise_needs_two() -> None:
    raise NeedsTwo(404, "not found")


def raise_prefixing() -> None:
    raise Prefixing("text")


def raise_local() -> None:
    class Local(Exception):
        pass

    raise Local("nobody finds this class")


def open_missing() -> None:
    Path("/does/not/exist").read_text(encoding="utf-8")


def recurse() -> None:
    recurse()


def stop_iteration() -> None:
    next(iter(()))


def exit_with(code: int) -> None:
    sys.exit(code)


def die(code: int) -> None:
    os._exit(code)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_leaving_a_child() -> None:
    """The child keeps this process's end of the pipe open."""
    if os.fork() == 0:
        os.closerange(0, 3)  # but not what the tests themselves print to
        time.sleep(10)
        os._exit(0)
    os._exit(5)


def lambdas() -> list[Callable[[], int]]:
    return [lambda: 1]


def unreadable() -> Unreadable:
    return Unreadable()


def sleep_after_touching(path: str, seconds: float) -> None:
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(seconds)


def echo_size(data: bytes) -> int:
    return len(data)
