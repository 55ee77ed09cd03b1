"""The same work in other frameworks: a loop in those that have loops, graphs in the others.

A module here has `works(folder)`: functions by the name of the work in `cascade_works`, each of which does it, or
goes round, as often as it is told. What a framework builds or compiles once is built before, as with Cascade, and of
the ways that its documentation shows the fastest is taken.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cascade as cs

from .. import workflows as w
from ..charts import Bar, Bars
from ..formats import digits
from ..report import Table, installed
from ..slices import Timing, Work, compare

_SLICE = 0.05  # what a framework does once at the start of a run, a round hardly pays for
_CASCADE = "Cascade"
_TASKS = {"countdown": 1, "chain of 20": 20, "diamond of 100": 102}


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework: its package, the module here that uses it, and in what way it does."""

    name: str
    package: str
    module: str
    way: str


PEERS = (
    Peer("LangGraph", "langgraph", "langgraph_peer", "a `StateGraph` of one node and a conditional edge, `invoke`d"),
    Peer("Burr", "burr", "burr_peer", "an `Application` of two actions and conditions, `run` without tracking"),
    Peer("pydantic-graph", "pydantic-graph", "pydantic_graph_peer", "a `Graph` of one `BaseNode` that gives itself"),
    Peer("Hamilton", "sf-hamilton", "hamilton_peer", "a module of functions, one `Driver`, `execute`d"),
    Peer(
        "Dask",
        "dask",
        "dask_peer",
        "a graph as a dict and the synchronous scheduler; faster here than `delayed`",
    ),
)


def tables(quick: bool) -> Iterator[Table]:
    """The tables of this group; `quick` ones are timed for a shorter while."""
    with tempfile.TemporaryDirectory() as folder:
        found, missing = _load(Path(folder))
        yield _compared(found, missing, 0.1 if quick else 1.5)


def cascade_works() -> dict[str, dict[str, Work]]:
    """What is compared, compiled and interpreted by Cascade."""
    blueprint = cs.BlueprintBuilder().build(w.countdown, template=True)
    machine = cs.VirtualMachine()
    chain, diamond = cs.aot(w.chain), cs.aot(w.diamond)
    return {
        _CASCADE: {
            "countdown": cs.aot(w.countdown),
            "chain of 20": lambda times: [chain(1) for _ in range(times)][-1],
            "diamond of 100": lambda times: [diamond(1) for _ in range(times)][-1],
        },
        "Cascade, interpreted": {"countdown": lambda rounds: machine.execute(blueprint, (rounds,))},
    }


def _load(folder: Path) -> tuple[dict[str, dict[str, Work]], list[str]]:
    """What can be measured, by the name of the framework; and which ones can't be, and why."""
    found, missing = cascade_works(), []
    for peer in PEERS:
        try:
            found[peer.name] = importlib.import_module(f".{peer.module}", __name__).works(folder)
        except ImportError as error:
            missing.append(f"{peer.name} ({error})")
    return found, missing


def _compared(found: dict[str, dict[str, Work]], missing: list[str], seconds: float) -> Table:
    """Rounds and tasks a second of all that is there."""
    table = Table(
        "Beside other frameworks",
        f"The same work in each, on one core. {_ways()} Graphs are built once, before. The chain and the diamond are"
        f" for those that don't go round. {_not_measured(missing)}",
        ("work", "framework", "version", "rounds or tasks a second", "Cascade is faster by"),
    )
    bars = []
    for work, tasks in _TASKS.items():
        doing = {name: works[work] for name, works in found.items() if work in works}
        _check(work, doing)
        for name, timing in compare(doing, _CASCADE, seconds, _SLICE).items():
            bars.append(Bar(f"{work}: {name}", tasks / timing.seconds, ours=name.startswith(_CASCADE)))
            table.add(work, name, _version(name), *_cells(timing, tasks))
    table.chart = Bars("peers", "rounds or tasks a second (logarithmic)", bars)
    return table


def _check(work: str, doing: dict[str, Work]) -> None:
    """All have to do the same: `ValueError` where they don't."""
    wanted = doing[_CASCADE](3)
    for name, does in doing.items():
        if (given := does(3)) != wanted:
            raise ValueError(f"{work}: {name} gives {given!r}, Cascade {wanted!r}")


def _cells(timing: Timing, tasks: int) -> tuple[str, str]:
    return f"{tasks / timing.seconds:,.0f}", digits(1 / timing.ratio)


def _version(name: str) -> str:
    return next((installed(peer.package) or "" for peer in PEERS if peer.name == name), cs.__version__)


def _ways() -> str:
    return " ".join(f"{peer.name}: {peer.way}." for peer in PEERS)


def _not_measured(missing: list[str]) -> str:
    return f"Not measured, for want of the package: {', '.join(missing)}." if missing else ""
