"""Tail calls."""

from __future__ import annotations

import cascade as cs

from .table import COMPILES, IN_A_COROUTINE, NAMED, UNNAMED, feature, note
from .words import double, fail, give, join, one, two


@cs.task
def count(n, acc=0, step=1):
    note("count", n, acc)
    if n == 0:
        return acc
    return cs.TailCall(kwargs={"n": n - 1, "acc": acc + step})


@cs.task
def by_position(n, acc=0, *rest):
    note("by_position", n, acc, rest)
    if n == 0:
        return acc, rest
    if n == 1:
        return cs.TailCall([0, acc])
    return cs.TailCall(args=[n - 1, acc + 1, n])


@cs.task
def merged(n, **more):
    note("merged", n, more)
    return cs.tail(merged, n=n - 1, **{f"k{n}": n}) if n else more


@cs.task
def keyword_only(*, n, kept="kept"):
    note("keyword_only", n)
    return cs.tail(keyword_only, n=n - 1) if n else kept


@cs.task
def ping(n, tag="ping"):
    note("ping", n, tag)
    return cs.tail(pong, n - 1) if n else tag


@cs.task
def pong(n, tag="pong"):
    note("pong", n, tag)
    return cs.tail(ping, n - 1) if n else tag


waiting = pong(5, "bound").after(two())
skipped = pong(5, "bound").run_if(give(False))


@cs.task
def tick(n, tag="tick"):
    note("tick", n, tag)
    return cs.TailCall([n - 1], target_blueprint_id="tock of the clock") if n else tag


@cs.task(name="tock of the clock")
def tock(n, tag="tock"):
    note("tock", n, tag)
    return cs.TailCall(kwargs={"n": n - 1}, target_blueprint_id="tick") if n else tag


@cs.task
def lazies(n, x=0, y=0):
    note("lazies", n, x, y)
    if n == 0:
        return x, y
    shared = give(n)
    return cs.tail(lazies, n=n - 1, x=double(shared), y=[shared])


@cs.task
def itself(n):
    note("itself", n)
    return cs.TailCall([n - 1], target_blueprint_id="itself") if n else "end"


@cs.task
def to_nobody(n):
    note("to_nobody", n)
    return cs.TailCall(target_blueprint_id="nobody")


@cs.task
def unknown_name(n):
    note("unknown_name", n)
    return cs.TailCall(kwargs={"nope": 1})


@cs.task
def twice_given(n):
    note("twice_given", n)
    return cs.TailCall([1], {"n": 2})


@cs.task
def to_needy(n):
    note("to_needy", n)
    return cs.tail(needy, n=n)


@cs.task
def needy(n, x):
    note("needy", n, x)
    return n, x


@cs.task
def failing_round(n):
    note("failing_round", n)
    if n == 0:
        raise ValueError("in the last round")
    return cs.tail(failing_round, n=n - 1)


@cs.task
def thousands(n):
    return cs.tail(thousands, n=n - 1) if n else "end"


@cs.task
def red(n):
    note("red", n)
    if n == 0:
        return "red"
    return cs.tail(green, n=n - 1) if n % 2 else cs.tail(blue, n=n - 1)


@cs.task
def green(n):
    note("green", n)
    return cs.tail(red, n=n - 1) if n else "green"


@cs.task
def blue(n):
    note("blue", n)
    return cs.tail(green, n=n - 1) if n else "blue"


@cs.workflow
def flow(n, x=7):
    return join(double(n), x)


@cs.task
def onward(n, seen):
    note("onward", n, seen)
    return seen if n == 0 else cs.tail(walk, n=n - 1, seen=(*seen, n))


@cs.workflow
def walk(n=2, seen=()):
    return onward(give(n), seen)


@cs.task
def onward_by_name(n, seen):
    note("onward_by_name", n, seen)
    return seen if n == 0 else cs.TailCall([n - 1], {"seen": (*seen, n)}, target_blueprint_id="walk_by_name")


@cs.workflow
def walk_by_name(n=2, seen=()):
    return onward_by_name(give(n), seen)


@cs.task
def to_flow(n):
    note("to_flow", n)
    return cs.tail(flow, n)


@feature(value=6, calls="count 3 0; count 2 2; count 1 4; count 0 6")
def self_call():
    """`TailCall` to itself: inputs not named keep their value"""
    return count(3, step=2)


@feature(value=(1, (2,)), calls="by_position 2 0 (); by_position 1 1 (2,); by_position 0 1 (2,)")
def positions():
    """by position; surplus positionals replace `*args` as a whole, none keep it"""
    return by_position(2)


@feature(
    value={"a": 0, "k2": 2, "k1": 1},
    calls="merged 2 {'a': 0}; merged 1 {'a': 0, 'k2': 2}; merged 0 {'a': 0, 'k2': 2, 'k1': 1}",
)
def merging():
    """names that only `**kwargs` takes are merged in"""
    return merged(2, a=0)


@feature(value="mine", calls="keyword_only 1; keyword_only 0")
def keywords():
    """keyword-only inputs"""
    return keyword_only(n=1, kept="mine")


@feature(value="mine", calls="ping 2 mine; pong 1 pong; ping 0 mine")
def mutual():
    """`cs.tail` of another task: its bound or default values"""
    return ping(2, "mine")


