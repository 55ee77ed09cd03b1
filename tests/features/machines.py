"""Jump machines: `Jump`, `bind` and `select_jump`."""

from __future__ import annotations

from typing import Any

import cascade as cs

from .table import COMPILES, feature, note
from .words import double, give, join, one

attempts: list[int] = []


@cs.task
def step(n, x="bound"):
    note("step", n, x)
    return cs.Jump("again", {"n": n - 1}) if n else cs.Jump("exit", [n, x])


@cs.task
def by_value(n):
    note("by_value", n)
    return cs.Jump("again", n - 1) if n else cs.Jump("exit", "out")


@cs.task
def as_bound(n):
    note("as_bound", n)
    attempts.append(n)
    return cs.Jump("again") if len(attempts) % 2 else cs.Jump("exit")


@cs.task
def piling(n, x="x", y="y"):
    note("piling", n, x, y)
    if n == 2:
        return cs.Jump("again", {"n": 1, "x": "other x"})
    return cs.Jump("again", {"n": 0, "y": "other y"}) if n else cs.Jump("exit", (x, y))


@cs.task
def stateful(state):
    note("stateful", state)
    n = state["n"]
    return cs.Jump("again", {"state": {"n": n - 1}}) if n else cs.Jump("exit", state)


@cs.task
def lazily(n, dep):
    note("lazily", n, dep)
    return cs.Jump("again", {"n": n - 1}) if n else cs.Jump("exit", dep)


@cs.task
def lazy_data(n):
    note("lazy_data", n)
    return cs.Jump("again", {"n": give(n - 1)}) if n else cs.Jump("exit", {"out": double(5)})


@cs.task
def left(n):
    note("left", n)
    return cs.Jump("to right", n - 1) if n else cs.Jump("out", "left")


@cs.task
def right(n):
    note("right", n)
    return cs.Jump("to left", n - 1) if n else cs.Jump("out", "right")


@cs.task
def ends(n):
    note("ends", n)
    return n if n > 2 else cs.Jump("again", n + 1)


@cs.task
def jump_or_tail(n, x=0):
    note("jump_or_tail", n, x)
    if n == 0:
        return cs.Jump("exit", x)
    if n % 2:
        return cs.tail(jump_or_tail, n=n - 1, x=n)
    return cs.Jump("again", {"n": n - 1, "x": x + 10})


@cs.task
def to_machine(n):
    note("to_machine", n)
    return machine(by_value(n))


def machine(call: Any, again: str = "again", exit: str = "exit") -> Any:
    """A step that goes again or exits."""
    return cs.bind(call, cs.select_jump({again: call, exit: None}))


def swing(start: Any, other: Any) -> Any:
    """Two steps that jump to each other."""
    cs.bind(start, cs.select_jump({"to right": other, "out": None}))
    cs.bind(other, cs.select_jump({"to left": start, "out": None}))
    return start


@feature(value=[0, "mine"], calls="step 2 mine; step 1 mine; step 0 mine")
def override_by_name():
    """a dict overrides inputs by name"""
    return machine(step(2, "mine"))


@feature(value="out", calls="by_value 1; by_value 0")
def override_the_first():
    """other data is the first input; a `None` route ends with the data"""
    return machine(by_value(1))


@feature(value=None, calls="as_bound 5; as_bound 5")
def no_data():
    """`None` keeps the inputs as bound"""
    return machine(as_bound(5))


@feature(value=("x", "other y"), calls="piling 2 x y; piling 1 other x y; piling 0 x other y")
def no_piling_up():
    """overrides don't pile up"""
    return machine(piling(2))


@feature(value={"n": 0}, calls="stateful {'n': 1}; stateful {'n': 0}")
def dict_as_a_value():
    """a dict as a value, by naming the input"""
    return machine(stateful({"n": 1}))


@feature(value=2, calls="one; double 1; lazily 1 2; one; double 1; lazily 0 2")
def lazy_inputs():
    """lazy inputs that aren't overridden are computed again each round"""
    return machine(lazily(1, double(one())))


@feature(value={"out": 10}, calls="lazy_data 1; give 0; lazy_data 0; double 5")
def lazies_in_data():
    """lazies within the data are computed"""
    return machine(lazy_data(1))


@feature(value="right", calls="left 3; right 2; left 1; right 0")
def two_steps():
    """steps that jump to each other"""
    return swing(left(3), right(0))


@feature(value=3, calls="ends 1; ends 2; ends 3")
def plain_result():
    """a plain result ends the loop"""
    return machine(ends(1))


@feature(value=1, calls="jump_or_tail 3 0; jump_or_tail 2 3; jump_or_tail 1 13; jump_or_tail 0 1")
def with_tail_calls():
    """mixed with tail calls"""
    return machine(jump_or_tail(3))


@feature(value="out", calls="to_machine 1; by_value 1; by_value 0", dashes=COMPILES)
def returned():
    """a machine returned by a root"""
    return to_machine(1)


@feature(value=["out", 2], calls="by_value 1; by_value 0; one; double 1")
def among_targets():
    """a machine as one of several targets"""
    return [machine(by_value(1)), double(one())]


@feature(value="out", calls="one; give True; by_value 1; by_value 0")
def conditions():
    """`run_if` and `after` are evaluated once"""
    return machine(by_value(1)).run_if(give(True)).after(one())


@feature(raises=cs.JumpError, says="'again', 'finish'", calls="by_value 1; by_value 0")
def unknown_key():
    """an unknown key: `JumpError` that lists the keys"""
    return machine(by_value(1), exit="finish")


@feature(raises=cs.JumpError, calls="by_value 0")
def no_selector():
    """a `Jump` without a `select_jump`: `JumpError`"""
    return by_value(0)


@feature(raises=TypeError, says="nope", calls="misnaming 0")
def unknown_input():
    """a dict with an unknown name: `TypeError`"""
    return machine(misnaming(0))


@cs.task
def misnaming(n):
    note("misnaming", n)
    return cs.Jump("again", {"nope": n})


@feature(raises=cs.MisplacedTailCallError, says="by_value", calls="by_value 1")
def misplaced():
    """from a task that is no root: `MisplacedTailCallError`"""
    return join(by_value(1))
