"""Natural recursion."""

from __future__ import annotations

import cascade as cs

from .table import COMPILES, IN_A_COROUTINE, IN_PROCESS, UNNAMED, feature, note
from .words import add, double, give, join, one, two

attempts: list[int] = []


@cs.task
def down(n, x="left out"):
    note("down", n, x)
    return down(n - 1) if n else x


@cs.task
def down_lazy(n, dep=None):
    note("down_lazy", n, dep)
    if n == 0:
        return dep
    inner = give(n)
    return down_lazy(n - 1, dep=[inner, double(inner)])


@cs.task
def odd(n, x=1):
    note("odd", n, x)
    return even(n - 1, x) if n else "odd"


@cs.task
def even(n, x=2):
    note("even", n, x)
    return odd(n - 1) if n else x


@cs.task
def to_graph(n):
    note("to_graph", n)
    shared = give(n)
    return join(shared, add(shared, 1), k=(shared, one()))


@cs.task
def to_map(n):
    note("to_map", n)
    return double.map(n=[give(n), 5])


@cs.task
def to_route(n):
    note("to_route", n)
    return cs.Router(give(n % 2), {0: double(n), 1: to_route(n - 1)}) if n else "end"


@cs.task
def mixed(n, x=0, y=0):
    note("mixed", n, x, y)
    if n == 0:
        return x, y
    return cs.tail(mixed, n=n - 1, y=n) if n % 2 else mixed(n - 1, x=double(n))


@cs.task
def to_looping(n):
    note("to_looping", n)
    return mixed(give(n)) if n else "end"


@cs.task
def to_skipped(n):
    note("to_skipped", n)
    return join(double(give(n)).run_if(False), 7)


@cs.task
def to_conditional(n):
    note("to_conditional", n)
    return down(n).run_if(n > 1).after(one())


@cs.task
def to_retried(n):
    note("to_retried", n)
    attempts.clear()
    return second_try(n).with_retry(max_attempts=2)


@cs.task
def second_try(n):
    note("second_try", n)
    attempts.append(n)
    if len(attempts) == 1:
        raise OSError("first")
    return n


@cs.task
def to_list(n):
    note("to_list", n)
    return [double(n), n]


@cs.task
def deep(n):
    return deep(n - 1) if n else "end"


@cs.task  # as written
async def only_async(n):
    note("only_async", n)
    return n


@cs.task  # stays sync: it hides the async task from the compiler
def hiding(n):
    note("hiding", n)
    return hidden()(n)


def hidden():
    return only_async


@feature(value="left out", calls="down 2 given; down 1 left out; down 0 left out")
def plain():
    """a root returns a call of itself: arguments left out take their defaults"""
    return down(2, "given")


@feature(
    value=[1, 2],
    calls="down_lazy 2 None; give 2; double 2; down_lazy 1 [2, 4]; give 1; double 1; down_lazy 0 [1, 2]",
    dashes=COMPILES,
)
def nested_lazies():
    """with lazies among its arguments, shared ones once"""
    return down_lazy(2)


@feature(value="odd", calls="odd 2 9; even 1 9; odd 0 1")
def mutual():
    """a root returns a call of another task"""
    return odd(2, 9)


@feature(value=[3, 4, ("k", (3, 1))], calls="to_graph 3; give 3; add 3 1; one; join 3 4 k=(3, 1)", dashes=COMPILES)
def graphs():
    """a root returns a whole graph"""
    return to_graph(3)


@feature(value=[6, 10], calls="to_map 3; give 3; double 3; double 5", dashes=COMPILES)
def mapped():
    """a root returns a mapped result"""
    return to_map(3)


@feature(value=4, calls="to_route 3; give 1; to_route 2; give 0; double 2", dashes=COMPILES)
def routed():
    """a root returns a Router, whose route goes on"""
    return to_route(3)