@feature(value="tock", calls="tick 1 tick; tock 0 tock")
def by_name():
    """by the name of a task of the same module"""
    return tick(1)


@feature(
    value="bound",
    calls="tick 1 tick; tock 0 bound",
    blueprints=(tock(5, "bound"),),
    dashes=UNNAMED,
)
def of_blueprints():
    """to one of `blueprints=`, with the values bound there"""
    return tick(1)


@feature(
    value="bound",
    calls="ping 1 ping; two; pong 0 bound",
    blueprints=(waiting,),
    dashes=UNNAMED | NAMED,
)
def of_a_blueprint_that_waits():
    """to the task of one of `blueprints=` that has predecessors"""
    return ping(1)


@feature(
    raises=cs.DependencyMissingError,
    says="'pong' was skipped",
    calls="ping 1 ping; give False",
    blueprints=(skipped,),
    dashes=UNNAMED | NAMED,
)
def of_a_blueprint_that_is_skipped():
    """to the task of one of `blueprints=` whose condition is false"""
    return ping(1)


@feature(value="end", calls="itself 1; itself 0")
def own_name():
    """the running one's own name is a self call"""
    return itself(1)


@feature(value="green", calls="red 3; green 2; red 1; green 0")
def three_states():
    """three tasks that call each other, as the data has it"""
    return red(3)


@feature(
    value=(2, [1]),
    calls="lazies 2 0 0; give 2; double 2; lazies 1 4 [2]; give 1; double 1; lazies 0 2 [1]",
    dashes=COMPILES,
)
def lazy_values():
    """lazies in a tail call are computed before the next round, shared ones once"""
    return lazies(2)


@feature(value=3, calls="two; one; count 2 1; count 1 2; count 0 3")
def lazy_arguments():
    """lazy arguments are computed once, before the first round"""
    return count(2, one()).after(two())


@feature(value=[0, 3], calls="count 0 0; count 1 2; count 0 3")
def several_targets():
    """each of several targets may loop"""
    return [count(0), count(1, 2)]


@feature(value=3, calls="give True; count 1 2; count 0 3")
def condition_once():
    """`run_if` is evaluated once, before the first round"""
    return count(1, 2).run_if(give(True))


@feature(value="end", calls="one; itself 1; itself 0")
def predecessors_once():
    """`after` holds once, before the first round"""
    return itself(1).after(one())


@feature(value=[4, 7], calls="to_flow 2; double 2; join 4 7")
def to_a_workflow():
    """`cs.tail` of a `@cs.workflow`"""
    return to_flow(2)


@feature(value=(2, 1), calls="give 2; onward 2 (); give 1; onward 1 (2,); give 0; onward 0 (2, 1)")
def a_workflow_to_itself():
    """of a `@cs.workflow`'s own task to the workflow"""
    return walk


@feature(
    value=(2, 1),
    calls="give 2; onward_by_name 2 (); give 1; onward_by_name 1 (2,); give 0; onward_by_name 0 (2, 1)",
)
def a_workflow_by_its_name():
    """of a `@cs.workflow`'s own task, by the workflow's name"""
    return walk_by_name


@feature(value="end")
def many_rounds():
    """thousands of rounds"""
    return thousands(5000)


@feature(raises=ValueError, says="in the last round", calls="failing_round 1; failing_round 0")
def failing():
    """an exception in a round"""
    return failing_round(1)


@feature(raises=TypeError, says="unknown_name() got an unexpected keyword argument 'nope'", calls="unknown_name 1")
def unknown():
    """an unknown name: `TypeError` in Python's words"""
    return unknown_name(1)


@feature(raises=TypeError, says="twice_given() got multiple values for argument 'n'", calls="twice_given 1")
def doubled():
    """a value given twice: `TypeError` in Python's words"""
    return twice_given(1)


@feature(raises=TypeError, says="needy() missing 1 required positional argument: 'x'", calls="to_needy 1")
def needing():
    """an input of the target that nobody gave: `TypeError` in Python's words"""
    return to_needy(1)


@feature(raises=cs.UnknownBlueprintError, says="nobody", calls="to_nobody 1")
def to_an_unknown():
    """an unknown target: `UnknownBlueprintError`, when it is reached"""
    return to_nobody(1)


@feature(raises=cs.MisplacedTailCallError, says="count", calls="count 1 0")
def misplaced():
    """from a task that is no root: `MisplacedTailCallError`"""
    return double(count(1))


@feature(raises=ValueError, says="no start", calls="fail no start")
def failing_argument():
    """an argument that fails before the first round"""
    return count(fail("no start"))


@cs.task  # stays sync: a coroutine can't raise it
def stops(n):
    note("stops", n)
    raise StopIteration(n)


@cs.task
def to_stopping(n):
    note("to_stopping", n)
    return cs.tail(to_stopping, n=stops(n)) if n == 5 else n


@feature(
    raises=StopIteration,
    says="5",
    calls="to_stopping 5; stops 5",
    variants=("sync",),
    dashes=IN_A_COROUTINE,
)
def stop_iteration():
    """`StopIteration` of a task whose result is a value of a tail call"""
    return to_stopping(5)
