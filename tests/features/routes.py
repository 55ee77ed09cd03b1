"""Routes: `Router`."""

from __future__ import annotations

import cascade as cs

from .table import COMPILES, IN_A_COROUTINE, feature, note
from .words import add, double, fail, give, join, kind_of, one, two


@cs.task
def descend(n):
    note("descend", n)
    return cs.Router(give(n > 0), {True: descend(n - 1), False: double(n)})


@cs.task
def last(n):
    note("last", n)
    return cs.tail(last, n=n - 1) if n else "end"


@feature(value=4, calls="give a; one; add 1 3")
def selected():
    """only the selected route runs, and what it alone needs"""
    return add(cs.Router(give("a"), {"a": one(), "b": fail("not me")}), 3)


@feature(value=[2], calls="give k; one; double 1; join 2")
def as_an_argument():
    """as an argument"""
    return join(cs.Router(give("k"), {"k": double(one()), "other": two()}))


@feature(value=[2, 1], calls="give k; one; double 1; join 2 1")
def sharing_later():
    """a node of a route that is used outside too runs once"""
    shared = one()
    return join(cs.Router(give("k"), {"k": double(shared), "other": two()}), shared)


@feature(value=[1, 2], calls="one; give k; double 1; join 1 2")
def sharing_earlier():
    """a node that a route shares with an earlier argument"""
    shared = one()
    return join(shared, cs.Router(give("k"), {"k": double(shared), "other": fail("no")}))


@feature(value=[2, 4], calls="one; give 1; double 1; give 2; double 2; join 2 4")
def sharing_routes():
    """two Routers that share nodes of routes not taken"""
    shared = fail("shared by routes not taken")
    first = cs.Router(give(one()), {1: double(1), 2: give(shared)})
    return join(first, cs.Router(give(2), {1: give(shared), 2: double(2)}))


@feature(value=8, calls="give 1; give x; two; double 2; double 4")
def nested():
    """a Router as a route of another"""
    inner = cs.Router(give("x"), {"x": double(two()), "y": fail("no")})
    return double(cs.Router(give(1), {1: inner, 2: fail("no")}))


@feature(value=[1], calls="give None; one; join 1")
def none_key():
    """`None` as a key"""
    return join(cs.Router(give(None), {None: one(), 0: two()}))


@feature(value=[2], calls="give (1, 'a'); two; join 2")
def odd_keys():
    """any hashable key"""
    return join(cs.Router(give((1, "a")), {(1, "a"): two(), 1.5: one()}))


@feature(value=[70], calls="give 7; join 70")
def many_routes():
    """many routes, of plain values"""
    return join(cs.Router(give(7), {key: key * 10 for key in range(12)}))


@feature(value=("list", [1, {"r": 2}]), calls="one; give k; two; kind_of [1, {'r': 2}]")
def in_containers():
    """within containers"""
    return kind_of([one(), {"r": cs.Router(give("k"), {"k": two(), "l": one()})}])


@feature(value=2, calls="give k; two")
def as_the_target():
    """as the target of the workflow"""
    return cs.Router(give("k"), {"k": two(), "l": one()})


@feature(value=[1, 2], calls="one; give k; two")
def among_targets():
    """as one of several targets"""
    return [one(), cs.Router(give("k"), {"k": two(), "l": one()})]


@feature(value="end", calls="give k; last 1; last 0")
def looping_route():
    """the route of a Router that is the target may loop"""
    return cs.Router(give("k"), {"k": last(1), "l": one()})


@feature(value=[2, 4], calls="give k; one; two; double 1; double 2")
def as_a_map_input():
    """as an input of a map"""
    return double.map(n=cs.Router(give("k"), {"k": [one(), two()], "l": []}))


@feature(value=[2, 4], calls="give k; one; two; double 1; double 2; give [2, 4]")
def route_of_a_map():
    """a mapped result as a route"""
    return give(cs.Router(give("k"), {"k": double.map(n=[one(), two()]), "l": []}))


@feature(value=2, calls="give k; one; give True; double 1")
def as_a_condition():
    """as a condition"""
    return double(one().after(give("k"))).run_if(cs.Router(True, {True: give(True), False: one()}))


@feature(value=3, calls="give 1; one; give 3")
def as_a_predecessor():
    """as a predecessor"""
    return give(3).after(cs.Router(give(1), {1: one(), 2: two()}))


@feature(value=2, calls="give k; two")
def uncalled_routes():
    """a task as a route is its call"""
    return cs.Router(give("k"), {"k": two, "l": one})


@feature(value=[[2, 1]], calls="give k; two; one; join [2, 1]")
def uncalled_routes_of_an_argument():
    """tasks in the lists of a route are their calls, in an argument too"""
    return join(cs.Router(give("k"), {"k": [two, one], "l": one}))


@feature(value=1, calls="one; give 0; give 1")
def skipped_routes():
    """a skipped node as the selected route passes its data on"""
    return give(cs.Router("k", {"k": double(one()).run_if(give(0)), "l": two()}))


@feature(raises=cs.RouteNotFoundError, says="'a', 'b'", calls="give c")
def no_route():
    """a value with no route: `RouteNotFoundError` that lists the keys"""
    return join(cs.Router(give("c"), {"a": one(), "b": two()}))


@feature(value=0, calls="descend 1; give True; descend 0; give False; double 0", dashes=COMPILES)
def returned():
    """a Router returned by a root becomes the new root"""
    return descend(1)


@feature(value=[[2], 1], calls="give k; one; double 1; join 2")
def sharing_among_targets():
    """a node shared by a route and by another target runs once"""
    shared = one()
    return [join(cs.Router(give("k"), {"k": double(shared)})), shared]


@feature(value=4, calls="give k; two; double 2; give 4", inputs={"key": "k"})
def by_a_param():
    """a `Param` within the selector"""
    return give(cs.Router(give(cs.Param("key")), {"k": double(two()), "l": fail("no")}))


@feature(raises=ValueError, says="bad selector", calls="fail bad selector")
def failing_selector():
    """an exception in a selector is the run's"""
    return join(cs.Router(fail("bad selector"), {"a": one()}))


@feature(raises=cs.RouteNotFoundError, calls="give [1]")
def unhashable():
    """a value that can't be a key: `RouteNotFoundError`"""
    return join(cs.Router(give([1]), {1: one()}))


@cs.task  # stays sync: a coroutine can't raise it
def stops(n):
    note("stops", n)
    raise StopIteration(n)


@feature(raises=StopIteration, says="5", calls="give k; stops 5", variants=("sync",), dashes=IN_A_COROUTINE)
def stop_iteration():
    """`StopIteration` of a node that a route shares"""
    shared = stops(5)
    return [join(cs.Router(give("k"), {"k": double(shared)})), shared]
