"""Maps."""

from __future__ import annotations

from typing import Any, ClassVar

import cascade as cs

from .paths import Runner
from .table import feature, note
from .words import add, double, fail, give, join, one, pair, two

attempts: dict[int, int] = {}


class Kept:
    """A cache policy that can be emptied."""

    values: ClassVar[dict[str, object]] = {}

    def check(self, key, inputs):
        return self.values.get(key, cs.MISS)

    def save(self, key, inputs, value):
        self.values[key] = value


KEPT = Kept()


def emptied(runner: Runner) -> Any:
    """Run with nothing cached so far."""
    KEPT.values.clear()
    return runner.run()


@cs.task
def second_try(n):
    note("second_try", n)
    attempts[n] = attempts.get(n, 0) + 1
    if attempts[n] % 2:
        raise OSError(n)
    return n


@cs.task
def load(n):
    note("load", n)
    return n


@cs.task
def items(n):
    note("items", n)
    return list(range(n))


@cs.task
def keyed(x, times=2, *, mark="m"):
    note("keyed", x, times, mark)
    return f"{x * times}{mark}"


@feature(value=[2, 4], calls="double 1; double 2")
def over_a_list():
    """once for each position, in the order of the input"""
    return double.map(n=[1, 2])


@feature(value=[2, 4], calls="one; two; double 1; double 2")
def over_lazies():
    """over a list of lazies: all inputs first"""
    return double.map(n=[one(), two()])


@feature(value=[0, 2], calls="items 2; double 0; double 1")
def over_a_lazy():
    """over a lazy iterable"""
    return double.map(n=items(2))


@feature(value=[11, 22], calls="one; two; add 1 10; add 2 20")
def several():
    """several iterables"""
    return add.map(a=[one(), two()], b=(10, 20))


@feature(value=["aa1", "bb2"], calls="keyed a 2 1; keyed b 2 2")
def over_text():
    """over a str: its characters; parameters left out take their defaults"""
    return keyed.map(x="ab", mark="12")


@feature(value=[("x", "b"), ("y", "b")], calls="pair x b; pair y b")
def over_a_dict():
    """over a dict: its keys"""
    return pair.map(a={"x": 1, "y": 2})


@feature(value=[0, 2, 4], calls="double 0; double 1; double 2")
def over_an_iterator():
    """over an iterator: read once, when `.map` is called"""
    return double.map(n=iter(range(3)))


@feature(value=[0, 2], calls="double 0; double 1")
def over_a_range():
    """over any other iterable"""
    return double.map(n=range(2))


@feature(value=[])
def over_nothing():
    """over an empty list"""
    return double.map(n=[])


@feature(value=[], variants=("sync",))
def no_inputs():
    """without inputs: `[]`"""
    return double.map()


@feature(value=[[4, 8]], calls="double 1; double 2; double 2; double 4; join [4, 8]")
def of_a_map():
    """a mapped result as an input of another map, and as an argument"""
    return join(double.map(n=double.map(n=[1, 2])))


@feature(value=3, calls="double 1; double 2; give 3")
def as_a_predecessor():
    """as a predecessor"""
    return give(3).after(double.map(n=[1, 2]))


@feature(raises=ValueError, says="Mapped inputs have mismatched lengths: {'a': 2, 'b': 1}", calls="one")
def mismatched():
    """lengths that differ: `ValueError`"""
    return add.map(a=[one(), 2], b=[3])


@feature(raises=TypeError, says="iterable", calls="give 5")
def not_iterable():
    """a value that is no iterable: `TypeError`"""
    return double.map(n=give(5))


@feature(value=[1, 2], calls="second_try 1; second_try 1; second_try 2; second_try 2", variants=("sync",))
def retried():
    """a retry holds for each item"""
    attempts.clear()
    return second_try.map(n=[1, 2]).with_retry(max_attempts=2, retry_on=OSError)


@feature(value=[1, 2], calls="give 1; give 2", variants=("async",))
def timed():
    """a timeout holds for each item"""
    return give.map(x=[1, 2]).with_timeout(60)


@feature(value=[1, 1, 2], calls="load 1; load 2", variants=("sync",), drive=emptied)
def cached():
    """a cache holds for each item"""
    return load.map(n=[1, 1, 2]).with_cache(KEPT)


@feature(value=[2, 4], calls="double 1; double 2", system_resources={"gpu": 1})
def constrained():
    """constraints are held by each item"""
    return double.map(n=[1, 2]).with_constraints(gpu=1)


@feature(value=[[1, 2]], calls="one; two; give 0; join [1, 2]")
def skipped():
    """`run_if` holds for the whole; a skipped map passes its first iterable"""
    return join(double.map(n=[one(), two()]).run_if(give(0)))


@feature(value=[2], calls="two; one; double 1")
def after():
    """`after` holds for the whole"""
    return double.map(n=[one()]).after(two())


@feature(raises=ValueError, says="item 1", calls="fail item 1", async_calls="fail item 1; fail item 2")
def failing_item():
    """an item that fails: its exception, as itself"""
    return fail.map(text=["item 1", "item 2"])


@cs.task
def drawn(n):
    def numbers():
        for number in range(n):
            note("drawn", number)
            yield number

    return numbers()


@feature(value=[0, 2, 4], calls="drawn 0; drawn 1; drawn 2; double 0; double 1; double 2")
def over_a_generator():
    """over an iterator that a task gives: read to its end before the first item"""
    return double.map(n=drawn(3))
