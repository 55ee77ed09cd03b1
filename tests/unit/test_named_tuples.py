"""Named tuples of every make keep their type and their fields, on every path."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cascade as cs


class Point(NamedTuple):
    x: Any
    y: Any = 3


class Scaled(namedtuple("Scaled", "x y")):
    """Its constructor takes other things than its fields."""

    def __new__(cls, x: Any, y: Any = 1) -> Scaled:
        return super().__new__(cls, (x,), y)


class Worded(namedtuple("Worded", "x y")):
    """Its constructor takes no positional arguments."""

    def __new__(cls, *, x: Any, y: Any) -> Worded:
        return super().__new__(cls, x, y)


class Counted(namedtuple("Counted", "x y")):
    """It has an `__init__` that must not run twice."""

    made = 0

    def __init__(self, *_: Any) -> None:
        type(self).made += 1


@cs.task
def one() -> int:
    return 1


DEFAULT = Scaled(2)


@cs.task
def same(value: Any, other: Any = DEFAULT) -> Any:
    return value, other


CASES: dict[str, tuple[Callable[[], Any], Any]] = {
    "fields with a default": (lambda: Point(one()), Point(1, 3)),
    "a literal": (lambda: Point(4), Point(4, 3)),
    "a constructor of its own": (lambda: Scaled(one()), Point((1,), 1)),
    "a literal with one": (lambda: Scaled(1), Point((1,), 1)),
    "keywords only": (lambda: Worded(x=one(), y=2), Point(1, 2)),
    "a literal with keywords only": (lambda: Worded(x=1, y=2), Point(1, 2)),
    "in one another": (lambda: Worded(x=Scaled(one()), y=[Scaled(2)]), Point(Point((1,), 1), [Point((2,), 1)])),
}


def saved(compiled: Any, folder: Path, **options: Any) -> Any:
    """The function of the module that is saved."""
    path = folder / "saved.py"
    compiled.save(path, **options)
    namespace: dict[str, Any] = {"__name__": "saved"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace[compiled.__name__]


@pytest.mark.parametrize("name", CASES)
def test_it_is_made_of_its_fields(name: str, tmp_path: Path) -> None:
    build, wanted = CASES[name]
    found = {
        "interpreted": cs.run(same(build())),
        "compiled": cs.aot(same(build()))(),
        "called": cs.aot(same(build()), inline=False)(),
        "saved": saved(cs.aot(same(build())), tmp_path)(),
    }
    for path, (value, other) in found.items():
        assert (value, other) == (wanted, ((2,), 1)), path
        assert (type(value), type(other)) == (type(build()), Scaled), path
    alone, _ = saved(cs.aot(same(build())), tmp_path, standalone=True)()
    assert (alone, type(alone).__name__) == (wanted, type(build()).__name__)


def test_it_is_a_container_of_targets() -> None:
    assert cs.run(Worded(x=one(), y=one())) == cs.aot(Worded(x=one(), y=one()), name="both")() == (1, 1)


def test_its_constructor_runs_where_the_user_calls_it() -> None:
    compiled = cs.aot(same(Counted(one(), 2)))
    before = Counted.made
    assert compiled()[0] == (1, 2)
    assert Counted.made == before
