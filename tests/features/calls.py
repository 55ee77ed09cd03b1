"""Calls and values."""

from __future__ import annotations

import os
import threading
from typing import Any, NamedTuple

import cascade as cs
from cascade_gen.errors import NotAWorkflowError

from .paths import Runner
from .table import EARLY, compile_error, feature, note
from .words import add, double, fail, give, join, kind_of, one, pair, two


class Span(NamedTuple):
    start: Any
    end: Any = None


def _plain(runner: Runner) -> tuple[str, tuple[Any, ...]]:
    kind, span = runner.run()
    return kind, tuple(span)


THING = object()


@cs.task
def is_thing(value):
    return value is THING


@cs.task
def options(a, b=2, /, c=3, *rest, d=4, **more):
    note("options")
    return [a, b, c, rest, d, more]


@cs.task  # stays sync: a generator function
def numbers(limit):
    note("numbers", limit)
    yield from range(limit)


@cs.task  # stays sync
def consume(numbers):
    note("consume")
    return list(numbers)


@cs.task(pure=True)
def square(n):
    return n * n


@cs.task(mode="blocking")
def in_main_thread(x):
    note("in_main_thread", x)
    return threading.current_thread() is threading.main_thread()


@cs.task(mode="compute")
def process_id(x):
    return os.getpid()


@cs.task
def is_here(pid):
    return pid == os.getpid()


@cs.task(name="a name of its own")
def named(x=1):
    note("named", x)
    return x


@feature(value=6, calls="one; double 1; two; double 2; add 2 4")
def nested():
    """arguments run left to right, then the call"""
    return add(double(one()), double(two()))


@feature(value=[1, 11, 22], calls="one; add 1 10; double 11; join 1 11 22")
def shared():
    """a result used in several places is computed once"""
    x = one()
    y = add(x)
    return join(x, y, double(y))


@feature(value=11, calls="one; add 1 10")
def defaults():
    """parameters left out take their defaults"""
    return add(one())


@feature(value=[1, 2, 5, (6, 7), 8, {"e": 9}], calls="one; options")
def every_kind_of_parameter():
    """positional-only, starred and keyword-only parameters"""
    return options(one(), 2, 5, 6, 7, d=8, e=9)


@feature(value=("list", [1, [2]]), calls="one; two; kind_of [1, [2]]")
def in_a_list():
    """lazies in a list, at any depth"""
    return kind_of([one(), [two()]])


@feature(value=("tuple", (1, 2)), calls="one; two; kind_of (1, 2)")
def in_a_tuple():
    """lazies in a tuple"""
    return kind_of((one(), two()))


@feature(value=("set", {1, 2}), calls="one; two; kind_of {1, 2}")
def in_a_set():
    """lazies in a set run in the order they were created"""
    return kind_of({one(), two()})


@feature(value=("frozenset", frozenset({2})), calls="two; kind_of frozenset({2})")
def in_a_frozenset():
    """lazies in a frozenset"""
    return kind_of(frozenset({two()}))


@feature(value=("dict", {"a": 1, "b": 2}), calls="one; two; kind_of {'a': 1, 'b': 2}")
def in_a_dict():
    """lazies as the values of a dict"""
    return kind_of({"a": one(), "b": two()})


@feature(value=("Span", (1, 2)), calls="one; two; kind_of Span(start=1, end=2)", drive=_plain)
def in_a_named_tuple():
    """lazies in a named tuple"""
    return kind_of(Span(one(), end=two()))


@feature(value=True)
def very_object():
    """any other object is passed as it is"""
    return is_thing(THING)


@feature(value=[1, (2, 3)], calls="one; give 2; join 1 (2, 3)")
def literals():
    """literals beside lazies"""
    return join(one(), (give(2), 3))


@feature(value=[0, 1, 2], calls="consume; numbers 3", variants=("sync",))
def generator_functions():
    """a generator function gives its generator object"""
    return consume(numbers(3))


@feature(value=[1, 2], calls="one; two")
def list_of_targets():
    """several targets: a list"""
    return [one(), two()]


