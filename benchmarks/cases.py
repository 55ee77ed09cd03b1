"""What is compared with hand-written Python: workflows, and functions that do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cascade as cs

from . import machines
from . import workflows as w
from .slices import Work

_TEXT = "The parser read 12 tokens, then 7 more; a token is a word. The lexer has 3 modes!"


@dataclass(frozen=True, slots=True)
class Case:
    """A workflow and the same by hand, each doing as many rounds (or runs) as it is told.

    `compiled` compiles the workflow; what has to be read from a file it writes into the folder that it is given.
    `by_hand` says what the hand-written one is; `aim` is the ratio, by hand / compiled, that we want to reach.
    """

    name: str
    compiled: Callable[[Path], Work]
    plain: Work
    by_hand: str
    aim: float

    def check(self, compiled: Work) -> None:
        """What is compared has to do the same: `ValueError` where it doesn't."""
        for rounds in (0, 1, 2, 137):
            given, wanted = compiled(rounds), self.plain(rounds)
            if given != wanted:
                raise ValueError(f"{self.name}: {rounds} rounds give {given!r}, by hand {wanted!r}")


def _over_words(function: Callable[[list[str]], object]) -> Work:
    """Has as many words worked on as rounds are asked for."""
    return lambda rounds: function(_words(rounds))


@lru_cache
def _words(count: int) -> list[str]:
    words = _TEXT.split()
    return (words * (count // len(words) + 1))[:count]


def _repeated(function: Callable[[int], object]) -> Work:
    """Calls a function as often as asked for; gives its last result."""

    def work(times: int) -> object:
        result: object = None
        for number in range(times):
            result = function(number)
        return result

    return work


def _machine(states: list[Any]) -> Work:
    """A state machine that begins with the first of its tasks."""
    function: Work = cs.aot(states[0], blueprints=states[1:])
    return function


CASES = (
    Case("countdown", lambda _: cs.aot(w.countdown), w.plain_countdown, "`while n > 0: n -= 1`", 0.92),
    Case(
        "ping-pong",
        lambda _: cs.aot(w.ping, blueprints=[w.pong]),
        w.plain_ping_pong,
        "both turns written out in one `while True`",
        0.90,
    ),
    Case("lift, three steps that jump", lambda _: cs.aot(w.lift()), w.plain_lift, "two loops in a loop", 0.70),
    Case(
        "chain of 20 tasks a round",
        lambda _: cs.aot(w.heavy),
        w.plain_heavy,
        "20 nested calls of a plain function in a `while`",
        5,
    ),
    Case(
        "text agent",
        lambda _: _over_words(cs.aot(w.tally)),
        _over_words(w.plain_tally),
        "one `for` over the words, the same `try`, the same dict",
        0.87,
    ),
    Case(
        "agent with 20 messages",
        lambda _: cs.aot(w.converse),
        w.plain_converse,
        "a `while`, the same list display",
        0.85,
    ),
    Case(
        "100 states, one successor each",
        lambda folder: _machine(machines.ring(folder)),
        machines.plain_ring,
        "`for state in range(100)` in a `while True`",
        1.0,
    ),
    Case(
        "100 states, successors by the data",
        lambda folder: _machine(machines.web(folder)),
        machines.plain_web,
        "a `while` with a table of successors, indexed by state and bit",
        0.40,
    ),
    Case(
        "diamond, 1 to 100 to 1",
        lambda _: _repeated(cs.aot(w.diamond)),
        _repeated(w.plain_diamond),
        "plain functions, nested calls, the hundred in a list comprehension",
        1.6,
    ),
)
"""All sync cases."""