@feature(value=(4, 1), calls="mixed 3 0 0; mixed 2 0 3; double 2; mixed 1 4 0; mixed 0 4 1")
def with_tail_calls():
    """mixed with tail calls"""
    return mixed(3)


@feature(value=(0, 1), calls="to_looping 1; give 1; mixed 1 0 0; mixed 0 0 1")
def to_a_loop():
    """a returned call may loop by tail calls"""
    return to_looping(1)


@feature(value=[3, 7], calls="to_skipped 3; give 3; join 3 7", dashes=COMPILES)
def skipped():
    """conditions in a returned graph"""
    return to_skipped(3)


@feature(raises=cs.DependencyMissingError, says="ConditionFalse", calls="to_conditional 1; one", dashes=COMPILES)
def skipped_root():
    """a returned call with a condition that doesn't hold"""
    return to_conditional(1)


@feature(value=4, calls="to_retried 4; second_try 4; second_try 4", dashes=COMPILES)
def retried():
    """the policies are those of the returned node"""
    return to_retried(4)


@feature(value=2, calls="to_list 3", drive=lambda runner: len(runner.run()), dashes=IN_PROCESS)
def lists_are_values():
    """a list of lazies is just a value"""
    return to_list(3)


@feature(value="end")
def many_rounds():
    """thousands of rounds"""
    return deep(3000)


@feature(raises=cs.MisplacedTailCallError, says="down", calls="two; down 2 left out")
def misplaced():
    """from a task that is no root: `MisplacedTailCallError`"""
    return join(down(two()))


@feature(raises=cs.CascadeError, says="blueprints=[only_async]", calls="hiding 1", variants=("sync",))
def sync_meets_async():
    """a sync workflow that meets an async one: `CascadeError` with the way out"""
    return hiding(1)


@feature(
    value=1,
    calls="hiding 1; only_async 1",
    variants=("sync",),
    blueprints=(only_async,),
    dashes=UNNAMED,
)
def way_out():
    """`blueprints=` makes the whole async"""
    return hiding(1)


@cs.task
def to_nested(n):
    note("to_nested", n)
    inner = give(n)
    return join([inner, {"k": (double(inner), n)}], frozenset({inner}))


@cs.task
def to_mapped_machine(n, x=0):
    note("to_mapped_machine", n, x)
    if n == 0:
        return x
    return to_mapped_machine(n - 1, add.map(a=[give(n), 2], b=[n, n]))


@cs.task
def fails_late(n):
    note("fails_late", n)
    if n == 0:
        raise LookupError("at the end")
    return fails_late(n - 1)


@feature(
    value=[[2, {"k": (4, 2)}], frozenset({2})],
    calls="to_nested 2; give 2; double 2; join [2, {'k': (4, 2)}] frozenset({2})",
    dashes=COMPILES,
)
def containers():
    """a returned graph with containers of several kinds"""
    return to_nested(2)


@feature(
    value=[2, 3],
    calls="to_mapped_machine 2 0; give 2; add 2 2; add 2 2; to_mapped_machine 1 [4, 4]; give 1; add 1 1; add 2 1;"
    " to_mapped_machine 0 [2, 3]",
    dashes=COMPILES,
)
def mapped_arguments():
    """a returned call with a mapped argument"""
    return to_mapped_machine(2)


@feature(raises=LookupError, says="at the end", calls="fails_late 1; fails_late 0")
def failing():
    """an exception in a later round"""
    return fails_late(1)


@cs.task  # stays sync: a coroutine can't raise it
def stops(n):
    note("stops", n)
    raise StopIteration(n)


@cs.task
def to_stopping(n):
    note("to_stopping", n)
    return double(stops(n))


@feature(
    raises=StopIteration,
    says="5",
    calls="to_stopping 5; stops 5",
    variants=("sync",),
    dashes=IN_A_COROUTINE,
)
def stop_iteration():
    """`StopIteration` of a task in a returned graph"""
    return to_stopping(5)
