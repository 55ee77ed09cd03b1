"""Workflows: nested and returned."""

from __future__ import annotations

import cascade as cs
from cascade_gen.errors import SignatureError

from .table import COMPILES, EARLY, feature, note
from .words import add, double, give, join, one, two


@cs.workflow
def twice(x):
    return double(double(x))


@cs.workflow
def outer(x, y=3):
    return join(twice(x), twice(add(y, 1)), x)


@cs.workflow
def several(x):
    return {"first": double(x), "second": [add(x, 1), 5]}


@cs.workflow
def looping(n):
    return rounds(give(n))


@cs.workflow
def chosen(kind, n=2):
    return cs.Router(kind, {"double": double(n), "add": add(n)})


@cs.workflow
def starred(*parts):
    return join(*parts)


@cs.workflow
def mapping(names):
    return join(double.map(n=names))


@cs.task
def rounds(n):
    note("rounds", n)
    return cs.tail(rounds, n=n - 1) if n else "end"


@cs.task
def to_workflow(n):
    note("to_workflow", n)
    return outer(n) if n < 3 else to_workflow(n - 1)


@cs.task
def tail_of_workflow(n):
    note("tail_of_workflow", n)
    return cs.tail(several, n)


@feature(value=12, calls="give 3; double 3; double 6")
def called():
    """a call of a workflow is its graph"""
    return twice(give(3))


@feature(value=[4, 16, 1], calls="double 1; double 2; add 3 1; double 4; double 8; join 4 16 1", inputs={"x": 1})
def nested():
    """workflows within workflows"""
    return outer


@feature(value=[4, 24, 1], calls="one; double 1; double 2; add 5 1; double 6; double 12; join 4 24 1")
def with_lazies():
    """with lazy arguments, shared ones once"""
    return outer(one(), 5)


@feature(value={"first": 4, "second": [3, 5]}, calls="double 2; add 2 1", inputs={"x": 2})
def containers():
    """a container as the result"""
    return several


@feature(value="end", calls="give 1; rounds 1; rounds 0", inputs={"n": 1})
def loops():
    """a workflow whose result loops"""
    return looping


@feature(value=12, calls="add 2 10", inputs={"kind": "add"})
def routed():
    """a Router over an argument"""
    return chosen


@feature(value=[[2, 4]], calls="double 1; double 2; join [2, 4]", inputs={"names": (1, 2)})
def mapped():
    """a map over an argument"""
    return mapping


@feature(
    value=[8, 16, 2],
    calls="to_workflow 3; to_workflow 2; double 2; double 4; add 3 1; double 4; double 8; join 8 16 2",
    dashes=COMPILES,
)
def returned():
    """returned by a root"""
    return to_workflow(3)


@feature(value={"first": 4, "second": [3, 5]}, calls="tail_of_workflow 2; double 2; add 2 1", dashes=COMPILES)
def tail_called():
    """as the target of a tail call"""
    return tail_of_workflow(2)


@feature(value=[4, 2], calls="one; double 1; double 2; two")
def among_targets():
    """as one of several targets"""
    return [twice(one()), two()]


@feature(raises=SignatureError, says="parts", dashes=EARLY)
def starred_arguments():
    """`*args` in its signature can't be compiled"""
    return starred


@feature(raises=TypeError, says="missing")
def missing_argument():
    """an argument without a value is `TypeError`"""
    return outer
