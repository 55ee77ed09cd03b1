"""What names stand for is looked up once in a compilation, and anew in the next."""

from __future__ import annotations

import pytest

import cascade as cs
from cascade_gen.tasks.exits import exits
from cascade_gen.tasks.looking import one_look, seen


def plain(n: int) -> int:
    return n + 1


@cs.task
def grown(n: int) -> int:
    return n + 2


@cs.task
def again(n: int) -> object:
    return plain(n)


def test_a_look_keeps_what_was_found_first() -> None:
    answers = iter("abc")
    with one_look():
        assert [seen("key", lambda: next(answers)), seen("key", lambda: next(answers))] == ["a", "a"]
        assert seen("another", lambda: next(answers)) == "b"


def test_each_look_is_of_its_own() -> None:
    answers = iter("abcd")
    with one_look():
        seen("key", lambda: next(answers))
        with one_look():
            assert seen("key", lambda: next(answers)) == "b"
        assert seen("key", lambda: next(answers)) == "a"
    assert [seen("key", lambda: next(answers)), seen("key", lambda: next(answers))] == ["c", "d"]


def test_a_look_ends_with_an_exception() -> None:
    answers = iter("ab")
    with pytest.raises(KeyError), one_look():
        seen("key", lambda: next(answers))
        raise KeyError
    assert seen("key", lambda: next(answers)) == "b"


def test_a_name_that_is_bound_anew_shows_in_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    with one_look():
        assert exits(again.func).targets == ()
        monkeypatch.setitem(again.func.__globals__, "plain", grown)
        assert exits(again.func).targets == ()
    with one_look():
        assert [one.task for one in exits(again.func).targets] == [grown]


def test_a_name_that_is_bound_anew_shows_in_the_next_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "grown" not in cs.aot(again(1)).source
    monkeypatch.setitem(again.func.__globals__, "plain", grown)
    compiled = cs.aot(again(1))
    assert "grown" in compiled.source
    assert compiled() == 3
