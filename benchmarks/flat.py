"""Whether many rounds take the memory of one: each workflow in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

from .alone import has_peak, numbers
from .formats import digits
from .report import Table

_ROUNDS = 10_000_000
_QUICK_ROUNDS = 100_000
_LONGEST = 60  # seconds; slow rounds are fewer
_GOING_ROUND = {
    "countdown": "cs.aot(w.countdown)",
    "ping-pong": "cs.aot(w.ping, blueprints=[w.pong])",
    "chain of 20 tasks a round": "cs.aot(w.heavy)",
    "async countdown": "cs.aot(w.async_countdown).run",
}
_MEASURED = """
import time
import cascade as cs
from benchmarks import workflows as w
from benchmarks.alone import peak

run = {compiled}
start = time.process_time()
run(n=1_000)
rounds = min({rounds}, int({longest} * 1_000 / (time.process_time() - start)))
before, start = peak(), time.process_time()
run(n=rounds)
print(rounds, before, peak(), time.process_time() - start)
"""


def tables(quick: bool) -> Iterator[Table]:
    """The table of this group, where the system counts the memory of processes; `quick` goes round less often."""
    if has_peak:
        yield rounds_in_flat_memory(_QUICK_ROUNDS if quick else _ROUNDS)


def rounds_in_flat_memory(rounds: int) -> Table:
    """The most memory that a process has held before and after so many rounds, or as many as a minute allows."""
    table = Table(
        "Many rounds in flat memory",
        "The peak of the process's resident memory, after a thousand rounds and after all of them.",
        ("workflow", "rounds", "before MiB", "after MiB", "more KiB", "seconds"),
    )
    for name, compiled in _GOING_ROUND.items():
        code = _MEASURED.format(compiled=compiled, rounds=rounds, longest=_LONGEST)
        done, before, after, seconds = numbers(code)
        grown = f"{(after - before) * 2**10:,.0f}"
        table.add(name, f"{done:,.0f}", digits(before), digits(after), grown, digits(seconds))
    return table