@feature(value=(1, 4), calls="one; two; double 2")
def tuple_of_targets():
    """several targets: a tuple"""
    return (one(), double(two()))


@feature(value={"x": 2, "y": 1}, calls="one; double 1")
def dict_of_targets():
    """several targets: a dict, with a shared node"""
    shared = one()
    return {"x": double(shared), "y": shared}


@feature(value=[], variants=("sync",))
def no_targets():
    """no targets give the empty container"""
    return []


@feature(value=1, calls="two; one")
def after():
    """`.after`: a predecessor runs before"""
    return one().after(two())


@feature(value=4, calls="give p; one; add 1 3")
def after_before_inputs():
    """predecessors run before the inputs"""
    return add(one(), 3).after(give("p"))


@feature(value=3, calls="one; two; give 3")
def sequences():
    """`cs.sequence` runs one after the other and gives the last"""
    return cs.sequence([one(), two(), give(3)])


@feature(value=14, calls="one; double 1; double 2; add 4 10")
def pipelines():
    """`cs.pipeline` calls each step with the one before"""
    return cs.pipeline(one(), [double, double, add])


@feature(value=[False, True], variants=("sync",), calls="in_main_thread 1; give True")
def blocking_mode():
    """`mode="blocking"`: in a worker thread"""
    return [in_main_thread(1), give(True)]


@feature(value=False, variants=("sync",))
def compute_mode():
    """`mode="compute"`: in a process of its own"""
    return is_here(process_id(1))


@feature(value=[9, 9, 4], calls="join 9 9 4")
def pure_tasks():
    """`pure=True`: a promise that changes no result"""
    return join(square(3), square(3), square(2))


@feature(value=2, calls="named 1; double 1")
def named_tasks():
    """`name=`: a name that is no identifier"""
    return double(named())


@feature(raises=ValueError, says="no good", calls="fail no good", async_calls="fail no good; two")
def exceptions():
    """an exception comes out as itself, and ends the run"""
    return add(fail("no good"), two())


def _cycle() -> Any:
    first = one()
    second = give(first)
    return first.after(second)


@feature(**compile_error(cs.CycleError, "one"))
def cycles():
    """nodes that wait for one another are an error that names them"""
    return pair(_cycle())


@feature(raises=ValueError, says="sequence", dashes=EARLY)
def empty_sequence():
    """`cs.sequence([])` is `ValueError`"""
    return cs.sequence([])


@feature(raises=TypeError, says="callable", dashes=EARLY)
def not_callable():
    """`cs.pipeline` with a step that isn't callable is `TypeError`"""
    return cs.pipeline(one(), [double, 3])


@feature(value=1, calls="one")
def empty_pipeline():
    """`cs.pipeline` without steps gives the initial value"""
    return cs.pipeline(one(), [])


@feature(raises=TypeError, says="double() got an unexpected keyword argument 'm'", dashes=EARLY)
def wrong_call():
    """a call that doesn't bind is `TypeError`, when it is written"""
    return double(m=one())


@feature(raises=TypeError, says="no value yet", dashes=EARLY)
def used_as_a_value():
    """a lazy result that is computed with is `TypeError`"""
    return give(one() + 1)


@feature(raises=NotAWorkflowError, dashes=EARLY)
def no_workflow():
    """what is no workflow can't be compiled"""
    return double.func


@feature(
    value=[[1, 2, 1], [1, 3]],
    calls="one; two; join 1 2 1; give 3; join 1 3",
    async_calls="one; two; give 3; join 1 2 1; join 1 3",
)
def shared_by_targets():
    """a node that several targets and several places share runs once"""
    shared = one()
    return [join(shared, two(), shared), join(shared, give(3))]


@feature(value=("dict", {"a": [(1, {2}), {"b": 1}]}), calls="one; two; kind_of {'a': [(1, {2}), {'b': 1}]}")
def mixed_containers():
    """containers of several kinds within each other, with a shared node"""
    shared = one()
    return kind_of({"a": [(shared, {two()}), {"b": shared}]})
