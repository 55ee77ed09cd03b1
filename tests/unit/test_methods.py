"""Tasks of an instance: mapped, as steps of a machine, and what Python sees of them."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cascade as cs

from .all_paths import outcomes, saved_outcomes
from .method_tasks import NARROW, WIDE, Crawler, counts, less

NO_INPUT = "TypeError: Crawler.nothing() takes 1 positional argument but 2 were given"


def machine(first: Any, other: Any = None) -> Any:
    """A machine of two steps at most."""
    jumps = cs.select_jump({"again": first, "done": None, **({} if other is None else {"other": other})})
    for step in (first, other):
        if step is not None:
            cs.bind(step, jumps)
    return first


@pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")
@pytest.mark.parametrize(
    ("build", "comes_to"),
    [
        (lambda: NARROW.pages.map(times=[1, 2]), [2, 4]),
        (lambda: NARROW.pages.map(times=counts(), more=[1, 0, 0]), [3, 4, 6]),
        (lambda: NARROW.pages.map(), []),
        (lambda: NARROW.pages_later.map(times=counts()).with_retry(2), [2, 4, 6]),
        (lambda: [WIDE.pages.map(times=[1]), NARROW.pages.map(times=[less(2)])], [[10], [2]]),
        (lambda: [NARROW.pages(1), cs.Router(1, {1: NARROW.size})], [2, 2]),
        (lambda: machine(NARROW.step(3)), 2),
        (lambda: machine(NARROW.step_by_name(n=3)), 2),
        (lambda: machine(NARROW.step_with_anything(5)), 2),
        (lambda: machine(NARROW.step_later(5)), 2),
        (lambda: machine(NARROW.hands_over(5), WIDE.step(9)), 10),
        (lambda: machine(NARROW.nothing()), NO_INPUT),
    ],
)
def test_the_instance_stays(build: Callable[[], Any], comes_to: Any, tmp_path: Path) -> None:
    found = outcomes(build) | saved_outcomes(build, tmp_path)
    assert found == dict.fromkeys(found, comes_to)


def test_a_map_of_a_method_may_be_returned() -> None:
    found = outcomes(lambda: WIDE.all_pages(3))
    assert all(value == [30, 20] for value in found.values())


def test_the_data_of_a_jump_to_a_call_of_the_class_is_its_first_input() -> None:
    found = outcomes(lambda: machine(NARROW.hands_over(2), Crawler.step(WIDE, 0)))
    assert found == dict.fromkeys(found, "AttributeError: 'int' object has no attribute 'width'")


def test_wrong_inputs_of_a_map_are_told_in_the_words_of_python() -> None:
    with pytest.raises(TypeError, match=r"^Crawler.pages\(\) got an unexpected keyword argument 'size'$"):
        NARROW.pages.map(size=[1])
    with pytest.raises(TypeError, match=r"^Crawler.pages\(\) got multiple values for argument 'self'$"):
        NARROW.pages.map(self=[WIDE], times=[1])


def test_the_cache_of_a_map_knows_the_instance() -> None:
    class Keyed(str):
        """An instance that can be part of a key."""

        @cs.task
        def named(self, n: int) -> str:
            return f"{self}{n}"

    cache = cs.MemoryCache()
    for name in ("a", "b", "a"):
        found = outcomes(lambda name=name: Keyed.named.map(self=[name], n=[1]).with_cache(cache))
        assert all(value == [f"{name}1"] for value in found.values())


def test_what_python_sees_of_it() -> None:
    bound: Any = NARROW.pages
    assert bound == NARROW.pages != WIDE.pages and bound != 1
    assert hash(bound) == hash(NARROW.pages)
    assert (bound.name, bound.__name__, bound.__doc__) == ("pages", "pages", "How many pages there are.")
    assert str(inspect.signature(bound)) == "(times: 'int', *, more: 'int' = 0) -> 'int'"
    assert repr(bound).startswith("<bound task Crawler.pages of <tests.unit.method_tasks.Crawler object")
    again = pickle.loads(pickle.dumps(bound))
    assert again.__self__ == NARROW and again.__func__ is Crawler.pages
    assert copy.copy(bound) == bound
    assert cs.run(again(3)) == 6


def test_what_has_not_been_called_is_refused() -> None:
    with pytest.raises(cs.CompileError, match="the method 'pages' of"):
        cs.aot(NARROW.pages)
    with pytest.raises(TypeError, match=r"^the condition is <bound task .*, which hasn't been called: pages\(...\)$"):
        less(1).run_if(NARROW.pages)


def test_calls_and_maps_know_their_line() -> None:
    call, mapped = NARROW.pages(1), NARROW.pages.map(times=[1])
    assert {one.origin[2] for one in (call, mapped)} == {__name__}
